// Plays a patrol tour: one camera after the other for its seconds, round and round, with pause, next and back.
// `?stop=3` in the address begins at the third.

import { openStream } from "../cameras/stream.js";
import { nextStop } from "../cameras/touring.js";
import { _ } from "../words.js";

const TICK_MS = 250;

export function start(element) {
  const { stops } = JSON.parse(element.dataset.tour);
  if (stops.length === 0) return;
  const find = (selector) => element.querySelector(selector);
  const [video, said, stage] = [find("video"), find(".player-said"), find(".tour-stage")];
  const state = { n: beginning(stops.length), leftMs: 0, isPaused: false, stream: null, turn: 0 };

  const say = (words) => {
    said.textContent = words;
    said.hidden = words === "";
  };
  const show = async (n) => {
    const turn = ++state.turn;
    state.n = n;
    const stop = stops[n];
    state.leftMs = stop.seconds * 1000;
    state.stream?.close();
    state.stream = null;
    mark(element, n, stop);
    element.dataset.playing = "no";
    if (!stop.playlist) return say(_("这台摄像机还没有接入网关，没有画面。"));
    say(_("正在接通…"));
    const stream = await openStream(video, stop.playlist, {
      onPlaying: () => { if (turn === state.turn) { say(""); element.dataset.playing = stop.code; } },
      onRefused: (words) => { if (turn === state.turn) say(words); },
    });
    if (turn === state.turn) state.stream = stream;
    else stream.close();
    return undefined;
  };
  const pause = () => {
    state.isPaused = !state.isPaused;
    const button = find("[data-use=pause]");
    button.setAttribute("aria-pressed", String(state.isPaused));
    button.querySelector("span").textContent = state.isPaused ? _("继续") : _("暂停");
    button.querySelector("use").setAttribute("href", button.querySelector("use").getAttribute("href").replace(/#.*/, state.isPaused ? "#play" : "#pause"));
    tellLeft();
  };
  const tellLeft = () => {
    find("[data-left]").textContent = state.isPaused ? _("已暂停") : _("还有 {n} 秒", { n: Math.ceil(state.leftMs / 1000) });
  };
  let lastMs = performance.now();
  setInterval(() => {
    const nowMs = performance.now();
    if (!state.isPaused) state.leftMs -= nowMs - lastMs;
    lastMs = nowMs;
    if (state.leftMs <= 0) show(nextStop(state.n, 1, stops.length));
    tellLeft();
  }, TICK_MS);
  const does = {
    pause,
    next: () => show(nextStop(state.n, 1, stops.length)),
    back: () => show(nextStop(state.n, -1, stops.length)),
    whole: () => (document.fullscreenElement ? document.exitFullscreen() : stage.requestFullscreen()),
  };
  for (const [name, act] of Object.entries(does)) {
    const button = find(`[data-use=${name}]`);
    button.disabled = false;
    button.addEventListener("click", act);
  }
  element.querySelector(".tour-stops").addEventListener("click", (evt) => {
    const link = evt.target.closest("[data-stop]");
    if (!link || evt.ctrlKey || evt.metaKey || evt.shiftKey) return;
    evt.preventDefault();
    show(Number(link.dataset.stop));
  });
  show(state.n);
}

function mark(element, n, stop) {
  for (const link of element.querySelectorAll("[data-stop]")) {
    if (Number(link.dataset.stop) === n) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
  element.querySelector("[aria-current][data-stop]")?.scrollIntoView({ block: "nearest" });
  element.querySelector("[data-now]").textContent = `${n + 1}. ${stop.name}`;
  element.querySelector(".player .badge-sample").hidden = !stop.is_synthetic;
}

function beginning(count) {
  const asked = Number.parseInt(new URLSearchParams(location.search).get("stop") ?? "1", 10);
  return asked >= 1 && asked <= count ? asked - 1 : 0;
}
