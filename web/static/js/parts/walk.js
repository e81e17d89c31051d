// How to get to a task on foot: how far and which way as the crow flies, and how far along the packed streets.

import { packedArea } from "../phone/pack.js";
import { bearingOf, walkAlong } from "../phone/near.js";
import { distance, sayDistance } from "../wording.js";
import { _ } from "../words.js";

const POINTS = () => [_("北"), _("东北"), _("东"), _("东南"), _("南"), _("西南"), _("西"), _("西北")];
const METRES_A_MINUTE = 75;
const MOVED_M = 15;

export async function start(line) {
  if (!navigator.geolocation) return;
  const goal = { lon: Number(line.dataset.lon), lat: Number(line.dataset.lat) };
  const owner = document.querySelector('meta[name="person"]').content;
  const area = await packedArea(owner).catch(() => null);
  let seen = null;
  navigator.geolocation.watchPosition(({ coords }) => {
    const here = { lon: coords.longitude, lat: coords.latitude };
    if (seen && distance(seen, here) < MOVED_M) return;
    seen = here;
    line.querySelector("[data-words]").textContent = sayWalk(here, goal, area?.streets ?? []);
    line.style.setProperty("--bearing", `${bearingOf(here, goal)}deg`);
    line.hidden = false;
  }, () => {}, { enableHighAccuracy: true, maximumAge: 10_000, timeout: 20_000 });
}

/** The way in words. Pure. */
export function sayWalk(here, goal, streets) {
  const away = distance(here, goal);
  const point = POINTS()[Math.round(bearingOf(here, goal) / 45) % 8];
  const along = away > 60 && streets.length > 0 ? walkAlong(streets, here, goal) : null;
  const straight = _("在您{point}方 {text}（直线）", { point, text: sayDistance(away) });
  if (along === null) return straight;
  return `${straight} · ${_("沿道路约 {text}，步行 {n} 分钟", { text: sayDistance(along), n: Math.max(1, Math.round(along / METRES_A_MINUTE)) })}`;
}
