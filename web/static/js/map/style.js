// The style of the map, built from the tile contract. Pure: tested with node.
// Layers of tiles: base (ground streets divisions division_labels zones), grids, components, cases, public-cases.

const FONT = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "sans-serif"];
const FONTS = [FONT.join(",")];
const FONTS_STRONG = [["PingFang SC Semibold", "Microsoft YaHei Bold", "Noto Sans CJK SC Bold", ...FONT].join(",")];

const DAY = {
  land: "#f2f3ef", hill: "#e6ecdf", green: "#dfe9d9", estate: "#f0ede8", square: "#f0eee6",
  water: "#cfe0ea", waterInk: "#5c86a3", building: "#e4e2dc", buildingEdge: "#d6d3cb",
  street: "#ffffff", casing: "#d3d6d3", expressway: "#fbe6b5", expresswayCasing: "#dcbf7d", lane: "#ffffff",
  railway: "#a9b0b5", ink: "#4a5560", inkStrong: "#2d3843", halo: "#fbfbf9",
  division: "#7d5a99", zone: "#a86a1f", grid: "#5c7f9e", greenInk: "#5d7a55",
  component: "#4d6b85", density: "#3d6f9c", ours: "#1f5fa8", selection: "#1f5fa8",
};

const NIGHT = {
  land: "#0d1b2b", hill: "#0f2129", green: "#10262a", estate: "#102032", square: "#112336",
  water: "#0a2740", waterInk: "#5f93bd", building: "#16293d", buildingEdge: "#1d344c",
  street: "#27405a", casing: "#0b1725", expressway: "#4d5a52", expresswayCasing: "#0b1725", lane: "#1f3549",
  railway: "#4d6276", ink: "#a9bdd0", inkStrong: "#dbe6f1", halo: "#0a1624",
  division: "#a98bd0", zone: "#e0a558", grid: "#5f87ab", greenInk: "#7aa184",
  component: "#8fb4d6", density: "#4ea1ff", ours: "#4ea1ff", selection: "#4ea1ff",
};

export const LIGHT_COLOURS = { normal: "#2b8a57", at_risk: "#b97700", overdue: "#c8372d", suspended: "#7b8794" };
export const LIGHTS = Object.keys(LIGHT_COLOURS);

/** The groups a reader can switch, with the layers they hold and whether they are on at first. */
export const GROUPS = {
  grids: { layers: ["grids-line", "grids-code"], isOn: true },
  components: { layers: ["components-density", "components-dot", "components-icon"], isOn: true },
  divisions: { layers: ["divisions-casing", "divisions-line", "zones-line", "zones-label", "divisions-label"], isOn: true },
  cases: { layers: ["public-cases-icon", "other-cases-icon", "other-cases-cluster"], isOn: true },
};

/** A whole MapLibre style. `tiles` is the address before the layer's name; `version` busts caches. */
export function buildStyle({ origin = "", version = "0", theme = "day", cases = null } = {}) {
  const colours = theme === "night" ? NIGHT : DAY;
  return {
    version: 8,
    sources: {
      base: tiles(origin, "base", version, 8, 16),
      grids: tiles(origin, "grids", version, 13, 16),
      components: tiles(origin, "components", version, 9, 16),
      ...(cases ? { [cases]: tiles(origin, cases, version, 8, 16) } : {}),
    },
    layers: [
      { id: "land", type: "background", paint: { "background-color": colours.land } },
      ...ground(colours),
      ...streets(colours),
      ...divisions(colours),
      ...grids(colours),
      ...components(colours),
      ...labels(colours),
      ...(cases ? otherCases(cases, colours) : []),
    ],
  };
}

function tiles(origin, layer, version, minzoom, maxzoom) {
  return { type: "vector", tiles: [`${origin}/tiles/${layer}/{z}/{x}/{y}.mvt?v=${version}`], minzoom, maxzoom };
}

