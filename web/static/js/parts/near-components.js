// Which component a caller means: the nearest of the type, asked for as soon as type and place are known. What was chosen
// stays chosen while it is among them.

import { fillFrom, queryFrom } from "../asking-form.js";

const NEEDED = ["type", "lon", "lat"];

export function start(place) {
  let chosen = place.dataset.chosen ?? "";
  place.addEventListener("change", (evt) => {
    chosen = evt.target.checked ? evt.target.value : "";
  });
  fillFrom(place, queryOf, () => {
    const radios = [...place.querySelectorAll("input[type=radio]")];
    const meant = radios.find((radio) => radio.value === chosen) ?? radios.at(-1);
    if (meant) meant.checked = true;
  });
}

function queryOf(form) {
  const filled = new FormData(form);
  return NEEDED.every((name) => filled.get(name)) ? queryFrom(form, [...NEEDED, "position_source"]) : "";
}
