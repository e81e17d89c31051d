// How shapes of a page look on the map: what was and what is said to be, how far the grids of a survey are, and
// lines and areas of places with the corners they are drawn by.

import { FONTS } from "./style/palette.js";
import { wayLayers } from "./ways.js";

const TONES = { idle: "#9aa7b3", going: "#d99a2b", done: "#2b8a57", missing: "#c8372d" };
const BEFORE = "#5b6874";
const AFTER = "#1f5fa8";
const DRAWN = "#7a2a8c";

function toned(fallback) {
  return ["match", ["get", "tone"], ...Object.entries(TONES).flat(), fallback];
}

/** Cameras that can be watched, and those that wait for a gateway. */
function sectorColour() {
  return ["case", ["get", "is_live"], AFTER, "#7b8794"];
}

/** What people drew; the wall says a lighter colour for its night. */
function drawnColour() {
  return ["coalesce", ["get", "colour"], DRAWN];
}

function isRole(...roles) {
  return ["in", ["get", "role"], ["literal", roles]];
}

/** Layers over a GeoJSON source called `shapes`. */
export function shapeLayers() {
  return [
    { id: "shapes-grid", type: "fill", source: "shapes", filter: isRole("grid"), paint: { "fill-color": toned(BEFORE), "fill-opacity": 0.45 } },
    { id: "shapes-grid-edge", type: "line", source: "shapes", filter: isRole("grid"), paint: { "line-color": toned(BEFORE), "line-width": 1.5 } },
    { id: "shapes-area", type: "fill", source: "shapes", filter: isRole("area"), paint: { "fill-color": AFTER, "fill-opacity": 0.16 } },
    { id: "shapes-line", type: "line", source: "shapes", filter: isRole("area", "line"), paint: { "line-color": AFTER, "line-width": 3 } },
    {
      id: "shapes-corner", type: "circle", source: "shapes", filter: isRole("corner"),
      paint: { "circle-radius": 4, "circle-color": "#ffffff", "circle-stroke-color": AFTER, "circle-stroke-width": 2 },
    },
    { id: "shapes-sector", type: "fill", source: "shapes", filter: isRole("sector"), paint: { "fill-color": sectorColour(), "fill-opacity": 0.16 } },
    { id: "shapes-sector-edge", type: "line", source: "shapes", filter: isRole("sector"), paint: { "line-color": sectorColour(), "line-width": 1.2, "line-opacity": 0.7 } },
    {
      id: "shapes-camera", type: "circle", source: "shapes", filter: isRole("camera"),
      paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 2, 16, 5], "circle-color": sectorColour(), "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5 },
    },
    { id: "shapes-way", type: "line", source: "shapes", filter: isRole("way"), paint: { "line-color": AFTER, "line-width": 2, "line-dasharray": [2, 2] } },
    {
      id: "shapes-place", type: "circle", source: "shapes", filter: isRole("before", "after"),
      paint: {
        "circle-radius": ["match", ["get", "role"], "after", 9, 7],
        "circle-color": ["match", ["get", "role"], "after", AFTER, "#ffffff"],
        "circle-stroke-color": ["match", ["get", "role"], "after", "#ffffff", BEFORE], "circle-stroke-width": 3,
      },
    },
    { id: "shapes-zone", type: "fill", source: "shapes", filter: isRole("zone"), paint: { "fill-color": ["get", "colour"], "fill-opacity": 0.22 } },
    { id: "shapes-zone-edge", type: "line", source: "shapes", filter: isRole("zone"), paint: { "line-color": ["get", "colour"], "line-width": 2 } },
    { id: "shapes-zone-wide", type: "line", source: "shapes", filter: isRole("zone-wide"), paint: { "line-color": ["get", "colour"], "line-width": 1.5, "line-dasharray": [3, 2] } },
    ...wayLayers(isRole),
    ...resourceLayers("shapes"),
    { id: "shapes-drawn-area", type: "fill", source: "shapes", filter: isRole("drawn-area"), paint: { "fill-color": drawnColour(), "fill-opacity": 0.14 } },
    { id: "shapes-drawn-line", type: "line", source: "shapes", filter: isRole("drawn-area", "drawn-line"), paint: { "line-color": drawnColour(), "line-width": 3 } },
    {
      id: "shapes-drawn-point", type: "circle", source: "shapes", filter: isRole("drawn-point"),
      paint: { "circle-radius": 6, "circle-color": drawnColour(), "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 },
    },
    {
      id: "shapes-incident", type: "circle", source: "shapes", filter: isRole("incident"),
      paint: {
        "circle-radius": 11, "circle-stroke-color": "#ffffff", "circle-stroke-width": 3,
        "circle-color": ["match", ["get", "event_level"], 1, "#c8372d", 2, "#d9660f", 3, "#c79a00", 4, "#1f5fa8", "#5b6874"],
      },
    },
    {
      id: "shapes-zone-label", type: "symbol", source: "shapes", filter: isRole("zone-label", "site"),
      layout: {
        "text-field": ["get", "label"], "text-font": FONTS, "text-size": 13,
        "text-offset": ["match", ["get", "role"], "site", ["literal", [0, -1.6]], ["literal", [0, 0]]],
      },
      paint: { "text-color": "#1c2733", "text-halo-color": "#ffffff", "text-halo-width": 2 },
    },
    {
      id: "shapes-label", type: "symbol", source: "shapes", filter: ["all", ["has", "label"], ["!", isRole("zone-label", "site")]],
      layout: {
        "text-field": ["get", "label"], "text-font": FONTS, "text-size": 13, "text-allow-overlap": true,
        "text-offset": ["match", ["get", "role"], "grid", ["literal", [0, 0]], "before", ["literal", [0, 1.6]], "incident", ["literal", [0, -2.1]], "closure", ["literal", [0, 1.8]], "drawn-text", ["literal", [0, 0]], "drawn-area", ["literal", [0, 0]], ["literal", [0, -1.6]]],
      },
      paint: { "text-color": "#1c2733", "text-halo-color": "#ffffff", "text-halo-width": 2 },
    },
  ];
}

/** Emergency resources of a source: a sign on the colour of their kind, pale when they are not ready. */
export function resourceLayers(source) {
  return [
    {
      id: `${source}-resource`, type: "circle", source, filter: isRole("resource"),
      paint: {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 11, 6, 15, 11], "circle-color": ["get", "colour"],
        "circle-opacity": ["case", ["get", "is_ready"], 1, 0.45], "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5,
      },
    },
    {
      id: `${source}-resource-mark`, type: "symbol", source, filter: isRole("resource"), minzoom: 12.5,
      layout: { "text-field": ["get", "mark"], "text-font": FONTS, "text-size": 12, "text-padding": 0 },
      paint: { "text-color": "#ffffff" },
    },
    {
      id: `${source}-resource-name`, type: "symbol", source, filter: isRole("resource"), minzoom: 15,
      layout: { "text-field": ["get", "name"], "text-font": FONTS, "text-size": 12, "text-anchor": "top", "text-offset": [0, 1.1] },
      paint: { "text-color": "#1c2733", "text-halo-color": "#ffffff", "text-halo-width": 1.5 },
    },
  ];
}
