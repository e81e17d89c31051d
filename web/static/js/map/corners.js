// Corners of a line or an area as a form has them, one to a row, and as the map draws them. Pure: tested with node.

/** The corners in a text: longitude and latitude in a row, or parted by semicolons; what is none is left out. */
export function cornersIn(text) {
  return text.split(/[\n;；]/)
    .map((row) => row.trim().split(/[,，\s]+/).map(Number))
    .filter(([lon, lat, ...more]) => Number.isFinite(lon) && Number.isFinite(lat) && more.length === 0);
}

/** Corners as the text that a form sends. */
export function textOf(corners) {
  return corners.map(([lon, lat]) => `${lon.toFixed(7)}, ${lat.toFixed(7)}`).join("\n");
}

/** What the map draws of corners: the line or area so far, and a dot at each; null when there are none. */
export function shapesOf(corners, way) {
  if (corners.length === 0) return null;
  const dots = corners.map((coordinates) => feature("corner", { type: "Point", coordinates }));
  const isArea = way === "area" && corners.length > 2;
  const ring = isArea ? [...corners, corners[0]] : corners;
  const drawn = isArea ? { type: "Polygon", coordinates: [ring] } : { type: "LineString", coordinates: ring };
  const shape = corners.length > 1 ? [feature(isArea ? "area" : "line", drawn)] : [];
  return { type: "FeatureCollection", features: [...shape, ...dots] };
}

function feature(role, geometry) {
  return { type: "Feature", properties: { role }, geometry };
}
