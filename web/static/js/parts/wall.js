// The wall of the command centre: one map, figures on both sides, scenes that go round or are called. Nobody touches it.

import { _ } from "../words.js";
import { ageOf } from "../wall/age.js";
import { Alarms } from "../wall/alarms.js";
import { Movers, isStale } from "../wall/movers.js";
import { make, Panels } from "../wall/panels.js";
import { CHOSEN_S, addressOf, begin, call, goOn, pause, sceneIn, shown, timetable } from "../wall/rotation.js";
import { Sound } from "../wall/sound.js";
import { WallStream } from "../wall/stream.js";
import { learn, now } from "../wall/time.js";
import { WallVideo } from "../wall/video.js";
import { newlyOverdue } from "../wall/words.js";
import { isOver, replayAddress } from "../replay/called.js";

const NAMES = { overview: _("全市概览"), overdue: _("超期案件"), hot: _("热点网格"), district: _("区县"), case: _("案件"), people: _("人员与车辆"), walked: _("巡查覆盖"), incident: _("突发事件"), camera: _("视频"), tour: _("视频巡查") };
/** Facts come in bursts: figures are asked for once they have paused, and at the latest after two seconds. */
const PAUSE_MS = 150;
const LATEST_MS = 2_000;
/** Without any fact deadlines still pass: figures are asked for again, for the clock turns lights. */
const ANYWAY_MS = 60_000;
const HOT_AGAIN_MS = 60_000;
/** A stream tells marks, not names: they are asked for when somebody comes on duty, at most so often. */
const NAMES_APART_MS = 10_000;
/** Another process may hear of a call a moment later than this wall: its video is asked for again. */
const VIDEO_AGAIN_MS = 1_000;
const JSON_ONLY = { headers: { accept: "application/json" } };

export async function start(root) {
  const wall = new Wall(root);
  root.wall = wall; // tests and benchmarks look at it
  await wall.open();
}

class Wall {
  constructor(root) {
    this.root = root;
    this.name = root.dataset.wallName;
    this.districts = JSON.parse(root.dataset.districts);
    this.panels = new Panels(root);
    this.sound = new Sound();
    this.movers = new Movers();
    this.alarms = new Alarms();
    this.video = new WallVideo(root.querySelector("[data-video]"));
    this.figures = JSON.parse(root.querySelector("[data-figures]").textContent);
    this.lastOverdue = null;
    this.area = "";
    this.heard = 0;
    const search = new URLSearchParams(location.search);
    this.round = timetable(search.get("show"), this.districts.map(({ code }) => code));
    const asked = sceneIn(location.search);
    learn(this.figures.at);
    this.state = begin(this.round, now(), asked && { ...asked, by: "", untilMs: now() + CHOSEN_S * 1000 });
    if (search.get("rotate") === "off") this.state = pause(this.state, now());
  }

