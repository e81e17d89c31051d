// The style of the map, built from the tile contract. Pure: tested with node.
// Layers of tiles: base (ground ground_labels streets divisions division_labels zones), grids, components, cases, public-cases.

const FONT = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "sans-serif"];
const FONTS = [FONT.join(",")];
const FONTS_STRONG = [["PingFang SC Semibold", "Microsoft YaHei Bold", "Noto Sans CJK SC Bold", ...FONT].join(",")];

const DAY = {
  land: "#f4f4f0", hills: ["#eaeadd", "#e3e7d6", "#dae1cc", "#d1dac3"], green: "#d6e7cd", estate: "#f0ede8", square: "#f0eee6",
  water: "#cfe0ea", waterInk: "#3f6f92", building: "#e4e2dc", buildingEdge: "#d6d3cb",
  street: "#ffffff", casing: "#cfd2cf", arterial: "#fdf0cf", arterialCasing: "#d8c391", expressway: "#fbe6b5", expresswayCasing: "#dcbf7d", lane: "#ffffff",
  railway: "#8e969c", ink: "#4a5560", inkStrong: "#2d3843", halo: "#fbfbf9",
  division: "#7d5a99", divisionInk: "#674680", zone: "#a86a1f", grid: "#5c7f9e", greenInk: "#5d7a55",
  component: "#4d6b85", density: "#3d6f9c", ours: "#1f5fa8", selection: "#1f5fa8", done: "#2b8a57",
};

const NIGHT = {
  land: "#0c1929", hills: ["#0f1f2a", "#11242c", "#142a2f", "#173031"], green: "#12302c", estate: "#102032", square: "#112336",
  water: "#0a2740", waterInk: "#5f93bd", building: "#16293d", buildingEdge: "#1d344c",
  street: "#27405a", casing: "#0b1725", arterial: "#3d4f5c", arterialCasing: "#0b1725", expressway: "#4d5a52", expresswayCasing: "#0b1725", lane: "#1f3549",
  railway: "#4d6276", ink: "#a9bdd0", inkStrong: "#dbe6f1", halo: "#0a1624",
  division: "#a98bd0", divisionInk: "#bda5dd", zone: "#e0a558", grid: "#5f87ab", greenInk: "#7aa184",
  component: "#8fb4d6", density: "#4ea1ff", ours: "#4ea1ff", selection: "#4ea1ff", done: "#57b98a",
};

export const LIGHT_COLOURS = { normal: "#2b8a57", at_risk: "#b97700", overdue: "#c8372d", suspended: "#7b8794" };
export const LIGHTS = Object.keys(LIGHT_COLOURS);