const byZoom = (...stops) => ["interpolate", ["exponential", 1.6], ["zoom"], ...stops];
const kindIs = (...kinds) => ["in", ["get", "kind"], ["literal", kinds]];

function ground(c) {
  const fill = (id, kinds, colour, minzoom = 0, more = {}) => ({
    id, type: "fill", source: "base", "source-layer": "ground", minzoom,
    filter: ["all", kindIs(...kinds), ["==", ["geometry-type"], "Polygon"]],
    paint: { "fill-color": colour, ...more },
  });
  return [
    fill("hill", ["hill"], c.hill),
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
      "fill-outline-color": c.buildingEdge, "fill-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0, 14.6, 1],
    }),
    {
      id: "railway", type: "line", source: "base", "source-layer": "ground", filter: kindIs("railway"),
      paint: { "line-color": c.railway, "line-width": byZoom(9, 0.8, 14, 1.4, 18, 3) },
    },
    {
      id: "railway-ticks", type: "line", source: "base", "source-layer": "ground", minzoom: 12, filter: kindIs("railway"),
      paint: { "line-color": c.railway, "line-width": byZoom(12, 3, 14, 5, 18, 10), "line-dasharray": [0.35, 4] },
    },
  ];
}

// [rank, first zoom, width in px at zooms 10, 14, 18]
const RANKS = [
  ["lane", 14, 0, 1.5, 14],
  ["local", 13, 0, 3, 22],
  ["collector", 12, 0.6, 4.5, 28],
  ["arterial", 10, 1.4, 7, 38],
  ["expressway", 8, 1.8, 8, 44],
];

