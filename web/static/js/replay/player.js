// The clock of a replay: where it stands, how fast it goes, whether it plays. Pure.

export const SPEEDS = [1, 10, 60, 300, 600];
/** A frame that comes later than this was not drawn: a hidden page does not run ahead. */
const LONGEST_FRAME_S = 0.5;

/** A clock at the beginning of a span of so many seconds; `speeds` are those it can have. */
export function begin(length, speed, at = 0, speeds = SPEEDS) {
  return { length, speed, speeds, at: Math.min(length, Math.max(0, at)), isPlaying: false };
}

/** The clock `seconds` of the reader's time later; it stops at the end. */
export function goOn(player, seconds) {
  if (!player.isPlaying) return player;
  const at = Math.min(player.length, player.at + Math.min(seconds, LONGEST_FRAME_S) * player.speed);
  return { ...player, at, isPlaying: at < player.length };
}

/** Plays or stands still; at the end it plays from the beginning. */
export function toggle(player) {
  const isAtEnd = player.at >= player.length;
  return { ...player, isPlaying: !player.isPlaying, at: !player.isPlaying && isAtEnd ? 0 : player.at };
}

/** The clock at another moment of the span. */
export function goTo(player, at) {
  return { ...player, at: Math.min(player.length, Math.max(0, at)) };
}

/** The next speed up or down; the ends stay. */
export function faster(player, steps) {
  const { speeds } = player;
  const place = speeds.indexOf(player.speed) + steps;
  return { ...player, speed: speeds[Math.min(speeds.length - 1, Math.max(0, place))] };
}

/** Seconds that an arrow key moves: five of the reader's at the speed, at most a sixtieth of the span, at least five. */
export function stride({ speed, length }) {
  return Math.max(5, Math.min(5 * speed, length / 60));
}

/** What to do for a key: a new clock, "next" or "before" for the neighbouring step, or null. */
export function onKey(player, key) {
  const moves = {
    " ": () => toggle(player), ArrowLeft: () => goTo(player, player.at - stride(player)), ArrowRight: () => goTo(player, player.at + stride(player)),
    ArrowUp: () => faster(player, 1), ArrowDown: () => faster(player, -1), Home: () => goTo(player, 0), End: () => goTo({ ...player, isPlaying: false }, player.length),
    ".": () => "next", ",": () => "before",
  };
  return moves[key]?.() ?? null;
}

