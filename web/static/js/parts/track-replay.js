// Plays a track again on the map beside it: play and pause, a slider for the moment, speed from ×1 to ×60, by keyboard too.

import { trackLayer } from "../map/field.js";
import { indexAt, partsOf, placeAt, pointsOf } from "../track.js";
import { _ } from "../words.js";

const STEPS = 1000;
const MINUTE_S = 60;

export async function start(element) {
  const points = pointsOf(JSON.parse(document.querySelector("script[data-track]").textContent).points);
  const city = await opened(document.querySelector("main.map"));
  const layer = trackLayer(city);
  const parts = partsOf(points);
  layer.fit(points);
  const [first, last] = [points[0].at, points.at(-1).at];
  const [play, slider, speed] = ["[data-do=play]", "[data-at]", "[data-speed]"].map((name) => element.querySelector(name));
  const [time, speedSaid] = [element.querySelector("[data-time]"), element.querySelector("[data-speed-said]")];
  let [at, before, isPlaying] = [first, null, false];

  const draw = () => {
    const place = placeAt(points, at);
    const done = partsOf([...points.slice(0, indexAt(points, at) + 1), ...(place.isGap ? [] : [{ ...place, at }])]);
    layer.show(parts, done, place);
    slider.value = String(last > first ? Math.round(((at - first) / (last - first)) * STEPS) : 0);
    time.textContent = sayTime(at);
    element.dataset.at = String(Math.round(at));
  };
  const goTo = (moment) => {
    at = Math.max(first, Math.min(last, moment));
    draw();
  };
  const set = (playing) => {
    isPlaying = playing;
    before = null;
    play.textContent = playing ? _("暂停") : _("播放");
    play.setAttribute("aria-pressed", String(playing));
    element.dataset.playing = playing ? "yes" : "no";
    if (playing && at >= last) at = first;
    if (playing) requestAnimationFrame(step);
  };
  const step = (nowMs) => {
    if (!isPlaying) return;
    if (before !== null) goTo(at + ((nowMs - before) / 1000) * Number(speed.value));
    before = nowMs;
    if (at >= last) set(false);
    else requestAnimationFrame(step);
  };
  const setSpeed = (wanted) => {
    speed.value = String(Math.max(1, Math.min(60, wanted)));
    speedSaid.textContent = `×${speed.value}`;
  };

  play.addEventListener("click", () => set(!isPlaying));
  slider.addEventListener("input", () => goTo(first + (Number(slider.value) / STEPS) * (last - first)));
  speed.addEventListener("input", () => setSpeed(Number(speed.value)));
  element.addEventListener("keydown", (evt) => {
    const act = {
      " ": () => set(!isPlaying), ArrowLeft: () => goTo(at - MINUTE_S), ArrowRight: () => goTo(at + MINUTE_S),
      ArrowUp: () => setSpeed(Number(speed.value) + 5), ArrowDown: () => setSpeed(Number(speed.value) - 5),
    }[evt.key];
    if (!act || (evt.key === " " && evt.target === play)) return;
    evt.preventDefault();
    act();
  });
  draw();
}

function sayTime(epochS) {
  return new Date(epochS * 1000).toLocaleTimeString("zh-CN", { hour12: false, timeZone: "Asia/Shanghai" });
}

function opened(element) {
  return new Promise((resolve) => {
    const wait = () => (element.cityMap ? resolve(element.cityMap) : requestAnimationFrame(wait));
    wait();
  });
}