function streets(c) {
  const casings = RANKS.map(([rank, minzoom, ...w]) => streetLine(`casing-${rank}`, rank, minzoom, {
    "line-color": rank === "expressway" ? c.expresswayCasing : c.casing,
    "line-width": byZoom(10, w[0] + (w[0] ? 0.8 : 0), 14, w[1] + 1.4, 18, w[2] + 2),
  }));
  const fills = RANKS.map(([rank, minzoom, ...w]) => streetLine(`street-${rank}`, rank, minzoom, {
    "line-color": rank === "expressway" ? c.expressway : rank === "lane" ? c.lane : c.street,
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

const LEVEL_WIDTH = ["match", ["get", "level"], "prefecture", 3, "district", 2.4, "county", 2.4, "subdistrict", 1.5, 1];
const isDistrict = ["in", ["get", "level"], ["literal", ["prefecture", "district", "county"]]];

function divisions(c) {
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
    line("subdistricts-line", ["==", ["get", "level"], "subdistrict"], 11, [4, 2], { "line-width": 1.4, "line-opacity": 0.6 }),
    line("communities-line", ["==", ["get", "level"], "community"], 13, [1.5, 2], { "line-width": 1, "line-opacity": 0.5 }),
    {
      id: "zones-line", type: "line", source: "base", "source-layer": "zones",
      paint: { "line-color": c.zone, "line-width": byZoom(10, 1.4, 16, 3), "line-opacity": 0.85 },
    },
  ];
}

function grids(c) {
  return [
    {
      id: "grids-line", type: "line", source: "grids", "source-layer": "unit_grids", minzoom: 15,
      paint: { "line-color": c.grid, "line-width": 0.8, "line-opacity": ["interpolate", ["linear"], ["zoom"], 15, 0.35, 17, 0.7] },
    },
    // an invisible face, so that a click finds the grid
    { id: "grids-face", type: "fill", source: "grids", "source-layer": "unit_grids", minzoom: 15, paint: { "fill-opacity": 0 } },
    {
      id: "grids-selected", type: "line", source: "grids", "source-layer": "unit_grids", minzoom: 14,
      filter: ["==", ["get", "code"], ""], paint: { "line-color": c.selection, "line-width": 2.5 },
    },
  ];
}

function components(c) {
  return [
    {
      id: "components-density", type: "heatmap", source: "components", "source-layer": "component_density", maxzoom: 13.5,
      paint: {
        "heatmap-weight": ["interpolate", ["linear"], ["get", "n"], 0, 0, 60, 0.35, 400, 1],
        "heatmap-radius": ["interpolate", ["exponential", 2], ["zoom"], 9, 6, 13, 18],
        "heatmap-intensity": 0.5,
        "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, "rgba(61,111,156,0)", 0.2, "rgba(61,111,156,0.10)", 1, "rgba(61,111,156,0.42)"],
        "heatmap-opacity": ["interpolate", ["linear"], ["zoom"], 12.5, 1, 13.5, 0],
      },
    },
    {
      id: "components-dot", type: "circle", source: "components", "source-layer": "components", minzoom: 14, maxzoom: 16.5,
      paint: {
        "circle-color": ["match", ["get", "major"], "02", "#6b5b95", "03", "#8a6d3b", "04", "#4d7c4a", c.component],
        "circle-radius": byZoom(14, 1, 16.5, 2.6), "circle-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.35, 15.5, 0.75],
      },
    },
    {
      id: "components-icon", type: "symbol", source: "components", "source-layer": "components", minzoom: 16.5,
      layout: {
        "icon-image": ["concat", "component:", ["get", "type_code"]], "icon-padding": 1,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 16.5, 0.6, 18.5, 1],
      },
    },
  ];
}

function labels(c) {
  const text = (size, more = {}) => ({ "text-field": ["get", "name"], "text-font": FONTS, "text-size": size, ...more });
  const halo = (ink, width = 1.6) => ({ "text-color": ink, "text-halo-color": c.halo, "text-halo-width": width });
  const street = (ranks, minzoom, size, id) => ({
    id, type: "symbol", source: "base", "source-layer": "streets", minzoom,
    filter: ["all", ["has", "name"], ["in", ["get", "rank"], ["literal", ranks]]],
    layout: text(size, { "symbol-placement": "line", "text-letter-spacing": 0.15, "symbol-spacing": 320, "text-max-angle": 30, "text-padding": 8 }),
    paint: halo(c.ink),
  });
  const division = (id, level, minzoom, maxzoom, size, more = {}) => ({
    id, type: "symbol", source: "base", "source-layer": "division_labels", minzoom, maxzoom,
    filter: ["in", ["get", "level"], ["literal", level]],
    layout: text(size, { "text-padding": 12, "text-max-width": 8, ...more }),
    paint: { ...halo(c.division, 1.8), "text-opacity": 0.9 },
  });
  return [
    street(["local", "lane"], 15.5, 12, "label-local"),
    street(["collector"], 14, 12, "label-collector"),
    street(["arterial", "expressway"], 12, ["interpolate", ["linear"], ["zoom"], 12, 11, 16, 14], "label-arterial"),
    {
      id: "label-ground", type: "symbol", source: "base", "source-layer": "ground", minzoom: 14.5,
      filter: ["all", ["has", "name"], kindIs("park", "green", "square", "estate", "hill"), ["==", ["geometry-type"], "Polygon"]],
      layout: text(12, { "text-padding": 16, "text-max-width": 7 }),
      paint: halo(["match", ["get", "kind"], ["park", "green", "hill"], c.greenInk, c.ink]),
    },
    {
      id: "label-water", type: "symbol", source: "base", "source-layer": "ground", minzoom: 10,
      filter: ["all", ["has", "name"], kindIs("river", "water")],
      layout: text(["interpolate", ["linear"], ["zoom"], 10, 12, 15, 16], { "text-letter-spacing": 0.4, "text-padding": 60 }),
      paint: halo(c.waterInk),
    },
    {
      id: "label-railway", type: "symbol", source: "base", "source-layer": "ground", minzoom: 14,
      filter: ["all", ["has", "name"], kindIs("railway")],
      layout: text(11, { "symbol-placement": "line", "symbol-spacing": 500 }), paint: halo(c.railway),
    },
    {
      id: "grids-code", type: "symbol", source: "grids", "source-layer": "unit_grids", minzoom: 17,
      layout: { "text-field": ["slice", ["get", "code"], 12], "text-font": FONTS, "text-size": 11, "text-padding": 20 },
      paint: { ...halo(c.grid, 1.4) },
    },
    division("communities-label", ["community"], 14.2, 17, 12),
    division("subdistricts-label", ["subdistrict"], 11.5, 14.2, 13),
    division("divisions-label", ["district", "county", "prefecture"], 8, 12.5, 18, { "text-letter-spacing": 0.2 }),
    {
      id: "zones-label", type: "symbol", source: "base", "source-layer": "zones", minzoom: 11, maxzoom: 15,
      layout: text(14, { "text-padding": 20 }), paint: halo(c.zone, 1.8),
    },
  ];
}

/** Cases that are not in the list of the page: smaller than those that are. */
function otherCases(source, c) {
  const isPublic = source === "public-cases";
  return [
    ...(isPublic ? [] : [{
      id: "other-cases-cluster", type: "symbol", source, "source-layer": "clusters",
      layout: { "icon-image": ["concat", "cluster:", ["get", "light"]], "text-field": ["to-string", ["get", "n"]], "text-font": FONTS_STRONG, "text-size": 12, "icon-allow-overlap": true, "text-allow-overlap": true },
      paint: { "text-color": "#fff", "icon-opacity": 0.5 },
    }]),
    {
      id: isPublic ? "public-cases-icon" : "other-cases-icon", type: "symbol", source, "source-layer": "cases",
      layout: {
        "icon-image": isPublic
          ? ["concat", "case:", ["match", ["get", "stage_public"], ["closed", "done", "已办结"], "done", "open"], ":", ["get", "major"]]
          : ["concat", "case:", ["get", "light"], ":", ["get", "major"]],
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.35, 13, 0.5, 16, 0.85], "icon-anchor": "bottom",
        "icon-allow-overlap": ["step", ["zoom"], false, 14, true], "icon-padding": 2,
      },
      paint: { "text-color": c.ink, "icon-opacity": isPublic ? 1 : 0.6 },
    },
  ];
}

/** Layers for the cases of the list beside the map, over a GeoJSON source called `listed`. */
export function listedLayers() {
  return [
    {
      id: "listed-cluster", type: "symbol", source: "listed", filter: ["has", "point_count"],
      layout: {
        "icon-image": ["concat", "cluster:", ["case", [">", ["get", "overdue"], 0], "overdue", [">", ["get", "at_risk"], 0], "at_risk", "normal"]],
        "icon-size": ["interpolate", ["linear"], ["get", "point_count"], 2, 0.9, 50, 1.4],
        "text-field": ["to-string", ["get", "point_count"]], "text-font": FONTS_STRONG, "text-size": 13,
        "icon-allow-overlap": true, "text-allow-overlap": true,
      },
      paint: { "text-color": "#ffffff" },
    },
    {
      id: "listed-case", type: "symbol", source: "listed", filter: ["!", ["has", "point_count"]],
      layout: {
        "icon-image": ["concat", "case:", ["get", "light"], ":", ["get", "major"]], "icon-anchor": "bottom",
        "icon-size": ["interpolate", ["linear"], ["zoom"], 10, 0.75, 15, 1], "icon-allow-overlap": true, "symbol-sort-key": ["get", "order"],
      },
    },
    {
      id: "listed-marked", type: "symbol", source: "marked",
      layout: {
        "icon-image": ["concat", ["case", ["==", ["get", "as"], "selected"], "selected:", "hovered:"], ["get", "light"], ":", ["get", "major"]],
        "icon-anchor": "bottom", "icon-allow-overlap": true, "icon-size": 1.2,
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
