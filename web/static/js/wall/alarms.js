// Calls for help: who calls since when, until it is answered. Pure.

/** Seconds after which the sound comes again while a call is open. */
export const AGAIN_S = 20;

export class Alarms {
  constructor() {
    this.byId = new Map();
    this.soundedAt = 0;
    this.turn = 0;
  }

  /** Takes a call or its answer as the stream tells it; answers whether it is one that was not known. */
  take(told) {
    this.turn += 1;
    const isNew = told.state === "open" && !this.byId.has(told.id);
    if (told.state === "open") this.byId.set(told.id, alarmOf(told, this.byId.get(told.id)));
    else this.byId.delete(told.id);
    return isNew;
  }

  /**
   * Takes the open calls of the moment: what is not among them was answered while nobody listened. `turn` is the one at
   * which they were asked for; false when something was heard since then, so that they have to be asked for again.
   */
  takeAll(calls, turn) {
    if (turn !== this.turn) return false;
    this.byId = new Map(calls.map((told) => [told.id, alarmOf(told)]));
    return true;
  }

  /** The newest first. */
  list() {
    return [...this.byId.values()].sort((a, b) => b.at - a.at);
  }

  /** Whether it has to sound now: at once for a new call, and again while one is open. */
  mustSound(nowMs) {
    if (this.byId.size === 0 || nowMs - this.soundedAt < AGAIN_S * 1000) return false;
    this.soundedAt = nowMs;
    return true;
  }
}

function alarmOf({ id, name, key, lon, lat, at, is_last_known: isLastKnown, where }, before = null) {
  return { id, name: name || key, lon: lon ?? null, lat: lat ?? null, at: Date.parse(at), isLastKnown: Boolean(isLastKnown), where: where || before?.where || "" };
}
