// While a report is written: asks which cases may be the same problem, whenever place, type or words change, and shows
// them in the form. Sending the form by one of their buttons says "me too" of that case.

import { fillFrom, queryFrom } from "../asking-form.js";

const NEEDED = ["type", "lon", "lat"];
const ASKED = [...NEEDED, "position_source", "accuracy_m", "description", "component_code"];

export function start(place) {
  keepJoin(place);
  fillFrom(place, (form) => {
    const filled = new FormData(form);
    return NEEDED.every((name) => filled.get(name)) ? queryFrom(form, ASKED) : "";
  });
}

/** What is kept in the phone's queue is the form without its button: which case was meant stands in a field of it. */
function keepJoin(place) {
  const form = place.closest("form");
  form?.addEventListener("submit", ({ submitter }) => {
    form.querySelector("input[name=join]")?.remove();
    if (submitter?.name !== "join") return;
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "join", value: submitter.value }));
  }, { capture: true });
}
