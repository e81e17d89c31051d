// While a report is written: asks which cases may be the same problem, whenever place, type or words change, and shows
// them in the form. Sending the form by one of their buttons says "me too" of that case.

import { fillFrom, queryFrom } from "../asking-form.js";

const NEEDED = ["type", "lon", "lat"];
const ASKED = [...NEEDED, "position_source", "accuracy_m", "description", "component_code"];

export function start(place) {
  fillFrom(place, (form) => {
    const filled = new FormData(form);
    return NEEDED.every((name) => filled.get(name)) ? queryFrom(form, ASKED) : "";
  });
}
