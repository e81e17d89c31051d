// Cases: pins with the shape of their light, clusters with counts that equal the list's. Pure.

import { byZoom, fading } from "./expressions.js";
import { FONTS_STRONG } from "./palette.js";

// Pins of a list cover what they must, but no name gives way to them.
const PIN = { "icon-anchor": "bottom", "icon-allow-overlap": true, "icon-ignore-placement": true };
// Of very many cases from afar only the more urgent have a pin, with a dot for each; from here on all have theirs.
const ALL_PINS_FROM = 16;
const areAllShown = ["step", ["zoom"], false, ALL_PINS_FROM, true];
const CLUSTER = {
  "icon-allow-overlap": true, "icon-ignore-placement": true, "text-allow-overlap": true, "text-ignore-placement": true,
  "text-font": FONTS_STRONG,
};
const isDone = ["==", ["get", "stage_public"], "done"];

/** Under the names: what was put right lately, and below zoom 13 how many cases are open around a place. */
export function publicDots(source, c) {
  const dot = (id, layer, paint, filter = true) => ({
    id, type: "circle", source, "source-layer": layer, filter,
    paint: { "circle-stroke-color": c.halo, "circle-stroke-width": 1.2, ...paint },
  });
  return [
    dot("public-cases-cluster", "clusters", {
      "circle-color": c.ours, "circle-opacity": 0.6,
      "circle-radius": ["interpolate", ["linear"], ["sqrt", ["get", "n"]], 1, 3, 3, 6, 8, 11],
    }),
    caseDots("public-cases-dot", source, c, c.pins.lights.open, 0.8, ["!", isDone]),
    dot("public-cases-done", "cases", { "circle-color": c.done, "circle-opacity": 0.85, "circle-radius": byZoom(13, 2.6, 17, 5) }, isDone),
  ];
}

/** What is being handled. */
export function publicPins(source) {
  return { ...pins("public-cases-icon", source, "open", 1), filter: ["!", isDone] };
}

/** Cases by light; beside a list that has its own pins they stay behind those, where they are the list they are larger. */
export function staffCases(source, c, { isBesideList = true, isList = false } = {}) {
  return [
    {
      id: "other-cases-cluster", type: "symbol", source, "source-layer": "clusters",
      layout: {
        ...CLUSTER, "icon-image": ["concat", "cluster:", ["get", "light"]],
        "text-field": ["to-string", ["get", "n"]], "text-size": 12,
      },
      paint: { "text-color": c.pins.glyph, "icon-opacity": isBesideList ? 0.5 : 0.95 },
    },
    caseDots("other-cases-dot", source, c, ["match", ["get", "light"], ...Object.entries(c.pins.lights).flat(), c.ours], isBesideList ? 0.5 : 0.8),
    pins("other-cases-icon", source, ["get", "light"], isBesideList ? 0.6 : 1, isList ? 1.4 : 1),
  ];
}

// The worst comes first where only some have room, lies on top where all are shown, and what is well stays small.
const URGENCY = ["match", ["get", "light"], "overdue", 3, "at_risk", 2, "suspended", 1, 0];
const SIZE = ["match", ["get", "light"], "overdue", 1.15, "at_risk", 1.1, "normal", 0.85, 1];

function pins(id, source, light, opacity, times = 1) {
  return {
    id, type: "symbol", source, "source-layer": "cases",
    layout: {
      "icon-anchor": "bottom", "icon-allow-overlap": areAllShown, "icon-ignore-placement": areAllShown, "icon-padding": 0,
      "icon-image": ["concat", "case:", light, ":", ["get", "major"]],
      "icon-size": fading(13, ["*", 0.5 * times, SIZE], 16, ["*", 0.85 * times, SIZE]),
      "symbol-sort-key": ["step", ["zoom"], ["-", URGENCY], ALL_PINS_FROM, URGENCY],
    },
    paint: { "icon-opacity": opacity },
  };
}

/** A dot for each case where not every one has a pin. */
function caseDots(id, source, c, colour, opacity, filter = true) {
  return {
    id, type: "circle", source, "source-layer": "cases", filter, maxzoom: ALL_PINS_FROM,
    paint: {
      "circle-color": colour, "circle-opacity": opacity, "circle-radius": byZoom(13, 1.6, 16, 3),
      "circle-stroke-color": c.halo, "circle-stroke-width": 0.6,
    },
  };
}

/** Layers for the cases of the list beside the map, over a GeoJSON source called `listed`. */
export function listedLayers(c) {
  return [
    {
      id: "listed-cluster", type: "symbol", source: "listed", filter: ["has", "point_count"],
      layout: {
        "icon-image": ["concat", "cluster:", ["case", [">", ["get", "overdue"], 0], "overdue", [">", ["get", "at_risk"], 0], "at_risk", "normal"]],
        "icon-size": ["interpolate", ["linear"], ["get", "point_count"], 2, 0.9, 50, 1.4],
        "text-field": ["to-string", ["get", "point_count"]], "text-size": 13, ...CLUSTER,
      },
      paint: { "text-color": c.pins.glyph },
    },
    {
      id: "listed-case", type: "symbol", source: "listed", filter: ["!", ["has", "point_count"]],
      layout: {
        "icon-image": ["concat", "case:", ["get", "light"], ":", ["get", "major"]], ...PIN,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.75, 15, 1], "symbol-sort-key": ["get", "order"],
      },
    },
    {
      id: "listed-marked", type: "symbol", source: "marked",
      layout: {
        "icon-image": ["concat", ["case", ["==", ["get", "as"], "selected"], "selected:", "hovered:"], ["get", "light"], ":", ["get", "major"]],
        ...PIN, "icon-size": 1.2,
      },
    },
  ];
}

/** How the source of listed cases clusters: counts by light, so that the worst one colours the cluster. */
export const CLUSTERING = {
  cluster: true, clusterRadius: 36, clusterMaxZoom: 15,
  clusterProperties: {
    overdue: ["+", ["case", ["==", ["get", "light"], "overdue"], 1, 0]],
    at_risk: ["+", ["case", ["==", ["get", "light"], "at_risk"], 1, 0]],
  },
};
