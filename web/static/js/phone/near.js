// What lies near a place, from what is packed: components to snap to, cases that may be the same problem. Pure.

import { distance } from "../wording.js";

/** The nearest components of a type within so many metres: `{code, name, away}`; rows are `[code, type, name, state, lon, lat]`. */
export function nearComponents(rows, { lon, lat, type }, { within = 40, most = 4 } = {}) {
  const code = type.startsWith("component:") ? type.slice("component:".length) : null;
  if (code === null) return [];
  return rows
    .filter((row) => row[1] === code)
    .map(([number, , name, state, east, north]) => ({ code: number, name, state, lon: east, lat: north, away: distance({ lon, lat }, { lon: east, lat: north }) }))
    .filter((one) => one.away <= within)
    .sort((one, other) => one.away - other.away)
    .slice(0, most);
}

/** Open cases of the same type near a place: `{no, name, place, away}`, the nearest first. */
export function nearCases(cases, { lon, lat, type }, { within = 60, most = 3 } = {}) {
  return cases
    .filter((one) => one.type === type)
    .map((one) => ({ ...one, away: distance({ lon, lat }, one) }))
    .filter((one) => one.away <= within)
    .sort((one, other) => one.away - other.away)
    .slice(0, most);
}

/** Sentences for a type such as `component:01002`: of the type, then of its class, then those for everything. */
export function sentencesFor(templates, type, most = 6) {
  const code = type.split(":")[1] ?? "";
  return [...templates[code] ?? [], ...(code ? templates[code.slice(0, 2)] ?? [] : []), ...templates[""] ?? []].slice(0, most);
}

/** The compass point of a bearing in degrees: 0 is north; eight points by number. */
export function bearingOf(from, to) {
  const [a, b] = [from, to].map(({ lat }) => (lat * Math.PI) / 180);
  const d = ((to.lon - from.lon) * Math.PI) / 180;
  const deg = (Math.atan2(Math.sin(d) * Math.cos(b), Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(d)) * 180) / Math.PI;
  return (deg + 360) % 360;
}

/**
 * The way along streets between two places: metres to the nearest street, along, and from it; null where there is none.
 * Streets are `[name, [[lon, lat], …]]`; lines that share a point are joined there.
 */
export function walkAlong(streets, from, to, { offMost = 150 } = {}) {
  const nodes = new Map();
  const link = (a, b) => {
    const [one, other] = [a, b].map(([lon, lat]) => `${lon.toFixed(5)} ${lat.toFixed(5)}`);
    const metres = distance({ lon: a[0], lat: a[1] }, { lon: b[0], lat: b[1] });
    for (const [key, place, next] of [[one, a, other], [other, b, one]]) {
      if (!nodes.has(key)) nodes.set(key, { lon: place[0], lat: place[1], links: [] });
      nodes.get(key).links.push([next, metres]);
    }
  };
  for (const [, line] of streets) for (let n = 1; n < line.length; n += 1) link(line[n - 1], line[n]);
  const nearest = (place) => {
    let best = [null, Infinity];
    for (const [key, node] of nodes) {
      const away = distance(place, node);
      if (away < best[1]) best = [key, away];
    }
    return best;
  };
  const [[start, on], [goal, off]] = [nearest(from), nearest(to)];
  if (start === null || on > offMost || off > offMost) return null;
  const known = new Map([[start, 0]]);
  const open = [[0, start]];
  while (open.length > 0) {
    const [gone, key] = takeLeast(open);
    if (key === goal) return on + gone + off;
    if (gone > known.get(key)) continue;
    for (const [next, metres] of nodes.get(key).links) {
      const there = gone + metres;
      if (there < (known.get(next) ?? Infinity)) {
        known.set(next, there);
        put(open, [there, next]);
      }
    }
  }
  return null;
}

/** A binary heap of `[number, …]`, the least on top. */
function put(heap, entry) {
  heap.push(entry);
  let n = heap.length - 1;
  while (n > 0 && heap[(n - 1) >> 1][0] > heap[n][0]) {
    [heap[n], heap[(n - 1) >> 1]] = [heap[(n - 1) >> 1], heap[n]];
    n = (n - 1) >> 1;
  }
}

function takeLeast(heap) {
  const least = heap[0];
  const last = heap.pop();
  if (heap.length === 0) return least;
  heap[0] = last;
  for (let n = 0; ;) {
    const child = [2 * n + 1, 2 * n + 2].filter((one) => one < heap.length).sort((one, other) => heap[one][0] - heap[other][0])[0];
    if (child === undefined || heap[child][0] >= heap[n][0]) return least;
    [heap[n], heap[child]] = [heap[child], heap[n]];
    n = child;
  }
}
