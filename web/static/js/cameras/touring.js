// The order of a tour. Pure: tested with node.

/** The stop `steps` further, round and round. */
export function nextStop(n, steps, count) {
  return (((n + steps) % count) + count) % count;
}

/** Where a tour stands `elapsedS` seconds after it began: the stop, and the seconds that it is still shown. */
export function stopAt(stops, elapsedS) {
  const round = stops.reduce((sum, stop) => sum + stop.seconds, 0);
  let left = Math.max(0, elapsedS) % round;
  let n = 0;
  while (left >= stops[n].seconds) {
    left -= stops[n].seconds;
    n += 1;
  }
  return { n, leftS: stops[n].seconds - left };
}
