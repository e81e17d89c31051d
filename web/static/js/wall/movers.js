// People and vehicles that move: one record each, reused, and where each is drawn between two positions. Pure. `takes`
// counts how often a record was filled: whoever keeps something made from it sees when that is old.

/** Seconds after which a position is stale and its mark is hollow. */
export const STALE_S = 120;
/** Seconds after which a mover that was not heard of any more is forgotten. */
const FORGET_S = 1800;
const LEAST_MS = 800;
const MOST_MS = 15_000;
const JUMP_DEG = 0.02; // about two kilometres: it did not drive there between two positions

export class Movers {
  constructor() {
    this.byKey = new Map();
  }

  /** Takes rows `[key, lon, lat, heading|null, epoch_s, is_free]` heard at `nowMs`; answers whether somebody is new. */
  take(rows, nowMs) {
    const before = this.byKey.size;
    for (const [key, lon, lat, heading, at, isFree] of rows) {
      const mover = this.byKey.get(key);
      if (!mover) {
        this.byKey.set(key, {
          key, fromLon: lon, fromLat: lat, lon, lat, startMs: nowMs, lastMs: nowMs, forMs: LEAST_MS, heading: heading ?? null, at,
          isFree: Boolean(isFree), isVehicle: key.startsWith("v"), name: "", takes: 1,
        });
        continue;
      }
      if (at < mover.at) continue; // sent late: the newer one is shown
      const isFar = Math.abs(lon - mover.lon) + Math.abs(lat - mover.lat) > JUMP_DEG;
      const share = isFar ? 1 : shareOf(mover, nowMs);
      mover.fromLon = isFar ? lon : mover.fromLon + (mover.lon - mover.fromLon) * share;
      mover.fromLat = isFar ? lat : mover.fromLat + (mover.lat - mover.fromLat) * share;
      mover.forMs = Math.min(MOST_MS, Math.max(LEAST_MS, nowMs - mover.lastMs));
      mover.lon = lon;
      mover.lat = lat;
      mover.startMs = nowMs;
      mover.lastMs = nowMs;
      mover.heading = heading ?? mover.heading;
      mover.at = at;
      mover.isFree = Boolean(isFree);
      mover.takes += 1;
    }
    return this.byKey.size > before;
  }

  /** Lets go of who went off duty, by key. */
  drop(keys) {
    for (const key of keys) this.byKey.delete(key);
  }

  /** Takes the movers of the moment as GeoJSON; those that are not among them have gone. */
  takeAll(collection, nowMs) {
    const { features = [] } = collection;
    const placed = features.filter(({ geometry }) => geometry);
    this.take(placed.map(({ properties: told, geometry }) => [told.key, ...geometry.coordinates, told.heading_deg, Date.parse(told.at) / 1000, told.is_free]), nowMs);
    const here = new Set(placed.map(({ properties }) => properties.key));
    for (const key of this.byKey.keys()) if (!here.has(key)) this.byKey.delete(key);
    this.learnNames(collection);
  }

  /** Learns from the movers of the moment what those are called that are known by their marks alone. */
  learnNames({ features = [] }) {
    for (const { properties: told } of features) {
      const mover = this.byKey.get(told.key);
      if (!mover) continue;
      mover.name = told.name ?? "";
      mover.isVehicle = told.kind === "vehicle";
    }
  }

  /** Forgets who has not been heard of for long. */
  tidy(nowMs) {
    for (const [key, mover] of this.byKey) if (nowMs / 1000 - mover.at > FORGET_S) this.byKey.delete(key);
  }

  /** How many are people and vehicles, free and stale. */
  counts(nowMs) {
    const found = { people: 0, vehicles: 0, free: 0, stale: 0 };
    for (const mover of this.byKey.values()) {
      found[mover.isVehicle ? "vehicles" : "people"] += 1;
      if (isStale(mover, nowMs)) found.stale += 1;
      else if (mover.isFree) found.free += 1;
    }
    return found;
  }
}

/** The share of the way to its newest position that a mover has gone. */
export function shareOf(mover, nowMs) {
  return Math.min(1, Math.max(0, (nowMs - mover.startMs) / mover.forMs));
}

/** Whether a mover's last position is older than two minutes. */
export function isStale(mover, nowMs) {
  return nowMs / 1000 - mover.at > STALE_S;
}
