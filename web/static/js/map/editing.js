// What is chosen, drawn and previewed while unit grids are edited. Works on a CityMap; no MapLibre of its own.

const NOTHING = { type: "FeatureCollection", features: [] };
const INK = "#1f5fa8";

/** Puts the layers of editing on a map; answers how to fill them. */
export function editLayers(city) {
  const { map } = city;
  map.addSource("edit-drawn", { type: "geojson", data: NOTHING });
  map.addSource("edit-sketch", { type: "geojson", data: NOTHING });
  const chosen = { source: "grids", "source-layer": "unit_grids", filter: ["in", ["get", "code"], ["literal", []]] };
  map.addLayer({ id: "edit-chosen-fill", type: "fill", ...chosen, paint: { "fill-color": INK, "fill-opacity": 0.18 } });
  map.addLayer({ id: "edit-chosen-line", type: "line", ...chosen, paint: { "line-color": INK, "line-width": 2.5 } });
  map.addLayer({
    id: "edit-drawn-fill", type: "fill", source: "edit-drawn",
    paint: { "fill-color": ["match", ["get", "kind"], "defect", "#c8372d", "#2b8a57"], "fill-opacity": 0.2 },
  });
  map.addLayer({
    id: "edit-drawn-line", type: "line", source: "edit-drawn",
    paint: { "line-color": ["match", ["get", "kind"], "defect", "#c8372d", "#1d6b42"], "line-width": 3 },
  });
  map.addLayer({
    id: "edit-drawn-code", type: "symbol", source: "edit-drawn",
    layout: { "text-field": ["get", "code"], "text-size": 16, "text-font": ["Noto Sans CJK SC Bold,PingFang SC Semibold,sans-serif"], "text-allow-overlap": true },
    paint: { "text-color": "#144d2f", "text-halo-color": "#ffffff", "text-halo-width": 2 },
  });
  map.addLayer({
    id: "edit-sketch-line", type: "line", source: "edit-sketch", filter: ["==", ["geometry-type"], "LineString"],
    paint: { "line-color": "#c8372d", "line-width": 2.5, "line-dasharray": [2, 1.2] },
  });
  map.addLayer({
    id: "edit-sketch-point", type: "circle", source: "edit-sketch", filter: ["==", ["geometry-type"], "Point"],
    paint: { "circle-radius": 5, "circle-color": "#ffffff", "circle-stroke-color": "#c8372d", "circle-stroke-width": 2.5 },
  });
  return {
    /** Shows chosen grids by code, finished lines, bare ground, and the line under way. */
    show({ codes, lines, gaps, line }) {
      for (const id of ["edit-chosen-fill", "edit-chosen-line"]) map.setFilter(id, ["in", ["get", "code"], ["literal", codes]]);
      map.getSource("edit-sketch").setData(sketchOf(lines, gaps, line));
    },
    /** Shows what a preview came to, a GeoJSON text; nothing without one. */
    showDrawn(text) {
      map.getSource("edit-drawn").setData(text ? JSON.parse(text) : NOTHING);
    },
  };
}

/** Lines with their corners, and bare ground, as features. Pure: tested with node. */
export function sketchOf(lines, gaps, line) {
  const under = line.map(({ lon, lat }) => [lon, lat]);
  const drawn = [...lines, under].filter((points) => points.length > 1);
  const corners = [...lines.flat(), ...under, ...gaps];
  return {
    type: "FeatureCollection",
    features: [
      ...drawn.map((points) => ({ type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: points } })),
      ...corners.map((point) => ({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: point } })),
    ],
  };
}
