// How to get to a task on foot: how far and which way as the crow flies, and how far along the packed streets.

import { packedArea } from "../phone/pack.js";
import { distance } from "../metres.js";
import { walkAlong } from "../phone/near.js";
import { followFix, sayMetres, sayStanding, standing } from "../standing.js";
import { _ } from "../words.js";

const METRES_A_MINUTE = 75;
const WORTH_A_WAY_M = 60;
const MOVED_M = 15;

export async function start(line) {
  if (!navigator.geolocation) return;
  const goal = { lon: Number(line.dataset.lon), lat: Number(line.dataset.lat) };
  const owner = document.querySelector('meta[name="person"]').content;
  const area = await packedArea(owner).catch(() => null);
  const along = alongStreets(area?.streets ?? [], goal);
  followFix((fix) => {
    const seen = standing(fix, goal);
    const words = sayWalk(seen, along(fix, seen.away));
    const said = line.querySelector("[data-words]");
    if (said.textContent !== words) said.textContent = words;
    line.style.setProperty("--bearing", `${seen.bearing}deg`);
    line.classList.toggle("is-here", seen.isHere);
    line.hidden = false;
  });
}

/** Metres along the streets from a fix, null where no way is known or worth one; looked for anew after some steps. */
function alongStreets(streets, goal) {
  let from = null;
  let metres = null;
  return (fix, away) => {
    if (away <= WORTH_A_WAY_M || streets.length === 0) return null;
    if (from && distance(from, fix) < MOVED_M) return metres;
    from = fix;
    metres = walkAlong(streets, fix, goal);
    return metres;
  };
}

/** The way in words; `along` is metres along the streets, or null. Pure. */
export function sayWalk(seen, along) {
  if (seen.isHere) return sayStanding(seen);
  const straight = _("{where}（直线）", { where: sayStanding(seen) });
  if (along === null) return straight;
  return `${straight} · ${_("沿道路约 {text}，步行 {n} 分钟", { text: sayMetres(Math.round(along / 10) * 10), n: Math.max(1, Math.round(along / METRES_A_MINUTE)) })}`;
}
