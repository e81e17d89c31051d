// The base map: muted land, water, green, streets by rank, and their names. Pure.

import { byZoom, fading, kindIs } from "./expressions.js";
import { inked, lettered } from "./lettering.js";

/** Hills, green, water, buildings, railways. */
export function ground(c) {
  const fill = (id, kinds, colour, minzoom = 0, more = {}) => ({
    id, type: "fill", source: "base", "source-layer": "ground", minzoom,
    filter: ["all", kindIs(...kinds), ["==", ["geometry-type"], "Polygon"]],
    paint: { "fill-color": colour, ...more },
  });
  return [
    // each step of height lies on the one below it
    {
      ...fill("hill", ["hill"], ["match", ["get", "rank"], 1, c.hills[0], 2, c.hills[1], 3, c.hills[2], c.hills[3]]),
      layout: { "fill-sort-key": ["get", "rank"] },
    },
    fill("estate", ["estate"], c.estate, 13),
    fill("square", ["square"], c.square, 14),
    fill("green", ["green", "park"], c.green),
    fill("water", ["water", "river"], c.water),
    {
      id: "stream", type: "line", source: "base", "source-layer": "ground",
      filter: ["all", kindIs("water", "river"), ["==", ["geometry-type"], "LineString"]],
      paint: { "line-color": c.water, "line-width": byZoom(9, 1, 14, 4, 18, 30) },
    },
    fill("building", ["building"], c.building, 14, {
      "fill-outline-color": c.buildingEdge, "fill-opacity": fading(14, 0, 14.6, 1),
    }),
    {
      id: "railway", type: "line", source: "base", "source-layer": "ground", filter: kindIs("railway"),
      paint: { "line-color": c.railway, "line-width": byZoom(9, 1, 14, 1.6, 18, 3) },
    },
    {
      id: "railway-ticks", type: "line", source: "base", "source-layer": "ground", minzoom: 10, filter: kindIs("railway"),
      paint: { "line-color": c.railway, "line-width": byZoom(10, 3.5, 14, 6, 18, 11), "line-dasharray": [0.25, 1.8] },
    },
  ];
}

// [rank, first zoom, width in px at zooms 10, 14, 18]
const RANKS = [
  ["lane", 14, 0, 1.5, 14],
  ["local", 13, 0, 3, 22],
  ["collector", 11, 0.7, 4.5, 28],
  ["arterial", 9, 1.6, 7.5, 38],
  ["expressway", 8, 1.8, 8, 44],
];

/** Streets with a casing by rank: all casings first, so that crossings are open. */
export function streets(c) {
  const casings = RANKS.map(([rank, minzoom, ...w]) => streetLine(`casing-${rank}`, rank, minzoom, {
    "line-color": { expressway: c.expresswayCasing, arterial: c.arterialCasing }[rank] ?? c.casing,
    "line-width": byZoom(10, w[0] + (w[0] ? 0.8 : 0), 14, w[1] + 1.4, 18, w[2] + 2),
  }));
  const fills = RANKS.map(([rank, minzoom, ...w]) => streetLine(`street-${rank}`, rank, minzoom, {
    "line-color": { expressway: c.expressway, arterial: c.arterial, lane: c.lane }[rank] ?? c.street,
    "line-width": byZoom(10, w[0], 14, w[1], 18, w[2]),
  }));
  return [...casings, ...fills];
}

function streetLine(id, rank, minzoom, paint) {
  return {
    id, type: "line", source: "base", "source-layer": "streets", minzoom, filter: ["==", ["get", "rank"], rank],
    layout: { "line-cap": "round", "line-join": "round" }, paint,
  };
}

/** Names of streets, parks, waters and railways; the wider street first. */
export function groundLabels(c) {
  const street = (id, ranks, minzoom, size) => ({
    id, type: "symbol", source: "base", "source-layer": "streets", minzoom,
    filter: ["all", ["has", "name"], ["in", ["get", "rank"], ["literal", ranks]]],
    layout: lettered(size, { "symbol-placement": "line", "text-letter-spacing": 0.15, "symbol-spacing": 320, "text-max-angle": 30, "text-padding": 8 }),
    paint: inked(c, c.ink),
  });
  return [
    street("label-local", ["local", "lane"], 15, 12),
    street("label-collector", ["collector"], 13, fading(13, 11, 16, 13)),
    street("label-arterial", ["arterial", "expressway"], 12, fading(12, 11, 16, 14)),
    {
      id: "label-ground", type: "symbol", source: "base", "source-layer": "ground_labels", minzoom: 14.5,
      filter: ["!", kindIs("river", "water")],
      layout: lettered(12, { "text-padding": 16, "text-max-width": 7 }),
      paint: inked(c, ["match", ["get", "kind"], ["park", "green", "hill"], c.greenInk, c.ink]),
    },
    {
      id: "label-water", type: "symbol", source: "base", "source-layer": "ground_labels", minzoom: 10,
      filter: kindIs("river", "water"),
      layout: lettered(fading(10, 12, 15, 16), { "text-letter-spacing": 0.4, "text-padding": 60 }),
      paint: { ...inked(c, c.waterInk), "text-halo-color": c.water },
    },
    {
      id: "label-railway", type: "symbol", source: "base", "source-layer": "ground", minzoom: 14,
      filter: ["all", ["has", "name"], kindIs("railway")],
      layout: lettered(11, { "symbol-placement": "line", "symbol-spacing": 500 }), paint: inked(c, c.ink),
    },
  ];
}
