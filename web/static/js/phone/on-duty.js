// What every page of the phone does while its person is on duty: keeps positions, sends them every 15 s, and says when the
// responsibility grid was left. Nothing of it runs for somebody who is off duty.

import { isStraying, outsideSince } from "./shift-rules.js";
import { follow, shiftOf } from "./shift.js";
import { sendShiftOf } from "./sender.js";
import { onChange, recall, remember } from "./store.js";
import { _ } from "../words.js";

const SEND_EVERY_MS = 15_000;
const PERMISSION_DENIED = 1;

/** Begins, and ends, as the shift of somebody does; `line` says what there is to say. */
export async function keepShift(owner, line) {
  let running = null;
  const look = async () => {
    const { isOn } = await shiftOf(owner);
    if (isOn && !running) running = begin(owner, line);
    if (!isOn && running) {
      running.end();
      running = null;
    }
  };
  onChange(() => look().catch((fault) => console.error("the shift cannot be read", fault)));
  document.addEventListener("phone:duty", look);
  await look();
}

function begin(owner, line) {
  const send = () => sendShiftOf().catch((fault) => console.warn("positions wait", fault));
  const stray = strayWatch(owner, line);
  const stop = navigator.geolocation ? follow(owner, { heard: stray, stopped: (code) => code === PERMISSION_DENIED && say(line, _("手机没有允许定位，在岗但记不到位置。请在浏览器设置中允许定位。")) }) : () => {};
  const timer = setInterval(send, SEND_EVERY_MS);
  line.dataset.onDuty = "yes";
  return {
    end() {
      stop();
      clearInterval(timer);
      delete line.dataset.onDuty;
      say(line, "");
    },
  };
}

/** Says that the grid was left, and no longer once somebody is back. Since when is kept across pages. */
function strayWatch(owner, line) {
  let grids = null;
  return async (fix) => {
    grids ??= await ownGrids(owner);
    const before = await recall(`outside:${owner}`) ?? null;
    const since = outsideSince(grids, fix, before);
    if (since !== before) await remember(`outside:${owner}`, since).catch(() => {});
    const names = grids.map((one) => one.name || one.code).slice(0, 2).join("、");
    say(line, isStraying(since, Date.parse(fix.at)) ? _("您已离开责任网格 {names}。一直在外会通知值班长。", { names }) : "");
  };
}

/** The outlines of somebody's grids: asked for once a day, kept for when there is no network. */
async function ownGrids(owner) {
  const kept = await recall(`grids:${owner}`);
  if (kept && Date.now() - kept.at < 24 * 3600_000) return kept.grids;
  try {
    const answer = await fetch("/m/grids.json", { headers: { accept: "application/json" } });
    const { owner: whose, grids } = await answer.json();
    if (!answer.ok || whose !== owner) return kept?.grids ?? [];
    await remember(`grids:${owner}`, { at: Date.now(), grids });
    return grids;
  } catch {
    return kept?.grids ?? [];
  }
}

function say(line, words) {
  const said = line.querySelector("[data-shift]");
  if (said.textContent !== words) said.textContent = words;
  line.hidden = words === "";
}
