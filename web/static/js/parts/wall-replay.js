// Replay on the wall: the city as it was, at a moment that is played, dragged or stepped through.

import { _ } from "../words.js";
import { calledHere } from "../replay/called.js";
import { begin, goOn, goTo, onKey, toggle } from "../replay/player.js";
import { readTimeline } from "../replay/timeline.js";
import { notesOf, sayDay, sayTime, shortNumber } from "../replay/words.js";
import { readWays } from "../replay/ways.js";
import { make } from "../wall/panels.js";
import { formatted } from "../wall/words.js";

const PARTS = 240;
const STEPS_SHOWN = 14;
const NEW_SHOWN = 3;
const DEPARTMENTS_SHOWN = 5;
/** While it plays, words are written so often, and the map is given new cases so often. */
const WORDS_EVERY_MS = 200;
const MAP_EVERY_MS = 700;
const LEAST_RINGS_S = 20;
const MOST_RINGS = 30;
const JSON_ONLY = { headers: { accept: "application/json" } };

export async function start(root) {
  const replay = new Replay(root);
  root.replay = replay; // tests and benchmarks look at it
  await replay.open();
}

class Replay {
  constructor(root) {
    this.root = root;
    this.beginsMs = Date.parse(root.dataset.begins);
    this.find = (name) => root.querySelector(name);
    this.ways = [];
    this.calls = [];
    [this.wordsMs, this.mapMs] = [0, 0];
  }

  async open() {
    const began = performance.now();
    this.called = calledHere(this.root);
    const [facts, told] = await Promise.all([this.#ask(this.root.dataset.facts), this.root.dataset.ways ? this.#ask(this.root.dataset.ways) : null, this.#openMap()]);
    if (!facts) return;
    this.facts = facts;
    this.timeline = readTimeline(facts);
    this.ways = told ? readWays(told) : [];
    this.#readCalls(told);
    this.#showNotes(told);
    this.#drawDensity();
    const asked = new URLSearchParams(location.search);
    this.player = begin(facts.length_s, Number(this.root.dataset.speed), Number(asked.get("at")) || 0);
    this.#readControls();
    this.draw(true);
    this.root.dataset.openedMs = String(Math.round(performance.now() - began));
    this.root.dataset.ready = "yes";
    if (this.called) this.#move(toggle(this.player));
    requestAnimationFrame((ms) => this.#frame(ms));
  }

  async #ask(address) {
    try {
      const answer = await fetch(address, JSON_ONLY);
      if (answer.ok) return await answer.json();
      const refusal = await answer.json();
      this.#addNote(`${refusal.message}(${refusal.code})`, true);
    } catch {
      this.#addNote(_("回放的数据没有取到。请检查网络后刷新。"), true);
    }
    return null;
  }

  async #openMap() {
    const [{ openCityMap }, { ReplayView }, { WallView }, { ReplayOverlay }] = await Promise.all([
      import("../map/city-map.js"), import("../replay/view.js"), import("../wall/view.js"), import("../replay/overlay.js"),
    ]);
    const element = this.find(".wall-map > .map");
    const { west, south, east, north, lon0, lat0, zoom, theme, attribution } = element.dataset;
    const canvas = make("div", "canvas");
    element.prepend(canvas);
    const times = WallView.size(element, canvas);
    const bounds = [[Number(west), Number(south)], [Number(east), Number(north)]];
    const city = await openCityMap(canvas, {
      bounds, middle: { center: [Number(lon0), Number(lat0)], zoom: Number(zoom) }, theme, attribution, isOnWall: true, pixelRatio: devicePixelRatio * times,
    });
    element.classList.add("is-open");
    this.view = new ReplayView(element, city, this.#whole(bounds));
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    this.overlay = new ReplayOverlay(element, city.map, { person: colour("accent"), vehicle: colour("wall-vehicle"), stale: colour("quiet"), edge: colour("paper"), alarm: colour("overdue"), ring: colour("replay") });
  }

  /** The box around all districts, or around the whole map where none has a shape. */
  #whole(bounds) {
    const boxes = JSON.parse(this.root.dataset.districts).map(({ box }) => box).filter(Boolean);
    if (boxes.length === 0) return bounds;
    const edge = (n, pick) => pick(...boxes.map((box) => box[n]));
    return [[edge(0, Math.min), edge(1, Math.min)], [edge(2, Math.max), edge(3, Math.max)]];
  }

  /** Calls for help: when from the facts, who and where from what only those may ask who look at tracks. */
  #readCalls(told) {
    const known = new Map((told?.sos ?? []).map((one) => [one.id, one]));
    this.calls = this.facts.sos.map(([id, at, over]) => ({ at, over: over ?? Infinity, name: known.get(id)?.name ?? "", place: known.get(id)?.place ?? null }));
  }

  // what is shown