  async open() {
    this.#readKeys();
    this.#tick();
    this.showFigures(this.figures);
    this.alarms.takeAll(JSON.parse(this.root.querySelector("[data-calls]").textContent), this.alarms.turn);
    this.#showAlarms();
    setInterval(() => this.#tick(), 1000);
    setInterval(() => this.#ask(), ANYWAY_MS);
    setInterval(() => this.#askIncidents(), ANYWAY_MS);
    setInterval(() => this.#askHot(), HOT_AGAIN_MS);
    this.stream = new WallStream(this.root.dataset.live ?? "/live", {
      onEvent: (name, told) => this.hear(name, told), onResume: () => this.catchUp(), onAge: (seconds) => this.#showAge(seconds),
    });
    const charts = import("../wall/charts.js").then(({ openCharts }) => openCharts(this.root, this.root.dataset.echarts)).then((found) => {
      this.charts = found;
      this.charts.show(this.figures);
    });
    await Promise.allSettled([charts, this.#openMap(), this.#askMovers(), this.#askIncidents()]);
    await document.fonts.ready;
    this.root.dataset.ready = "yes";
  }

  async #openMap() {
    const [{ openCityMap }, { WallView }, { Overlay }] = await Promise.all([import("../map/city-map.js"), import("../wall/view.js"), import("../wall/overlay.js")]);
    const element = this.root.querySelector(".wall-map > .map");
    const { west, south, east, north, lon0, lat0, zoom, theme, attribution } = element.dataset;
    const canvas = make("div", "canvas");
    element.prepend(canvas);
    const times = WallView.size(element, canvas);
    const bounds = [[Number(west), Number(south)], [Number(east), Number(north)]];
    const city = await openCityMap(canvas, {
      bounds, middle: { center: [Number(lon0), Number(lat0)], zoom: Number(zoom) }, theme, cases: "wall-cases", attribution,
      isListed: false, isOnWall: true, pixelRatio: devicePixelRatio * times,
    });
    element.classList.add("is-open");
    this.city = city;
    this.view = new WallView(element, city, { theme, bounds: this.#whole(bounds) });
    const style = getComputedStyle(document.documentElement);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    this.overlay = new Overlay(element, {
      map: city.map, movers: this.movers, alarms: this.alarms, isStill: matchMedia("(prefers-reduced-motion: reduce)").matches,
      colours: { person: colour("accent"), vehicle: colour("wall-vehicle"), stale: colour("quiet"), edge: colour("paper"), alarm: colour("overdue"), font: getComputedStyle(document.body).fontFamily },
    });
    if (this.versions) city.renewTiles(this.versions);
    this.#showScene(true);
    await this.#askHot();
  }

  /** The box around all districts, or around the whole map where none has a shape. */
  #whole(bounds) {
    const boxes = this.districts.map(({ box }) => box).filter(Boolean);
    if (boxes.length === 0) return bounds;
    const edge = (n, pick) => pick(...boxes.map((box) => box[n]));
    return [[edge(0, Math.min), edge(1, Math.min)], [edge(2, Math.max), edge(3, Math.max)]];
  }

  // what is heard

  hear(name, told) {
    this.heard += 1;
    if (name === "case" || name === "reload") this.#askSoon();
    else if (name === "layers") this.#renew(told);
    else if (name === "movers") this.#takeMovers(told);
    else if (name === "sos") this.#takeAlarm(told);
    else if (name === "incident") this.#takeIncident(told);
    else if (name === "scene" && told.wall === this.name) this.#takeScene(told);
  }

  /** After a pause everything is asked for again. */
  catchUp() {
    this.#ask();
    this.#askMovers();
    this.#askCalls();
    this.#askHot();
    if (this.shownCase) this.#askCase(this.shownCase);
    this.#askIncidents();
    if (this.shownIncident) this.#askIncident(this.shownIncident);
  }

  #takeIncident({ incident_no: incidentNo }) {
    this.#askIncidents();
    if (this.shownIncident === incidentNo) this.#askIncident(incidentNo);
  }

  #takeMovers({ rows = [], gone = [] }) {
    const isSomebodyNew = this.movers.take(rows, now());
    this.movers.drop(gone);
    if (isSomebodyNew && this.stream && Date.now() - (this.namesAt ?? 0) > NAMES_APART_MS) this.#askNames();
  }

  #renew(versions) {
    this.versions = versions;
    this.city?.renewTiles(versions);
  }

  #takeScene({ scene, case_no: caseNo, incident_no: incidentNo, district, by, at, replay, until }) {
    if (scene === "replay" && isOver(at)) return; // played to its end here
    this.state = call(this.state, { scene, district, caseNo, incidentNo, by, at, replay }, Date.parse(until), now());
    this.#tick();
  }

  /** A call for help is shown before anything else is asked; where that is in words comes after it. */
  #takeAlarm(told) {
    const isNew = this.alarms.take(told);
    this.#showAlarms();
    if (isNew) this.#askCalls();
  }

  // what is asked

  #askSoon() {
    clearTimeout(this.soon);
    this.sinceMs ??= Date.now();
    const waited = Date.now() - this.sinceMs;
    this.soon = setTimeout(() => this.#ask(), Math.max(0, Math.min(PAUSE_MS, LATEST_MS - waited)));
  }

  async #ask() {
    this.sinceMs = null;
    clearTimeout(this.soon);
    if (this.isAsking) {
      this.isWanted = true;
      return;
    }
    this.isAsking = true;
    this.city?.refreshCases();
    const figures = await fetchJson(`/wall/figures${this.area ? `?area=${this.area}` : ""}`);
    this.isAsking = false;
    if (figures && figures.area === this.area) this.showFigures(figures);
    if (this.isWanted || (figures && figures.area !== this.area)) {
      this.isWanted = false;
      this.#askSoon();
    }
  }

