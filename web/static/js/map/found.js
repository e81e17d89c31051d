// How places that were searched for look on the map: numbered dots to choose from, the one in view with how far it may lie
// off, and a pin of its own for the one that was chosen. Pure.

import { reachOf, sayLevel } from "../places/wording.js";
import { circle } from "./features.js";
import { FONTS_STRONG } from "./style/palette.js";

export const FOUND = "found";
export const FOUND_DOT = "found-dot";

/**
 * Features of `{places, active, isChosen}`: `active` is the number of the place in view, from 0, or null. One place alone,
 * or one that was chosen, has the pin; several have dots with their numbers from 1.
 */
export function foundFeatures({ places = [], active = null, isChosen = false } = {}) {
  const shown = places[active] ?? null;
  const pinned = shown && (isChosen || places.length === 1) ? shown : null;
  const range = shown ? [{ ...circle(shown, reachOf(shown)), properties: { role: "range" } }] : [];
  const points = pinned ? [pointOf(pinned, { role: "pin", label: labelOf(pinned) })] : places.map((place, n) => pointOf(place, {
    role: "dot", n: n + 1, isActive: n === active, order: n === active ? 1 : -n, label: n === active ? labelOf(place) : "",
  }));
  return { type: "FeatureCollection", features: [...range, ...points] };
}

function labelOf({ name, level }) {
  return name || sayLevel(level);
}

function pointOf({ lon, lat }, properties) {
  return { type: "Feature", properties, geometry: { type: "Point", coordinates: [lon, lat] } };
}

/** The corners of the box that holds places with their reach, as features for `boxOf`. */
export function reachFeatures(places) {
  return places.flatMap((place) => circle(place, reachOf(place), 8).geometry.coordinates[0])
    .map((coordinates) => ({ geometry: { coordinates } }));
}

function isRole(role) {
  return ["==", ["get", "role"], role];
}

/** Layers over a GeoJSON source called `found`. */
export function foundLayers(c) {
  const label = {
    "text-field": ["get", "label"], "text-font": FONTS_STRONG, "text-size": 13, "text-anchor": "top", "text-max-width": 12,
    "text-optional": true, "icon-allow-overlap": true, "icon-ignore-placement": true,
  };
  const ink = { "text-color": c.inkStrong, "text-halo-color": c.halo, "text-halo-width": 2 };
  return [
    { id: "found-range", type: "fill", source: FOUND, filter: isRole("range"), paint: { "fill-color": c.selection, "fill-opacity": 0.1 } },
    { id: "found-range-edge", type: "line", source: FOUND, filter: isRole("range"), paint: { "line-color": c.selection, "line-width": 1.5, "line-dasharray": [3, 2] } },
    {
      id: FOUND_DOT, type: "circle", source: FOUND, filter: isRole("dot"), layout: { "circle-sort-key": ["get", "order"] },
      paint: {
        "circle-radius": ["case", ["get", "isActive"], 14, 12], "circle-color": ["case", ["get", "isActive"], c.selection, c.halo],
        "circle-stroke-color": ["case", ["get", "isActive"], c.halo, c.selection], "circle-stroke-width": 2,
      },
    },
    {
      id: "found-number", type: "symbol", source: FOUND, filter: isRole("dot"),
      layout: { "text-field": ["to-string", ["get", "n"]], "text-font": FONTS_STRONG, "text-size": 13, "text-allow-overlap": true, "text-ignore-placement": true, "symbol-sort-key": ["get", "order"] },
      paint: { "text-color": ["case", ["get", "isActive"], c.halo, c.selection] },
    },
    { id: "found-dot-label", type: "symbol", source: FOUND, filter: isRole("dot"), layout: { ...label, "text-offset": [0, 1.3] }, paint: ink },
    {
      id: "found-pin", type: "symbol", source: FOUND, filter: isRole("pin"),
      layout: { ...label, "icon-image": "found:place", "icon-anchor": "bottom", "text-offset": [0, 0.4] }, paint: ink,
    },
  ];
}
