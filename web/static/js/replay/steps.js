// The moments of a replay at which its picture changes: `[seconds, moment, isFact]`, sorted. Pure.

/** The place of the last step at or before a moment; -1 before the first. */
export function indexUntil(steps, at) {
  let [low, high] = [0, steps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle][0] <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The second of the fact after a moment, or before it; undefined where there is none. Deadlines that pass are no facts. */
export function neighbour(steps, at, direction) {
  const facts = steps.filter(([, , isFact]) => isFact).map(([second]) => second);
  return direction > 0 ? facts.find((second) => second > at) : facts.findLast((second) => second < at);
}
