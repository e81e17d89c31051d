// The server's time on this machine: walls stand in rooms whose clocks nobody sets.

let offsetMs = 0;

/** Milliseconds since 1970 as the server counts them. */
export const now = () => Date.now() + offsetMs;

/** An answer is at most this much older than the moment it comes. */
const OLD_MS = 2_000;
let isLearnt = false;

/**
 * Learns the server's time from an answer that says it. Answers come late, some more than others: the least late one is
 * right, or time would jump back and forth and everything that moves with it; only a clock that was set is believed.
 */
export function learn(iso) {
  const told = Date.parse(iso) - Date.now();
  if (!Number.isFinite(told)) return;
  if (!isLearnt || told > offsetMs || offsetMs - told > OLD_MS) offsetMs = told;
  isLearnt = true;
}
