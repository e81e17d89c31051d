// What the city's management adds: borders, unit grids, components. Pure.

import { byZoom, fading, levelIs } from "./expressions.js";
import { inked, lettered } from "./lettering.js";
import { FONTS, FONTS_STRONG } from "./palette.js";

const LEVEL_WIDTH = ["match", ["get", "level"], "prefecture", 3, "district", 2.4, "county", 2.4, "subdistrict", 1.5, 1];
const FAULTY = ["faulty", "破损", "丢失"];
const isDistrict = levelIs("prefecture", "district", "county");

/** Borders, dashed by level, and the high-tech zone. */
export function divisions(c) {
  const line = (id, filter, minzoom, dash, paint) => ({
    id, type: "line", source: "base", "source-layer": "divisions", minzoom, filter,
    layout: { "line-join": "round" },
    paint: { "line-color": c.division, "line-dasharray": dash, ...paint },
  });
  return [
    {
      id: "divisions-casing", type: "line", source: "base", "source-layer": "divisions", filter: isDistrict,
      paint: { "line-color": c.division, "line-opacity": 0.12, "line-width": 8 },
    },
    line("divisions-line", isDistrict, 0, [5, 2, 1, 2], { "line-width": LEVEL_WIDTH, "line-opacity": 0.8 }),
    line("subdistricts-line", ["==", ["get", "level"], "subdistrict"], 11, [4, 2], { "line-width": 1.4, "line-opacity": fading(14, 0.6, 17, 0.35) }),
    line("communities-line", ["==", ["get", "level"], "community"], 13, [1.5, 2], { "line-width": 1, "line-opacity": fading(14, 0.45, 17, 0.3) }),
    {
      id: "zones-line", type: "line", source: "base", "source-layer": "zones",
      paint: { "line-color": c.zone, "line-width": byZoom(10, 1.4, 16, 3), "line-opacity": 0.85 },
    },
  ];
}

/** Unit grids as hairlines from zoom 15; one of them can be outlined. */
export function grids(c) {
  return [
    {
      id: "grids-line", type: "line", source: "grids", "source-layer": "unit_grids", minzoom: 15,
      paint: { "line-color": c.grid, "line-width": 0.6, "line-opacity": fading(15, 0.2, 17, 0.4, 19, 0.6) },
    },
    // an invisible face, so that a click finds the grid
    { id: "grids-face", type: "fill", source: "grids", "source-layer": "unit_grids", minzoom: 15, paint: { "fill-opacity": 0 } },
    {
      id: "grids-selected", type: "line", source: "grids", "source-layer": "unit_grids", minzoom: 14,
      filter: ["==", ["get", "code"], ""], paint: { "line-color": c.selection, "line-width": 2.5 },
    },
  ];
}

// Squares are eight pixels wide at a whole zoom and sixteen just before the next, wider ones where a filter has only
// these: the radius follows, so that no lattice shows.
const SQUARES = ["/", ["get", "side_units"], 64];
const radius = (wide) => ["*", wide, SQUARES];
const WHOLE_ZOOMS = [8, 9, 10, 11, 12, 13];
const DENSITY_RADIUS = fading(...WHOLE_ZOOMS.flatMap((zoom) => [zoom, radius(14), zoom + 0.99, radius(28)]));
const spot = (wide) => ["*", radius(wide), ["interpolate", ["linear"], ["sqrt", ["get", "n"]], 1, 0.8, 6, 1.3]];
// A square of zoom 13 covers a quarter of the ground of one of zoom 12.
const weight = (most) => ["interpolate", ["linear"], ["get", "n"], 0, 0, most * 0.15, 0.35, most, 1];

const DENSITY_OPACITY = fading(13.4, 1, 14, 0.3);

/**
 * What to paint otherwise under a filter, as [layer, property, value]: spots in place of the density. Colours and
 * opacities only, and none that depends on features: a change of layout would have MapLibre lay out old tiles while
 * new ones are on their way. What has no opacity is not drawn at all.
 */
