// Where everybody was at a moment of a span. Pure. Between two positions they are on the way from one to the other; across a
// gap in which nothing was heard nobody knows the way: there they stand where they were last seen, and fade.

/** Seconds after which somebody who was not heard of again is left out. */
const FORGET_S = 1800;
const STILL_DEG = 0.00003; // about three metres: no direction can be told from less

/** Reads ways as the server tells them: every number as its difference from the one before. */
export function readWays({ scale, ways }) {
  return ways.map(({ key, name, kind, t, lon, lat, gaps }) => ({
    key, name, isVehicle: kind === "vehicle", at: summed(t, 1), lon: summed(lon, scale), lat: summed(lat, scale), gaps: new Set(gaps),
  }));
}

function summed(differences, scale) {
  const values = new Float64Array(differences.length);
  let sum = 0;
  differences.forEach((difference, n) => {
    sum += difference;
    values[n] = sum / scale;
  });
  return values;
}

/** The index of the last position at or before a moment; -1 before the first. */
function lastAt(times, at) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Where somebody was: `{lon, lat, heading, age, isStale}`, age in seconds since anything was heard; null when not there. */
export function placeOf(way, at, staleAfter) {
  const n = lastAt(way.at, at);
  if (n < 0) return null;
  const isKnown = n + 1 < way.at.length && !way.gaps.has(n + 1);
  const age = isKnown ? 0 : at - way.at[n];
  if (age > FORGET_S) return null;
  const [lon, lat] = [way.lon[n], way.lat[n]];
  if (!isKnown) return { lon, lat, heading: null, age, isStale: age > staleAfter };
  const share = (at - way.at[n]) / (way.at[n + 1] - way.at[n] || 1);
  const [dLon, dLat] = [way.lon[n + 1] - lon, way.lat[n + 1] - lat];
  return { lon: lon + dLon * share, lat: lat + dLat * share, heading: headingOf(dLon, dLat, lat), age, isStale: false };
}

/** Degrees clockwise from north; null for who stands. */
function headingOf(dLon, dLat, lat) {
  if (Math.abs(dLon) + Math.abs(dLat) < STILL_DEG) return null;
  const degrees = (Math.atan2(dLon * Math.cos((lat * Math.PI) / 180), dLat) * 180) / Math.PI;
  return (degrees + 360) % 360;
}
