// The rules of a shift: when a position is worth keeping, which moment it has, how positions go out in batches, whether
// somebody has left the responsibility grid, how a shift stands. Pure: tested with node, used by pages and by the worker.

import { distance } from "../metres.js";

const LEAST_S = 5;
const SLOW_S = 15;
const STILL_S = 60;
const MOVED_M = 8;
const WALKING_MPS = 0.6;
const VAGUE_M = 200;
const AHEAD_MS = 120_000;
const OUTSIDE_S = 60;
export const MOST_IN_A_BATCH = 200;

/** Whether a fix is kept: every 5 to 15 s while moving, once a minute while standing, never one too vague to say anything. */
export function isWorth(last, fix, away) {
  if (fix.accuracy_m > VAGUE_M) return false;
  if (last === null) return true;
  const passedS = (Date.parse(fix.at) - Date.parse(last.at)) / 1000;
  if (passedS < 0) return true; // the clock was set back: the moment is settled when it is sent
  if (passedS < LEAST_S) return false;
  if (away >= Math.max(MOVED_M, fix.accuracy_m / 2) || passedS >= STILL_S) return true;
  return passedS >= SLOW_S && (away >= MOVED_M && (fix.speed_mps ?? WALKING_MPS) >= WALKING_MPS);
}

/**
 * A fix as the phone keeps it: `at` by the phone's own clock, beside it how far the server's was ahead as last learnt
 * (null: never learnt). The moment of a fix is that of its coming, unless the receiver says another within a minute.
 */
export function asPosition({ coords, timestamp }, { now, offsetMs }) {
  const at = Math.abs(timestamp - now) <= 60_000 ? timestamp : now;
  const fix = { at: new Date(at).toISOString(), offsetMs, lon: coords.longitude, lat: coords.latitude, accuracy_m: Math.round(coords.accuracy * 10) / 10 };
  if (coords.speed !== null && coords.speed !== undefined && coords.speed >= 0) fix.speed_mps = coords.speed;
  if (Number.isFinite(coords.heading)) fix.heading_deg = coords.heading;
  return fix;
}

/**
 * The moment of a row by the server's clock, as ISO 8601. What was known of the clock when it was written counts, unless
 * that puts it into the future: then the clock was set since it was learnt, and what is known now counts.
 */
export function momentOf(row, { now, offsetMs }) {
  const written = Date.parse(row.at);
  const then = written + (row.offsetMs ?? offsetMs);
  const isAhead = then > now + offsetMs + AHEAD_MS;
  return new Date(isAhead ? written + offsetMs : then).toISOString();
}

/** Rows as the server takes them. */
export function asSent(rows, clock) {
  return rows.map(({ n: _n, owner: _owner, offsetMs, ...fix }) => ({ ...fix, at: momentOf({ at: fix.at, offsetMs }, clock) }));
}

/** The next batch: its number stays the same until it was taken, so that sending it again takes it once. */
export function batchOf(rows, pending, newNumber) {
  if (pending) {
    const last = rows.filter((row) => row.n <= pending.last);
    if (last.length > 0) return { number: pending.number, rows: last, last: pending.last };
  }
  const some = rows.slice(0, MOST_IN_A_BATCH);
  return some.length === 0 ? null : { number: newNumber(), rows: some, last: some.at(-1).n };
}

/** Numbers of positions that a full phone can spare: of each person all but the first in every minute. */
export function spareOf(rows) {
  const seen = new Set();
  return rows.filter((row) => {
    const key = `${row.owner} ${row.at.slice(0, 16)}`;
    const isSpare = seen.has(key);
    seen.add(key);
    return isSpare;
  }).map((row) => row.n);
}

/** How a shift stands once what waits has been sent: what the server said, changed by the rows of `duty` in their order. */
export function shiftAfter(told, rows) {
  const last = rows.at(-1);
  if (!last) return { isOn: told?.is_on_duty === true, since: told?.since ?? null, isSent: true };
  return { isOn: last.kind === "start", since: last.kind === "start" ? last.at : null, isSent: false };
}

/** What becomes of a row of `duty` after an answer: `sent`, `later`, `consent` (ask for the new text) or `refused`. */
export function dutyOutcome({ status, code = "" }) {
  if (status >= 200 && status < 300) return "sent";
  if (code === "consent_is_old") return "consent";
  if (status === 0 || status >= 500 || status === 408 || status === 429 || status === 401 || code === "form_expired") return "later";
  return "refused";
}

/** Whether a place lies in a shape: a list of rings of [lon, lat]; a hole's ring turns inside out. On the line counts as in. */
export function holds(rings, { lon, lat }) {
  let isIn = false;
  for (const ring of rings) {
    for (let n = 0, before = ring.length - 1; n < ring.length; before = n, n += 1) {
      const [[east, north], [west, south]] = [ring[n], ring[before]];
      if ((north > lat) !== (south > lat) && lon < ((west - east) * (lat - north)) / (south - north) + east) isIn = !isIn;
    }
  }
  return isIn;
}

/** Metres from a place to the nearest edge of a shape. */
export function edgeAway(rings, place) {
  let least = Infinity;
  for (const ring of rings) for (let n = 1; n < ring.length; n += 1) least = Math.min(least, toSegment(place, ring[n - 1], ring[n]));
  return least;
}

function toSegment({ lon, lat }, [west, south], [east, north]) {
  const narrow = Math.cos((lat * Math.PI) / 180);
  const [ax, ay, bx, by] = [(west - lon) * narrow, south - lat, (east - lon) * narrow, north - lat];
  const long = (bx - ax) ** 2 + (by - ay) ** 2;
  const part = long === 0 ? 0 : Math.min(1, Math.max(0, -(ax * (bx - ax) + ay * (by - ay)) / long));
  return distance({ lon, lat }, { lon: lon + (ax + part * (bx - ax)) / narrow, lat: lat + ay + part * (by - ay) });
}

/**
 * Since when somebody is out of all own grids, in ms of the phone; null inside. Nearer to the edge than the fix is exact,
 * nobody knows: what was known before stays. Whoever has no grid is nowhere outside.
 */
export function outsideSince(grids, fix, before) {
  if (grids.length === 0 || grids.some((one) => holds(one.rings, fix))) return null;
  if (Math.min(...grids.map((one) => edgeAway(one.rings, fix))) <= fix.accuracy_m) return before;
  return before ?? Date.parse(fix.at);
}

/** Whether it is told that somebody left the grid: after a minute, for a corner cut is no leaving. */
export function isStraying(since, at) {
  return since !== null && at - since >= OUTSIDE_S * 1000;
}

/** How a call for help stands in one word: waiting (nobody heard it), heard, answered. */
export function callState(call) {
  if (call.answeredBy) return "answered";
  return call.heardAt ? "heard" : "waiting";
}