export function filteredPaint(c, filter) {
  const isFiltered = Object.values(filter).some((value) => [value].flat().some(Boolean));
  const states = [filter.state ?? ""].flat();
  const colour = states.length > 0 && states.every((state) => FAULTY.includes(state)) ? c.faulty : c.component;
  return [
    ["components-density", "heatmap-opacity", isFiltered ? 0 : DENSITY_OPACITY],
    ["components-few", "circle-color", colour],
    ["components-few", "circle-opacity", isFiltered ? 0.8 : 0],
  ];
}

/**
 * Components: density from afar, dots, then signs with the picture of the type; what is faulty in amber. What a filter
 * leaves is too little for a density: it is drawn as a soft spot for each square,
 * larger with the count.
 */
export function components(c) {
  const [none, thin, thick] = c.density;
  const isFaulty = ["==", ["get", "state_class"], "faulty"];
  return [
    {
      id: "components-density", type: "heatmap", source: "components", "source-layer": "component_density", maxzoom: 14,
      paint: {
        "heatmap-weight": fading(12, weight(400), 13, weight(160)),
        "heatmap-radius": DENSITY_RADIUS,
        "heatmap-intensity": 0.25,
        "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, none, 0.2, thin, 1, thick],
        "heatmap-opacity": DENSITY_OPACITY,
      },
    },
    {
      id: "components-few", type: "circle", source: "components", "source-layer": "component_density", maxzoom: 14,
      paint: {
        "circle-color": c.component, "circle-blur": 0.7, "circle-opacity": 0,
        "circle-radius": fading(...WHOLE_ZOOMS.flatMap((zoom) => [zoom, spot(4), zoom + 0.99, spot(8)])),
      },
    },
    {
      id: "components-area", type: "fill", source: "components", "source-layer": "component_shapes", minzoom: 15,
      filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": c.component, "fill-opacity": 0.25 },
    },
    {
      id: "components-line", type: "line", source: "components", "source-layer": "component_shapes", minzoom: 15,
      paint: { "line-color": c.component, "line-width": 1.5 },
    },
    {
      id: "components-dot", type: "circle", source: "components", "source-layer": "components", minzoom: 14, maxzoom: 16.5,
      layout: { "circle-sort-key": ["case", isFaulty, 1, 0] },
      paint: {
        "circle-color": ["case", isFaulty, c.faulty, ["match", ["get", "major"], ...Object.entries(c.majors).flat(), c.component]],
        "circle-radius": byZoom(14, 1, 16.5, 2.6), "circle-opacity": fading(14, ["case", isFaulty, 0.7, 0.25], 16, ["case", isFaulty, 0.9, 0.7]),
      },
    },
    {
      id: "components-icon", type: "symbol", source: "components", "source-layer": "components", minzoom: 16.5,
      layout: {
        "icon-image": ["concat", "component:", ["get", "type_code"], ["case", isFaulty, ":faulty", ""]], "icon-padding": 1,
        "icon-size": fading(16.5, 0.6, 18.5, 1), "symbol-sort-key": ["case", isFaulty, 0, 1],
      },
    },
  ];
}

/** Codes of grids, then names of divisions: the higher the level, the later and so the stronger. */
export function oursLabels(c) {
  const division = (id, levels, minzoom, maxzoom, size, more = {}) => ({
    id, type: "symbol", source: "base", "source-layer": "division_labels", minzoom, maxzoom, filter: levelIs(...levels),
    layout: lettered(size, { "text-padding": 12, "text-max-width": 8, ...more }),
    paint: inked(c, c.divisionInk, 1.8),
  });
  const strong = { "text-letter-spacing": 0.2, "text-font": FONTS_STRONG };
  return [
    {
      id: "grids-code", type: "symbol", source: "grids", "source-layer": "unit_grid_labels", minzoom: 17,
      layout: { "text-field": ["slice", ["get", "code"], 12], "text-font": FONTS, "text-size": 11, "text-padding": 20 },
      paint: inked(c, c.grid, 1.4),
    },
    division("communities-label", ["community"], 14.8, 17, 12),
    division("subdistricts-label", ["subdistrict"], 11.8, 14.8, 13),
    { ...division("zones-label", ["zone"], 10.5, 15, 15), paint: inked(c, c.zone, 1.8) },
    division("prefecture-label", ["prefecture"], 8, 9.6, 18, strong),
    division("divisions-label", ["district", "county"], 8, 12.8, 18, strong),
  ];
}
