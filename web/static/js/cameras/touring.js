// The order of a tour. Pure: tested with node.

/** The stop `steps` further, round and round. */
export function nextStop(n, steps, count) {
  return (((n + steps) % count) + count) % count;
}
