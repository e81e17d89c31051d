// While a report is written: asks which cases may be the same problem, whenever place, type or words change, and shows
// them in the form. Sending the form by one of their buttons says "me too" of that case.

import { fetchPart } from "../swap.js";

const PAUSE_MS = 500;
const ASKED = ["type", "lon", "lat", "position_source", "accuracy_m", "description", "component_code"];

export function start(place) {
  const form = place.closest("form");
  let [timer, asked] = [0, ""];
  const ask = async () => {
    const query = queryOf(form);
    if (query === asked) return;
    asked = query;
    const part = query === "" ? null : await fetchPart(`${place.dataset.from}?${query}`).catch(() => null);
    if (query !== asked) return;
    place.replaceChildren(...(part ? [part] : []));
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  };
  for (const event of ["input", "change", "place:picked", "draft:restored"]) form.addEventListener(event, later);
  later();
}

/** What is asked, once there are a type and a place. */
function queryOf(form) {
  const filled = new FormData(form);
  if (!filled.get("type") || !filled.get("lon") || !filled.get("lat")) return "";
  const named = ASKED.map((name) => [name, filled.get(name)]).filter(([, value]) => value);
  return new URLSearchParams(named).toString();
}
