// Between those who search for places and the map they are drawn on: neither knows the other.
// `places:show` tells a map what to draw; `places:tap` tells that one of several was tapped; `places:choose` that a place was chosen.

import { coveredBySide } from "../map/side.js";
import { isFine } from "./wording.js";

/**
 * Lets the map of an element draw places: `{places, active, isChosen, isGentle}`, nothing for none. A map that opens later
 * finds them on its element.
 */
export function tellMap(element, found = null) {
  element.foundPlaces = found;
  element.dispatchEvent(new CustomEvent("places:show", { detail: found }));
}

/**
 * Tells whoever picks a place on this element's map that one was chosen by words; null takes such a choice back. A street or
 * an area is only shown, so that its spot is picked there, unless `isMeant` says that nothing finer is known.
 */
export function tellChoice(element, place, { isMeant = false } = {}) {
  element.dispatchEvent(new CustomEvent("places:choose", { detail: place && { place, isMeant } }));
}

/** Draws what the element is told on its map, now and from now on. */
export function drawFound(element, city) {
  const draw = (found) => {
    city.setFound(found);
    const { places = [], active = null, isChosen = false, isGentle = false } = found ?? {};
    const shown = places[active];
    city.outlineGrid(shown && isFine(shown.level) ? shown.unit_grid_code ?? null : null);
    if (places.length > 0) city.showFound(isChosen ? [shown] : places, { covered: coveredBySide(element), isGentle });
  };
  if (element.foundPlaces) draw(element.foundPlaces);
  element.addEventListener("places:show", (evt) => draw(evt.detail));
  city.onFound((n) => element.dispatchEvent(new CustomEvent("places:tap", { detail: { n } })));
}

/** Whether this place is the one that an element's map shows under a number, from 0: two who search share one map. */
export function isShown(element, place, n) {
  return place !== undefined && element.foundPlaces?.places[n] === place;
}

/** The middle of an element's map in degrees, where its reader looks; null before it is open. */
export function lookedAt(element) {
  return element.cityMap?.middle() ?? null;
}