  async #askCalls() {
    const { turn } = this.alarms;
    const found = await fetchJson("/wall/calls");
    if (!found) return;
    if (this.alarms.takeAll(found.calls, turn)) this.#showAlarms();
    else this.#askCalls();
  }

  async #askNames() {
    this.namesAt = Date.now();
    const found = await fetchJson("/api/v1/movers");
    if (found) this.movers.learnNames(found);
  }

  async #askMovers() {
    const found = await fetchJson("/api/v1/movers");
    if (found) this.movers.takeAll(found, now());
  }

  async #askHot() {
    const found = await fetchJson("/wall/hot-grids");
    if (found) this.view?.setHot(found);
  }

  /** What was walked is asked for when it is shown: it changes slowly and is read from every visit of the week. */
  async #askWeek() {
    const found = await fetchJson("/wall/coverage");
    if (!found) return;
    this.panels.showWeek(found);
    this.view?.setUnwalked(found.unwalked);
  }

  async #askCase(caseNo) {
    this.shownCase = caseNo;
    const told = await fetchJson(`/wall/cases/${encodeURIComponent(caseNo)}`);
    if (this.shownCase !== caseNo) return;
    this.panels.showCase(told);
    this.view?.setCase(told);
  }

  async #askIncidents() {
    const found = await fetchJson("/wall/incidents");
    if (found) this.panels.showIncidents(found);
  }

  async #askIncident(incidentNo) {
    this.shownIncident = incidentNo;
    const told = await fetchJson(`/wall/incidents/${encodeURIComponent(incidentNo)}`);
    if (this.shownIncident !== incidentNo) return;
    this.panels.showIncident(told);
    this.view?.setCase(told?.lon ? told : null);
    this.view?.setShapes(told?.shapes ?? []);
  }

  async #askVideo(key) {
    this.video.say(_("正在接通…"));
    const told = await fetchJson(`/wall/video?wall=${this.name}`);
    if (this.shownKey !== key) return;
    if (told) this.video.show(told, now());
    else setTimeout(() => { if (this.shownKey === key) this.#askVideo(key); }, VIDEO_AGAIN_MS);
  }

  /** A replay has a page of its own, to which this one goes and from which it comes back; not while somebody calls for help. */
  async #goToReplay(key, { replay, at, incidentNo }) {
    const address = replayAddress(replay, { wall: this.name, call: at, back: location.search, incidentNo });
    const answer = await fetch(address).catch(() => null);
    if (answer?.ok && this.shownKey === key && this.alarms.byId.size === 0) location.assign(address);
  }

  // what is shown

  showFigures(figures) {
    learn(figures.at);
    if (figures.area === "") {
      if (newlyOverdue(this.lastOverdue, figures.counters) > 0) this.sound.play("overdue");
      this.lastOverdue = figures.counters;
    }
    this.figures = figures;
    this.panels.show(figures);
    this.charts?.show(figures);
    this.root.dataset.figuresAt = figures.at;
    if (this.shownCase) this.#askCase(this.shownCase);
  }

  #showAge(seconds) {
    const { isStale: isOld, words } = ageOf(seconds);
    const age = this.root.querySelector("[data-age]");
    age.classList.toggle("is-stale", isOld);
    if (age.textContent !== words) age.textContent = words;
  }

  #showAlarms() {
    const alarms = this.alarms.list();
    this.root.classList.toggle("has-alarm", alarms.length > 0);
    this.panels.showAlarms(alarms, now());
    if (this.alarms.mustSound(now())) this.sound.play("sos");
  }

  #tick() {
    const at = now();
    this.state = goOn(this.state, at);
    this.#showScene();
    this.panels.tick(at);
    this.video.tick(at);
    this.movers.tidy(at);
    if (this.alarms.byId.size) this.#showAlarms();
    this.root.classList.toggle("is-odd", Math.floor(at / 1000) % 2 === 1);
    if (this.scene?.scene === "people") this.#showPeople(at);
    this.root.classList.toggle("has-people", this.movers.byKey.size > 0);
    const clock = this.root.querySelector("[data-now]");
    const words = sayNow(at);
    if (clock.textContent !== words) clock.textContent = words;
  }

  #showPeople(at) {
    const names = [...this.movers.byKey.values()].filter(({ name }) => name).slice(0, 10);
    this.panels.showPeople(this.movers.counts(at), names.map((mover) => ({ name: mover.name, words: isStale(mover, at) ? _("位置过时") : mover.isFree ? _("空闲") : _("忙") })));
  }

  #showScene(isAnew = false) {
    const next = shown(this.state);
    const key = `${next.scene}|${next.district}|${next.caseNo}|${next.incidentNo ?? ""}|${next.by ?? ""}|${next.at ?? ""}|${next.scene === "replay" && this.alarms.byId.size > 0}|${this.state.isPaused}`;
    if (key === this.shownKey && !isAnew) return;
    this.shownKey = key;
    this.scene = next;
    const district = this.districts.find(({ code }) => code === next.district);
    const scene = next.scene === "replay" ? "overview" : next.scene; // a replay has its own page
    this.root.dataset.scene = scene;
    this.root.querySelector("[data-scene-name]").textContent = district && next.scene === "district" ? district.name : NAMES[scene];
    const called = this.root.querySelector("[data-called]");
    called.hidden = !next.by && !this.state.isPaused;
    called.textContent = next.by ? _("{name} 投放", { name: next.by }) : this.state.isPaused ? _("轮播已暂停") : "";
    this.#showDots();
    history.replaceState(null, "", addressOf(location.search, next));
    const area = next.scene === "district" ? next.district : "";
    if (area !== this.area) {
      this.area = area;
      this.#ask();
    }
    for (const panel of this.root.querySelectorAll("[data-panel=case]")) panel.hidden = next.scene !== "case" && next.scene !== "incident";
    this.shownIncident = next.scene === "incident" ? next.incidentNo : null;
    if (next.scene !== "incident") this.view?.setShapes([]);
    if (next.scene === "case") this.#askCase(next.caseNo);
    else if (next.scene === "incident") {
      this.shownCase = null;
      this.#askIncident(next.incidentNo);
    } else {
      this.shownCase = null;
      this.panels.showCase(null);
      this.view?.setCase(null);
    }
    if (next.scene === "walked") this.#askWeek();
    this.video.close();
    if (next.scene === "camera" || next.scene === "tour") this.#askVideo(key);
    if (next.scene === "replay" && this.alarms.byId.size === 0) this.#goToReplay(key, next);
    this.view?.show(scene, district?.box ?? null);
    requestAnimationFrame(() => this.charts?.show(this.figures));
  }

  #showDots() {
    const dots = this.root.querySelector("[data-dots]");
    dots.replaceChildren(...this.round.map((_row, n) => make("li", n === this.state.place && !this.state.held ? "is-here" : "")));
  }

  // a keyboard, where there is one

  #readKeys() {
    const button = this.root.querySelector("[data-sound]");
    const tell = () => {
      button.setAttribute("aria-pressed", String(this.sound.isOn));
      button.textContent = this.sound.isOn ? _("声音开") : _("声音关");
    };
    const toggle = () => {
      this.sound.toggle();
      tell();
    };
    tell();
    button.addEventListener("click", toggle);
    addEventListener("keydown", (evt) => {
      if (evt.ctrlKey || evt.metaKey || evt.altKey || evt.target.closest("button, input")) return;
      if (evt.key === " ") this.state = pause(this.state, now());
      else if (evt.key === "m") toggle();
      else if (evt.key === "d") this.#turnStyle();
      else if (/^[1-9]$/.test(evt.key)) this.#choose(Number(evt.key));
      else return;
      evt.preventDefault();
      this.#tick();
    });
  }

  /** 1 to 9: the scenes of the round in their order. */
  #choose(n) {
    const row = this.round[n - 1];
    if (row) this.state = call(this.state, row, now() + CHOSEN_S * 1000, now());
  }

  #turnStyle() {
    const search = new URLSearchParams(location.search);
    search.set("style", search.get("style") === "day" ? "night" : "day");
    location.search = search;
  }
}

async function fetchJson(address) {
  try {
    const answer = await fetch(address, JSON_ONLY);
    if (answer.status === 401) location.reload(); // signed out: the sign-in page comes, and this page after it
    return answer.ok ? await answer.json() : null;
  } catch {
    return null; // the clock of data age says it
  }
}

function sayNow(at) {
  const city = { timeZone: "Asia/Shanghai" };
  const lang = document.documentElement.lang;
  const day = new Intl.DateTimeFormat(lang, { ...city, month: "long", day: "numeric", weekday: "short" }).format(at);
  const time = new Intl.DateTimeFormat("en-GB", { ...city, hour: "2-digit", minute: "2-digit" }).format(at);
  return `${day} ${time}`;
}
