// How old the data are. Pure.

import { sayDuration } from "../wording.js";
import { _ } from "../words.js";

/** Seconds without a word from the server after which the clock turns red; it sends a beat every ten. */
export const STALE_S = 30;
/** Seconds after which a stream is given up and opened anew: a line can be dead without an error. */
export const DEAD_S = 45;

/** What the clock of data age says `seconds` after something was last heard, and whether it is red. */
export function ageOf(seconds) {
  if (seconds < STALE_S) return { isStale: false, words: _("数据实时") };
  const words = seconds < 60 ? _("数据已有 {n} 秒未更新", { n: Math.floor(seconds) }) : _("数据已有 {text} 未更新", { text: sayDuration(seconds) });
  return { isStale: true, words };
}
