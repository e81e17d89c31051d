// What was reported at the place of a call before, shown as soon as the place is known; a line beside the place leads there.

import { fillFrom, queryFrom } from "../asking-form.js";

const ASKED = ["lon", "lat", "position_source", "component_code"];

export function start(place) {
  const line = place.closest("form").querySelector(".history-line");
  fillFrom(place, askedBy, (part) => {
    const heading = part?.querySelector("h3");
    line.hidden = !heading;
    line.querySelector("a").textContent = heading?.textContent ?? "";
  });
}

function askedBy(form) {
  const filled = new FormData(form);
  return filled.get("lon") && filled.get("lat") ? queryFrom(form, ASKED) : "";
}
