// How closed roads, ways, resources and moves of people look on the map: layers over the shapes of a page.

import { FONTS } from "./style/palette.js";

const CLOSED = "#c8372d";
const PLANNED = "#b97700";
const DRILL = "#6a3fa0";
const QUIET = "#7b8794";
const WAY = "#1f5fa8";
const GOOD = "#2b8a57";

/** A drill's closures are violet, planned ones amber, those that are over grey. */
function closureColour() {
  return ["case", ["==", ["get", "is_drill"], true], DRILL, ["match", ["get", "standing"], "planned", PLANNED, "in_force", CLOSED, QUIET]];
}

function ofKind(isRole, role, geometry) {
  return ["all", isRole(role), ["in", ["geometry-type"], ["literal", geometry]]];
}

/** Layers over the source `shapes`; the order is theirs: areas below, then lines, then what stands somewhere. */
export function wayLayers(isRole) {
  const areas = ["Polygon", "MultiPolygon"];
  const lines = ["LineString", "MultiLineString"];
  return [
    { id: "ways-block", type: "fill", source: "shapes", filter: isRole("block"), paint: { "fill-color": ["get", "colour"], "fill-opacity": 0.35 } },
    { id: "ways-block-edge", type: "line", source: "shapes", filter: isRole("block"), paint: { "line-color": ["get", "colour"], "line-width": 1.2 } },
    { id: "ways-closed", type: "fill", source: "shapes", filter: ofKind(isRole, "closure", areas), paint: { "fill-color": closureColour(), "fill-opacity": 0.2 } },
    { id: "ways-closed-edge", type: "line", source: "shapes", filter: ofKind(isRole, "closure", areas), paint: { "line-color": closureColour(), "line-width": 2, "line-dasharray": [3, 1.5] } },
    { id: "ways-closed-line", type: "line", source: "shapes", filter: ofKind(isRole, "closure", lines), paint: { "line-color": closureColour(), "line-width": 6, "line-dasharray": [1.2, 0.8] } },
    { id: "ways-flow", type: "line", source: "shapes", filter: isRole("flow"), layout: { "line-cap": "round" }, paint: { "line-color": ["coalesce", ["get", "colour"], WAY], "line-opacity": 0.7, "line-width": ["interpolate", ["linear"], ["get", "people"], 1, 1, 500, 3, 5000, 8] } },
    { id: "ways-route-casing", type: "line", source: "shapes", filter: isRole("route"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": "#ffffff", "line-width": 9 } },
    { id: "ways-route", type: "line", source: "shapes", filter: isRole("route"), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": WAY, "line-width": 5.5 } },
    {
      id: "ways-demand", type: "circle", source: "shapes", filter: isRole("demand"),
      paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 2.5, 14, 6], "circle-color": ["case", ["get", "is_covered"], GOOD, CLOSED], "circle-opacity": 0.75 },
    },
    {
      id: "ways-shelter", type: "circle", source: "shapes", filter: isRole("shelter", "site"),
      paint: {
        "circle-radius": ["case", ["to-boolean", ["get", "is_left_out"]], 6, 9], "circle-stroke-color": "#ffffff", "circle-stroke-width": 2.5,
        "circle-color": ["case", ["to-boolean", ["get", "is_left_out"]], QUIET, ["coalesce", ["get", "colour"], GOOD]],
      },
    },
    { id: "ways-leaving", type: "circle", source: "shapes", filter: ["to-boolean", ["get", "is_leaving"]], paint: { "circle-radius": 15, "circle-opacity": 0, "circle-stroke-color": CLOSED, "circle-stroke-width": 3 } },
    {
      id: "ways-stop", type: "circle", source: "shapes", filter: isRole("stop"),
      paint: { "circle-radius": 10, "circle-color": "#1c2733", "circle-stroke-color": "#ffffff", "circle-stroke-width": 3 },
    },
    {
      id: "ways-stop-letter", type: "symbol", source: "shapes", filter: isRole("stop"),
      layout: { "text-field": ["get", "letter"], "text-font": FONTS, "text-size": 13, "text-allow-overlap": true },
      paint: { "text-color": "#ffffff" },
    },
  ];
}
