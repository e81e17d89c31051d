// Places coloured by grade, on tiles the map has anyway: values are joined by code. Works on a CityMap; no MapLibre of its own.

const SOURCES = {
  unit_grid: { source: "grids", "source-layer": "unit_grids", key: "code", minzoom: 13 },
  responsibility_grid: { source: "grids", "source-layer": "unit_grids", key: "responsibility", minzoom: 13 },
  community: { source: "base", "source-layer": "divisions", key: "code", level: "community", minzoom: 13 },
  subdistrict: { source: "base", "source-layer": "divisions", key: "code", level: "subdistrict", minzoom: 10 },
  district: { source: "base", "source-layer": "divisions", key: "code", level: "district", minzoom: 0 },
};
const NOTHING = "rgba(0, 0, 0, 0)";

/** The zoom from which a kind of place is in the tiles. */
export function leastZoom(kind) {
  return SOURCES[kind].minzoom;
}

/** The colour of each place as an expression: codes of one grade stand together. */
export function colourOf(kind, { grades, places }) {
  const groups = grades.map(({ code, colour }) => [Object.keys(places).filter((place) => places[place][0] === code), colour]);
  const branches = groups.filter(([codes]) => codes.length > 0).flat();
  return branches.length ? ["match", ["get", SOURCES[kind].key], ...branches, NOTHING] : NOTHING;
}

/** Draws the places of a kind in the colours of their grades; `onPlace` is told the code of one that is clicked. */
export function drawChoropleth(city, kind, values, onPlace) {
  const { map } = city;
  const { key, level, minzoom, ...where } = SOURCES[kind];
  const layer = { ...where, minzoom, ...(level ? { filter: ["==", ["get", "level"], level] } : {}) };
  const below = map.getLayer("divisions-casing") ? "divisions-casing" : undefined;
  const colour = colourOf(kind, values);
  map.addLayer({ id: "evaluated-fill", type: "fill", ...layer, paint: { "fill-color": colour, "fill-opacity": 0.55 } }, below);
  map.addLayer({ id: "evaluated-line", type: "line", ...layer, paint: { "line-color": "#ffffff", "line-width": 0.8, "line-opacity": 0.8 } }, below);
  map.on("click", "evaluated-fill", (evt) => {
    const code = evt.features?.[0]?.properties[key];
    if (code in values.places) onPlace(code, evt.lngLat);
  });
  map.on("mouseenter", "evaluated-fill", () => { map.getCanvas().style.cursor = "pointer"; });
  map.on("mouseleave", "evaluated-fill", () => { map.getCanvas().style.cursor = ""; });
}
