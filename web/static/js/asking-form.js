// A part of a form that the server fills in from what the form says so far, asked again whenever that changes.

import { fetchPart } from "./swap.js";

const PAUSE_MS = 500;
const CHANGED = ["input", "change", "place:picked", "draft:restored"];

/** Fills `place` from the address in its data-from and the query of its form, and tells `filled`; an empty query empties it. */
export function fillFrom(place, queryOf, filled = () => {}) {
  const form = place.closest("form");
  let [timer, asked] = [0, ""];
  const ask = async () => {
    const query = queryOf(form);
    if (query === asked) return;
    asked = query;
    let isLost = false;
    const part = query === "" ? null : await fetchPart(`${place.dataset.from}?${query}`).catch(() => {
      isLost = true;
      return null;
    });
    if (query !== asked) return;
    if (isLost) asked = ""; // the next change asks again
    place.dispatchEvent(new CustomEvent("asked", { bubbles: true, detail: { isLost } }));
    place.replaceChildren(...(part ? [part] : []));
    filled(part);
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  };
  for (const event of CHANGED) form.addEventListener(event, later);
  later();
}

/** The fields named that are filled in, as a query. */
export function queryFrom(form, names) {
  const filled = new FormData(form);
  return new URLSearchParams(names.map((name) => [name, filled.get(name)]).filter(([, value]) => value)).toString();
}
