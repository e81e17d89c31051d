// A track in time: where somebody was at a moment, and the parts between gaps. Pure: tested with node.

/** Seconds without a position after which nobody knows the way between two of them. */
export const GAP_S = 120;

/** Rows of the API ([epoch_s, lon, lat, accuracy_m, speed_mps, heading_deg]) as points in order of time. */
export function pointsOf(rows) {
  return rows.map(([at, lon, lat, , , heading]) => ({ at, lon, lat, heading })).sort((a, b) => a.at - b.at);
}

/** The index of the last point at or before a moment; -1 before the first. */
export function indexAt(points, at) {
  let [low, high] = [0, points.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (points[middle].at <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where somebody was at a moment: between two positions on the way from one to the other, in a gap at the last one. */
export function placeAt(points, at) {
  const n = indexAt(points, at);
  if (n < 0) return { ...points[0], isGap: true };
  const [from, to] = [points[n], points[n + 1]];
  if (!to) return { ...from, isGap: at - from.at > GAP_S };
  const span = to.at - from.at;
  if (span > GAP_S) return { ...from, isGap: at > from.at };
  const part = (at - from.at) / span;
  return {
    at, lon: from.lon + (to.lon - from.lon) * part, lat: from.lat + (to.lat - from.lat) * part,
    heading: from.heading ?? to.heading ?? null, isGap: false,
  };
}

/** The parts of a track that hang together, as lists of [lon, lat]; what stands alone is left out. */
export function partsOf(points) {
  const parts = [];
  let last = null;
  for (const point of points) {
    if (!last || point.at - last.at > GAP_S) parts.push([]);
    parts.at(-1).push([point.lon, point.lat]);
    last = point;
  }
  return parts.filter((part) => part.length > 1);
}
