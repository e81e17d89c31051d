// From the rows of a list to what the map shows of them. Pure: tested with node.

/** A GeoJSON point for each row that has a place: the same rows in the same order as the list. */
export function featuresOf(rows) {
  const features = rows
    .filter((row) => Number.isFinite(row.lon) && Number.isFinite(row.lat))
    .map((row, order) => ({
      type: "Feature",
      properties: { case_no: row.caseNo, light: row.light, major: row.major, label: row.label, order: -order },
      geometry: { type: "Point", coordinates: [row.lon, row.lat] },
    }));
  return { type: "FeatureCollection", features };
}

/** The row of a list element as written by the server in its data attributes. */
export function rowOf(dataset) {
  return {
    caseNo: dataset.case, light: dataset.light, major: dataset.major, label: dataset.label ?? "",
    lon: Number.parseFloat(dataset.lon), lat: Number.parseFloat(dataset.lat),
  };
}

/** The filter that the query of an address says: each name with all its values. */
export function filterIn(query) {
  const asked = new URLSearchParams(query ?? "");
  return Object.fromEntries([...asked.keys()].map((name) => [name, asked.getAll(name)]));
}

/** The box around all places, [[west, south], [east, north]] in degrees; null when there are none. */
export function boxOf(features) {
  if (features.length === 0) return null;
  const lons = features.map((feature) => feature.geometry.coordinates[0]);
  const lats = features.map((feature) => feature.geometry.coordinates[1]);
  return [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
}

/** Every corner of a shape as a feature of its own, so that `boxOf` can hold them. */
export function cornersOf({ type, coordinates }) {
  if (type === "Point") return [{ geometry: { coordinates } }];
  return coordinates.flatMap((part) => cornersOf(typeof part[0] === "number" ? { type: "Point", coordinates: part } : { type: "Parts", coordinates: part }));
}

/** A circle of `radius` metres as a polygon of degrees: the accuracy of a position. */
export function circle({ lon, lat }, radius, corners = 48) {
  const north = radius / 111_195;
  const east = north / Math.cos((lat * Math.PI) / 180);
  const ring = Array.from({ length: corners + 1 }, (_unused, i) => {
    const angle = (2 * Math.PI * i) / corners;
    return [lon + east * Math.cos(angle), lat + north * Math.sin(angle)];
  });
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}
