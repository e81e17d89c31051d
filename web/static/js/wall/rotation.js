// Which scene is shown: they go round by a timetable, unless one is called or the round is paused. Pure.

/** How many seconds each scene stays; another order or other times stand in the address: `show=overview:60,hot:20`. */
export const SECONDS = { overview: 60, overdue: 30, hot: 30, district: 25, people: 30, walked: 25 };
/** Scenes that an address may name; a camera, a tour and a replay are called, and come from the stream after a reload. */
export const SCENES = ["overview", "overdue", "hot", "district", "case", "incident", "people", "walked"];
const LEAST_S = 5;
const MOST_S = 3600;
/** How long a scene that was chosen by key or address stays before the round goes on. */
export const CHOSEN_S = 180;

/** The round: `[{scene, district, seconds}]`; districts come one after the other in place of "district". */
export function timetable(asked, districts) {
  const parts = (asked || Object.keys(SECONDS).join(",")).split(",").map((part) => part.trim().split(":"));
  const rows = parts
    .filter(([scene]) => scene in SECONDS)
    .map(([scene, seconds]) => ({ scene, district: "", seconds: limited(seconds, SECONDS[scene]) }));
  const round = rows.flatMap((row) => (row.scene === "district" ? districts.map((district) => ({ ...row, district })) : [row]));
  return round.length > 0 ? round : [{ scene: "overview", district: "", seconds: SECONDS.overview }];
}

function limited(words, otherwise) {
  const seconds = Number(words);
  return words && Number.isFinite(seconds) ? Math.min(MOST_S, Math.max(LEAST_S, seconds)) : otherwise;
}

/** The round at its beginning. `held` is a scene that stays until `untilMs` instead. */
export function begin(round, now, held = null) {
  return { round, place: 0, sinceMs: now, held, isPaused: false };
}

/** What is shown: what is held, else where the round stands. */
export function shown(state) {
  return state.held ?? { caseNo: "", incidentNo: "", by: "", ...state.round[state.place] };
}

/** The state some time later: what is held ends, and the round goes on by as many scenes as the time says. */
export function goOn(state, now) {
  if (state.isPaused) return state.held && now >= state.held.untilMs ? state : { ...state, sinceMs: now };
  if (state.held) {
    if (now < state.held.untilMs) return state;
    return { ...state, held: null, sinceMs: now };
  }
  let { place, sinceMs } = state;
  const whole = state.round.reduce((sum, row) => sum + row.seconds * 1000, 0);
  sinceMs += Math.floor(Math.max(0, now - sinceMs) / whole) * whole; // a wall that slept for a day
  while (now - sinceMs >= state.round[place].seconds * 1000) {
    sinceMs += state.round[place].seconds * 1000;
    place = (place + 1) % state.round.length;
  }
  return place === state.place && sinceMs === state.sinceMs ? state : { ...state, place, sinceMs };
}

/** A scene that was called or chosen holds until its time; "rotate" lets the round go on. */
export function call(state, { scene, district = "", caseNo = "", incidentNo = "", by = "", at = "", replay = "" }, untilMs, now) {
  if (scene === "rotate") return { ...state, held: null, isPaused: false, sinceMs: now };
  return { ...state, isPaused: false, held: { scene, district, caseNo, incidentNo, by, at, replay, untilMs } };
}

/** Space: stands still, or goes on. */
export function pause(state, now) {
  return { ...state, isPaused: !state.isPaused, sinceMs: now };
}

/** The scene an address names, or null. */
export function sceneIn(search) {
  const asked = new URLSearchParams(search);
  const scene = asked.get("scene") ?? "";
  const [caseNo, incidentNo, district] = [asked.get("case") ?? "", asked.get("incident") ?? "", asked.get("district") ?? ""];
  const needed = { case: caseNo, incident: incidentNo, district };
  if (!SCENES.includes(scene) || (scene in needed && !needed[scene])) return null;
  return { scene, caseNo: scene === "case" ? caseNo : "", incidentNo: scene === "incident" ? incidentNo : "", district: scene === "district" ? district : "" };
}

/** The address with what is shown now, everything else in it kept. */
export function addressOf(search, { scene, caseNo = "", incidentNo = "", district = "" }) {
  const asked = new URLSearchParams(search);
  for (const [name, value] of Object.entries({ scene: SCENES.includes(scene) ? scene : "", case: caseNo, incident: incidentNo, district })) {
    if (value) asked.set(name, value);
    else asked.delete(name);
  }
  return `?${asked}`;
}