  /** The moment on every part of the page; while it plays, words and cases of the map a few times a second. */
  draw(isWhole = false) {
    const { player, timeline } = this;
    const nowMs = performance.now();
    const isOther = timeline.goTo(player.at) || this.isMapOld;
    this.isMapOld = isOther;
    if (isOther && (isWhole || nowMs - this.mapMs > MAP_EVERY_MS)) {
      this.view?.show(timeline.features());
      [this.mapMs, this.isMapOld] = [nowMs, false];
    }
    const open = this.calls.filter(({ at, over }) => at <= player.at && player.at < over);
    const ringsFor = Math.max(LEAST_RINGS_S, player.speed);
    this.overlay?.show({ ways: this.ways, calls: open, rings: timeline.justNow(ringsFor, MOST_RINGS), at: player.at, staleAfter: this.facts.stale_after_s, ringsFor });
    this.#showTime();
    if (isWhole || nowMs - this.wordsMs > WORDS_EVERY_MS) {
      this.wordsMs = nowMs;
      this.#showFigures(ringsFor);
      this.#showCalls(open);
    }
  }

  #showTime() {
    const { player } = this;
    const ms = this.beginsMs + player.at * 1000;
    const [day, time] = [sayDay(ms, document.documentElement.lang), sayTime(ms)];
    const clock = this.find("[data-now]");
    if (clock.dataset.said !== day + time) {
      clock.dataset.said = day + time;
      clock.replaceChildren(make("span", "day", day), time);
      clock.dateTime = new Date(Math.round(ms)).toISOString();
    }
    const slider = this.find("[data-at]");
    slider.value = String(Math.round(player.at));
    slider.style.setProperty("--share", `${(100 * player.at) / player.length}%`);
    slider.setAttribute("aria-valuetext", _("回放 {time}", { time }));
    const past = Math.floor((player.at / player.length) * PARTS);
    if (past !== this.past) {
      this.past = past;
      this.bars?.forEach((bar, part) => bar.classList.toggle("is-past", part < past));
    }
    this.root.dataset.at = String(Math.round(player.at));
  }

  #showFigures(ringsFor) {
    const { timeline, player } = this;
    const counters = timeline.counters();
    for (const element of this.root.querySelectorAll("[data-n]")) element.textContent = formatted(counters[element.dataset.n]);
    const names = this.facts.tracks;
    const most = Math.max(1, ...counters.tracks.map(({ standing }) => standing));
    this.#fill("tracks", counters.tracks.map(({ standing, overdue }, n) => bar(names[n], standing, [[overdue, "is-late"], [standing - overdue, ""]], most)));
    const late = timeline.overdueBy(DEPARTMENTS_SHOWN);
    const mostLate = Math.max(1, ...late.map(({ n }) => n));
    this.#fill("late-by", late.length ? late.map(({ name, n }) => bar(name, n, [[n, "is-late"]], mostLate)) : [make("li", "none", _("没有部门超期"))]);
    const steps = timeline.happened(STEPS_SHOWN);
    this.#fill("steps", steps.length ? steps.map((step, n) => this.#stepRow(step, n < NEW_SHOWN && player.at - step.at < ringsFor)) : [make("li", "none", _("还没有发生什么"))]);
    this.find("[data-steps-note]").textContent = _("{n} / {m} 条", { n: formatted(timeline.done), m: formatted(timeline.steps.length) });
  }

  #stepRow(step, isNew) {
    const time = make("time", "", sayTime(this.beginsMs + step.at * 1000));
    const what = make("span", "what", step.label, " ", make("span", "", step.post));
    const where = make("span", "where", [shortNumber(step.caseNo), step.type, step.community].filter(Boolean).join(" · "));
    return make("li", `row${isNew ? " is-new" : ""}`, make("span", "line", time, what), where);
  }

  #showCalls(open) {
    const box = this.find("[data-alarm]");
    box.hidden = open.length === 0;
    const names = open.map(({ name }) => name).filter(Boolean);
    box.textContent = open.length === 0 ? "" : names.length ? _("求助：{names}", { names: names.slice(0, 3).join("、") }) : _("有 {n} 个求助没有人回应", { n: open.length });
  }

  #fill(name, rows) {
    this.find(`[data-rows=${name}]`).replaceChildren(...rows);
  }

  #showNotes(told) {
    for (const note of notesOf(this.facts, told, this.root.dataset.ways ? "" : this.root.dataset.without)) this.#addNote(note);
    this.find("[data-digest]").textContent = _("摘要 {text}：同样的事实，同样的画面", { text: this.facts.digest });
  }

  #addNote(words, isFault = false) {
    this.find("[data-notes]").append(make("li", isFault ? "is-fault" : "", words));
  }

  /** How much happened when, and buttons to where much did. */
  #drawDensity() {
    const counts = this.timeline.density(PARTS);
    const most = Math.max(1, ...counts);
    const svg = this.find("[data-density]");
    this.bars = counts.map((n, part) => {
      const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const height = n ? Math.max(1, (22 * n) / most) : 0;
      for (const [name, value] of Object.entries({ x: part + 0.1, y: 24 - height, width: 0.8, height })) rect.setAttribute(name, value);
      return rect;
    });
    svg.replaceChildren(...this.bars);
    svg.setAttribute("aria-label", _("这段时间发生了 {n} 件事，最多的时候约在 {time}", { n: this.timeline.steps.length, time: sayTime(this.beginsMs + (counts.indexOf(most) / PARTS) * this.timeline.length * 1000) }));
    this.find("[data-peaks]").replaceChildren(...this.timeline.peaks(24, 4).map(({ n, at }) => {
      const time = sayTime(this.beginsMs + at * 1000).slice(0, 5);
      const button = make("button", "", formatted(n));
      button.type = "button";
      button.title = _("{time} 前后 {n} 件事", { time, n });
      button.setAttribute("aria-label", button.title);
      button.addEventListener("click", () => this.#move(goTo(this.player, at)));
      const item = make("li", "", button);
      item.style.insetInlineStart = `${(100 * at) / this.timeline.length}%`;
      return item;
    }));
  }

  // who moves it

  #readControls() {
    const slider = this.find("[data-at]");
    slider.max = String(Math.ceil(this.player.length));
    slider.addEventListener("input", () => this.#move(goTo(this.player, Number(slider.value))));
    const acts = { play: () => toggle(this.player), next: () => this.#neighbour(1), before: () => this.#neighbour(-1) };
    for (const button of this.root.querySelectorAll("[data-do]")) {
      button.disabled = false;
      button.addEventListener("click", () => this.#move(acts[button.dataset.do]()));
    }
    for (const button of this.root.querySelectorAll("[data-speed-to]")) button.addEventListener("click", () => this.#move({ ...this.player, speed: Number(button.dataset.speedTo) }));
    // what is called to the wall is what is seen here: this moment at this speed
    this.root.addEventListener("submit", ({ target }) => {
      if (!target.matches(".to-wall")) return;
      target.elements.speed.value = String(this.player.speed);
      target.elements.at.value = String(this.player.at < this.player.length ? Math.floor(this.player.at) : 0);
    }, { capture: true });
    addEventListener("keydown", (evt) => {
      if (evt.ctrlKey || evt.metaKey || evt.altKey || evt.target.closest("form, summary")) return;
      if (evt.key === " " && evt.target.closest("button, a")) return;
      const done = onKey(this.player, evt.key);
      if (!done) return;
      evt.preventDefault();
      this.#move(done === "next" ? this.#neighbour(1) : done === "before" ? this.#neighbour(-1) : done);
    });
  }

  #neighbour(direction) {
    return goTo({ ...this.player, isPlaying: false }, this.timeline.neighbour(direction));
  }

  /** Takes a new clock, as somebody set it. */
  #move(player) {
    this.player = player;
    this.#tellState();
    this.draw(true);
  }

  #tellState() {
    const { isPlaying, speed, at } = this.player;
    const play = this.find("[data-do=play]");
    play.textContent = isPlaying ? _("暂停") : _("播放");
    play.setAttribute("aria-pressed", String(isPlaying));
    this.find("[data-speed-said]").textContent = `×${speed}`;
    for (const button of this.root.querySelectorAll("[data-speed-to]")) button.setAttribute("aria-pressed", String(Number(button.dataset.speedTo) === speed));
    this.root.dataset.playing = isPlaying ? "yes" : "no";
    if (isPlaying) return;
    const asked = new URLSearchParams(location.search);
    asked.set("from", this.find("[name=from]").value);
    asked.set("to", this.find("[name=to]").value);
    asked.set("speed", String(speed));
    asked.set("at", String(Math.round(at)));
    clearTimeout(this.writing);
    this.writing = setTimeout(() => history.replaceState(null, "", `?${asked}`), 300);
  }

  #frame(frameMs) {
    const seconds = (frameMs - (this.frameMs ?? frameMs)) / 1000;
    this.frameMs = frameMs;
    if (this.player.isPlaying) {
      this.player = goOn(this.player, seconds);
      this.draw(!this.player.isPlaying);
      if (!this.player.isPlaying) {
        this.#tellState();
        this.called?.end();
      }
    }
    requestAnimationFrame((ms) => this.#frame(ms));
  }
}

function bar(name, n, parts, most) {
  const rail = make("span", "rail", ...parts.map(([value, className]) => {
    const one = make("span", `bar ${className}`.trim());
    one.style.inlineSize = `${(100 * value) / most}%`;
    return one;
  }));
  return make("li", "bar-row", make("span", "name", name), make("span", "n", formatted(n)), rail);
}
