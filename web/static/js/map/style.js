// The style of the map, put together from what the TileJSON documents of this host offer. Pure: tested with node.
// Who draws what: style/base.js, style/ours.js, style/cases.js; colours: style/palette.js; lettering: style/lettering.js.

import { ground, groundLabels, streets } from "./style/base.js";
import { publicDots, publicPins, staffCases } from "./style/cases.js";
import { enlarged } from "./style/lettering.js";
import { components, divisions, grids, oursLabels } from "./style/ours.js";
import { paletteOf } from "./style/palette.js";

export { CLUSTERING, listedLayers } from "./style/cases.js";
export { LIGHT_COLOURS, LIGHTS, paletteOf } from "./style/palette.js";

const WALL_TIMES = 1.9;
const WALL_LEAST_PX = 24;

/** The groups a reader can switch, with the layers they hold and whether they are on at first. */
export const GROUPS = {
  grids: { layers: ["grids-line", "grids-code"], isOn: true },
  components: { layers: ["components-density", "components-few", "components-area", "components-line", "components-dot", "components-icon"], isOn: true },
  divisions: { layers: [
    "divisions-casing", "divisions-line", "subdistricts-line", "communities-line", "zones-line",
    "zones-label", "prefecture-label", "divisions-label", "subdistricts-label", "communities-label",
  ], isOn: true },
  cases: { layers: ["public-cases-cluster", "public-cases-dot", "public-cases-done", "public-cases-icon", "other-cases-dot", "other-cases-icon", "other-cases-cluster"], isOn: true },
};

/**
 * A whole MapLibre style. `cases` names the layer of cases or none; beside a list they stay behind its pins, alone
 * they are those that are open; on a wall everything written is large enough for five metres. `components` is the
 * filter of components to begin with; `caseFilter`, where there is one, that of the cases: then they are the list itself.
 */
export function buildStyle({ origin = "", theme = "day", cases = null, isBesideList = true, isOnWall = false, components: ofComponents = {}, caseFilter = null } = {}) {
  const colours = paletteOf(theme);
  const layers = [
    { id: "land", type: "background", paint: { "background-color": colours.land } },
    ...ground(colours),
    ...streets(colours),
    ...divisions(colours),
    ...grids(colours),
    ...components(colours),
    ...(cases === "public-cases" ? publicDots(cases, colours) : []),
    ...groundLabels(colours),
    ...oursLabels(colours),
    ...(cases === "public-cases" ? [publicPins(cases)] : []),
    ...(cases === "cases" || cases === "wall-cases" ? staffCases(cases, colours, { isBesideList: isBesideList && caseFilter === null, isList: caseFilter !== null }) : []),
  ];
  const names = ["base", "grids", "components", ...(cases ? [cases] : [])];
  return {
    version: 8,
    sources: Object.fromEntries(names.map((name) => {
      const filter = { components: ofComponents, cases: caseFilter ?? (isBesideList ? {} : { open: "true" }) }[name];
      // the page says beside the map where its data are from, and whether they are samples
      return [name, { type: "vector", url: documentOf(name, { origin, filter }), attribution: "" }];
    })),
    layers: isOnWall ? enlarged(layers, WALL_TIMES, WALL_LEAST_PX) : layers,
  };
}

/** The address of a layer's TileJSON under a filter: `{type: "01002", state: ["破损", "丢失"]}`; empty values mean all. */
export function documentOf(layer, { origin = "", filter = {} } = {}) {
  const query = new URLSearchParams(Object.entries(filter).flatMap(([name, value]) => [value].flat().filter(Boolean).map((one) => [name, one])));
  return `${origin}/tiles/${layer}.json${query.size ? `?${query}` : ""}`;
}