/** The groups a reader can switch, with the layers they hold and whether they are on at first. */
export const GROUPS = {
  grids: { layers: ["grids-line", "grids-code"], isOn: true },
  components: { layers: ["components-density", "components-dot", "components-icon"], isOn: true },
  divisions: { layers: [
    "divisions-casing", "divisions-line", "subdistricts-line", "communities-line", "zones-line",
    "zones-label", "prefecture-label", "divisions-label", "subdistricts-label", "communities-label",
  ], isOn: true },
  cases: { layers: ["public-cases-cluster", "public-cases-done", "public-cases-icon", "other-cases-icon", "other-cases-cluster"], isOn: true },
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
      ...(cases === "public-cases" ? publicDots(cases, colours) : []),
      ...labels(colours),
      ...(cases === "public-cases" ? [publicPins(cases)] : []),
      ...(cases === "cases" ? otherCases(cases) : []),
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
      "fill-outline-color": c.buildingEdge, "fill-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0, 14.6, 1],
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

function streets(c) {
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
    line("subdistricts-line", ["==", ["get", "level"], "subdistrict"], 11, [4, 2], { "line-width": 1.4, "line-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.6, 17, 0.35] }),
    line("communities-line", ["==", ["get", "level"], "community"], 13, [1.5, 2], { "line-width": 1, "line-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.45, 17, 0.3] }),
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
      paint: { "line-color": c.grid, "line-width": 0.6, "line-opacity": ["interpolate", ["linear"], ["zoom"], 15, 0.2, 17, 0.4, 19, 0.6] },
    },
    // an invisible face, so that a click finds the grid
    { id: "grids-face", type: "fill", source: "grids", "source-layer": "unit_grids", minzoom: 15, paint: { "fill-opacity": 0 } },
    {
      id: "grids-selected", type: "line", source: "grids", "source-layer": "unit_grids", minzoom: 14,
      filter: ["==", ["get", "code"], ""], paint: { "line-color": c.selection, "line-width": 2.5 },
    },
  ];
}

// Counts stand eight pixels apart at a whole zoom and drift to sixteen before the next: the radius follows, so that no lattice shows.
const DENSITY_RADIUS = [
  "interpolate", ["linear"], ["zoom"], ...[8, 9, 10, 11].flatMap((zoom) => [zoom, 14, zoom + 0.99, 28]), 12, 14, 13, 28, 13.5, 40,
];

function components(c) {
  return [
    {
      id: "components-density", type: "heatmap", source: "components", "source-layer": "component_density", maxzoom: 13.5,
      paint: {
        "heatmap-weight": ["interpolate", ["linear"], ["get", "n"], 0, 0, 60, 0.35, 400, 1],
        "heatmap-radius": DENSITY_RADIUS,
        "heatmap-intensity": 0.2,
        "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, "rgba(61,111,156,0)", 0.2, "rgba(61,111,156,0.10)", 1, "rgba(61,111,156,0.42)"],
        "heatmap-opacity": ["interpolate", ["linear"], ["zoom"], 12.5, 1, 13.5, 0],
      },
    },
    {
      id: "components-dot", type: "circle", source: "components", "source-layer": "components", minzoom: 14, maxzoom: 16.5,
      paint: {
        "circle-color": ["match", ["get", "major"], "02", "#6b5b95", "03", "#8a6d3b", "04", "#4d7c4a", c.component],
        "circle-radius": byZoom(14, 1, 16.5, 2.6), "circle-opacity": ["interpolate", ["linear"], ["zoom"], 14, 0.25, 16, 0.7],
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
    paint: halo(c.divisionInk, 1.8),
  });
  return [
    street(["local", "lane"], 15, 12, "label-local"),
    street(["collector"], 13, ["interpolate", ["linear"], ["zoom"], 13, 11, 16, 13], "label-collector"),
    street(["arterial", "expressway"], 12, ["interpolate", ["linear"], ["zoom"], 12, 11, 16, 14], "label-arterial"),
    {
      id: "label-ground", type: "symbol", source: "base", "source-layer": "ground_labels", minzoom: 14.5,
      filter: ["!", kindIs("river", "water")],
      layout: text(12, { "text-padding": 16, "text-max-width": 7 }),
      paint: halo(["match", ["get", "kind"], ["park", "green", "hill"], c.greenInk, c.ink]),
    },
    {
      id: "label-water", type: "symbol", source: "base", "source-layer": "ground_labels", minzoom: 10,
      filter: kindIs("river", "water"),
      layout: text(["interpolate", ["linear"], ["zoom"], 10, 12, 15, 16], { "text-letter-spacing": 0.4, "text-padding": 60 }),
      paint: { ...halo(c.waterInk), "text-halo-color": c.water },
    },
    {
      id: "label-railway", type: "symbol", source: "base", "source-layer": "ground", minzoom: 14,
      filter: ["all", ["has", "name"], kindIs("railway")],
      layout: text(11, { "symbol-placement": "line", "symbol-spacing": 500 }), paint: halo(c.ink),
    },
    {
      id: "grids-code", type: "symbol", source: "grids", "source-layer": "unit_grid_labels", minzoom: 17,
      layout: { "text-field": ["slice", ["get", "code"], 12], "text-font": FONTS, "text-size": 11, "text-padding": 20 },
      paint: { ...halo(c.grid, 1.4) },
    },
    division("communities-label", ["community"], 14.8, 17, 12),
    division("subdistricts-label", ["subdistrict"], 11.8, 14.8, 13),
    { ...division("zones-label", ["zone"], 10.5, 15, 15), paint: halo(c.zone, 1.8) },
    division("prefecture-label", ["prefecture"], 8, 9.6, 18, { "text-letter-spacing": 0.2, "text-font": FONTS_STRONG }),
    division("divisions-label", ["district", "county"], 8, 12.8, 18, { "text-letter-spacing": 0.2, "text-font": FONTS_STRONG }),
  ];
}

// Pins cover what they must, but no name gives way to them.
const PIN = { "icon-anchor": "bottom", "icon-allow-overlap": true, "icon-ignore-placement": true };
const CLUSTER = {
  "icon-allow-overlap": true, "icon-ignore-placement": true, "text-allow-overlap": true, "text-ignore-placement": true,
  "text-font": FONTS_STRONG,
};
const isDone = ["==", ["get", "stage_public"], "done"];

/** Under the names: what was put right lately, and below zoom 13 how many cases are open around a place. */
function publicDots(source, c) {
  const dot = (id, layer, paint, filter = true) => ({
    id, type: "circle", source, "source-layer": layer, filter,
    paint: { "circle-stroke-color": c.halo, "circle-stroke-width": 1.2, ...paint },
  });
  return [
    dot("public-cases-cluster", "clusters", {
      "circle-color": c.ours, "circle-opacity": 0.6,
      "circle-radius": ["interpolate", ["linear"], ["sqrt", ["get", "n"]], 1, 3, 3, 6, 8, 11],
    }),
    dot("public-cases-done", "cases", { "circle-color": c.done, "circle-opacity": 0.85, "circle-radius": byZoom(13, 2.6, 17, 5) }, isDone),
  ];
}

function publicPins(source) {
  return { ...pins("public-cases-icon", source, "open", 1), filter: ["!", isDone] };
}

/** Cases that are not in the list of the page: smaller than those that are. */
function otherCases(source) {
  return [
    {
      id: "other-cases-cluster", type: "symbol", source, "source-layer": "clusters",
      layout: {
        ...CLUSTER, "icon-image": ["concat", "cluster:", ["get", "light"]],
        "text-field": ["to-string", ["get", "n"]], "text-size": 12,
      },
      paint: { "text-color": "#fff", "icon-opacity": 0.5 },
    },
    pins("other-cases-icon", source, ["get", "light"], 0.6),
  ];
}

function pins(id, source, light, opacity) {
  return {
    id, type: "symbol", source, "source-layer": "cases",
    layout: {
      ...PIN, "icon-image": ["concat", "case:", light, ":", ["get", "major"]],
      "icon-size": ["interpolate", ["linear"], ["zoom"], 13, 0.5, 16, 0.85],
    },
    paint: { "icon-opacity": opacity },
  };
}

/** Layers for the cases of the list beside the map, over a GeoJSON source called `listed`. */
export function listedLayers() {
  return [
    {
      id: "listed-cluster", type: "symbol", source: "listed", filter: ["has", "point_count"],
      layout: {
        "icon-image": ["concat", "cluster:", ["case", [">", ["get", "overdue"], 0], "overdue", [">", ["get", "at_risk"], 0], "at_risk", "normal"]],
        "icon-size": ["interpolate", ["linear"], ["get", "point_count"], 2, 0.9, 50, 1.4],
        "text-field": ["to-string", ["get", "point_count"]], "text-size": 13, ...CLUSTER,
      },
      paint: { "text-color": "#ffffff" },
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
