// Where the caller says it is, found while the operator writes it down: the reading as chips, up to five places with their
// numbers on the map, the first of them in view. Enter, an arrow or a number chooses; the caller's words stay as written.
// While that field is empty, the place is looked for in what the caller said as a whole.

import { make } from "../map/elements.js";
import { askingLast, find, geocode } from "../places/asking.js";
import { reasons } from "../places/card.js";
import { isShown, lookedAt, tellChoice, tellMap } from "../places/on-map.js";
import { candidateRow, confidenceBadge, markActive, readingChips, stepTo, suggestionRow } from "../places/rows.js";
import { choiceIn, isFine, LIKELY, sameAs, sayLevel, sayNothing, sayProblem, sayRange, shownOf, toldApart, whereOf } from "../places/wording.js";
import { distance } from "../wording.js";
import { _ } from "../words.js";

const PAUSE_MS = 260;
const MOST = 5;
const SAME_M = 5;

export function start(section) {
  const form = section.closest("form");
  const map = form.querySelector(".place-picker .map");
  new CallPlace(section, form, map);
}

class CallPlace {
  constructor(section, form, map) {
    Object.assign(this, { section, form, map, input: section.querySelector("[data-asked]"), whole: form.elements.description, isOfWhole: false, places: [], active: -1, isNumbered: false, chosen: null, answer: null });
    this.asked = section.dataset.missing;
    this.asking = askingLast((text, signal) => this.#find(text, signal), { waitMs: PAUSE_MS });
    this.#build();
    this.#listen();
    this.#resume();
    form.addEventListener("draft:restored", () => this.#resume());
  }

  /** What was written before the page was left, or came back refused, is found again; with a place chosen, its name. */
  #resume() {
    const { lon, lat } = this.form.elements;
    if (!lon.value) this.#typed();
    else if (!this.chosen && this.input.value) this.#recognise({ lon: Number(lon.value), lat: Number(lat.value) });
  }

  /** The place that these words were chosen as, if it is still the one in the form. */
  async #recognise(here) {
    const answer = await geocode(this.input.value, { near: here, limit: MOST });
    const place = answer.candidates?.find((one) => distance(one, here) < SAME_M);
    if (!place || this.chosen) return;
    this.chosen = { ...place, ...here };
    this.#showTaken(place, answer);
  }

  #build() {
    this.reading = make("p", { class: "reading", "aria-label": _("听懂的是") });
    this.list = make("ul", { class: "place-list", id: "call-places", role: "listbox", "aria-label": _("可能的地点") });
    this.said = make("p", { class: "call-said small", "aria-live": "polite" });
    this.taken = make("div", { class: "call-taken" });
    const panel = make("div", { class: "call-found" }, this.reading, this.list, this.said, this.taken);
    for (const part of [this.reading, this.taken, this.said]) part.hidden = true;
    for (const [name, value] of Object.entries({
      role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": "call-places",
    })) this.input.setAttribute(name, value);
    this.section.append(panel);
  }

  #listen() {
    this.input.addEventListener("input", (evt) => {
      if (!evt.isComposing) this.#typed();
    });
    this.input.addEventListener("compositionend", () => this.#typed());
    for (const name of ["input", "compositionend"]) {
      this.whole?.addEventListener(name, (evt) => {
        if (!evt.isComposing && this.input.value.trim() === "" && !this.form.elements.lon.value) this.#typed();
      });
    }
    this.whole?.addEventListener("keydown", (evt) => this.#pressedBeside(evt));
    this.input.addEventListener("keydown", (evt) => this.#pressed(evt));
    this.list.addEventListener("mousedown", (evt) => evt.preventDefault());
    this.list.addEventListener("click", (evt) => {
      const row = evt.target.closest("[role=option]");
      if (row) this.#choose([...this.list.children].indexOf(row));
    });
    this.map.addEventListener("places:tap", ({ detail }) => {
      if (isShown(this.map, this.places[detail.n], detail.n)) this.#choose(detail.n);
    });
    this.form.addEventListener("place:picked", ({ detail }) => this.#picked(detail.place));
    // before the form asks for what is missing
    this.form.addEventListener("submit", () => this.#sending(), true);
    window.addEventListener("online", () => {
      if (this.problem?.kind === "offline") this.#typed();
    });
  }

  #typed() {
    const own = this.input.value.trim();
    this.isOfWhole = own === "";
    const text = own || this.whole?.value.trim() || "";
    this.isNumbered = false;
    this.list.classList.remove("is-numbered");
    this.section.querySelector(".asked")?.remove();
    if (text === "") {
      this.asking.stop();
      this.#offer([], null);
      this.#say("");
      return;
    }
    this.asking.ask(text, (answer) => this.#heard(answer));
  }

  /** What the whole sentence means; where that is nothing yet, how its last word may go on. */
  async #find(text, signal) {
    const asked = { near: lookedAt(this.map), signal, limit: MOST };
    return this.isOfWhole ? { ...likelyOf(await geocode(text, asked)), suggestions: [] } : find(text, asked);
  }

  #heard(answer) {
    this.problem = answer.problem ?? null;
    if (answer.problem) {
      this.#offer([], null);
      this.#say(sayProblem(answer.problem));
      return;
    }
    const places = answer.candidates.length > 0 ? shownOf(answer) : toldApart(answer.suggestions ?? []);
    if (this.chosen && places.length > 0 && !places.some((one) => sameAs(one, this.chosen, distance(one, this.chosen)))) this.#takeBack();
    this.#offer(places, answer);
    this.#say(this.#hint());
  }

  /** Lists places, shows them on the map, the first in view; the reading above them. */
  #offer(places, answer) {
    this.places = places;
    this.answer = answer;
    const chips = readingChips(answer?.reading);
    this.reading.replaceChildren(...chips);
    this.reading.hidden = chips.length === 0;
    this.list.replaceChildren(...places.map((place, n) => ("confidence" in place ? candidateRow : suggestionRow)(place, `call-place-${n}`, n + 1)));
    this.input.setAttribute("aria-expanded", String(places.length > 0));
    this.#point(-1);
    this.section.dataset.missing = this.#asks() ?? this.asked;
  }

  /** Whether the first place is sure, and a spot: a street's middle is where nothing happened. */
  #isCertain() {
    return this.answer !== null && choiceIn(this.answer, { isStrict: true }) === "one" && isFine(this.places[0]?.level);
  }

  /** What is asked for when the report is sent with no place chosen among these. */
  #asks() {
    const n = this.places.length;
    if (n === 0) return null;
    return n === 1 ? _("找到一处，还没有确认。请按 1 选它，或在地图上点一下。") : _("有 {n} 处可能，还没有选。请按 1–{n} 选一处，或在地图上点一下。", { n });
  }

  #hint() {
    const n = this.places.length;
    if (n === 0) return this.answer && !this.isOfWhole ? sayNothing(this.answer).join("") : "";
    const level = sayLevel(this.places[0].level, this.places[0].level_name);
    if (this.isOfWhole && !this.isNumbered) return n === 1 ? _("从来电人的话里听出的。按 Alt+1 选这一处。") : _("从来电人的话里听出的。按 Alt+1–{n} 选一处。", { n });
    if (this.isNumbered) return n === 1 ? _("按回车选这一处，Esc 接着写。") : _("按 1–{n} 选，或用方向键，Esc 接着写。", { n });
    if (this.#isCertain()) return n === 1 ? _("回车选第 1 处。") : _("回车选第 1 处，方向键看其他。");
    if (n === 1 && !isFine(this.places[0].level)) return _("只知道到{level}，请问清附近的路口、门牌或单位。实在问不清，按两次回车就记在这里。", { level });
    return n === 1 ? _("请向来电人核对。按两次回车选这一处。") : _("请向来电人问清。回车后按 1–{n} 选。", { n });
  }

  #say(told) {
    const note = this.places.length > 0 && this.answer?.note ? _(this.answer.note) : "";
    const words = told + note;
    this.said.textContent = words;
    this.said.hidden = words === "";
  }

  /** Marks a row, and its place on the map; with none marked the first is in view, unless nobody can tell. */
  #point(active) {
    this.active = active;
    markActive(this.input, [...this.list.children], active);
    if (this.chosen && active < 0 && this.places.length === 0) return;
    const isOpen = this.answer !== null && choiceIn(this.answer) === "several";
    const shown = active >= 0 ? active : isOpen || this.places.length === 0 ? null : 0;
    tellMap(this.map, this.places.length > 0 ? { places: this.#shownPlaces(), active: shown, isGentle: true } : null);
  }

  /** Where the first place is sure, the rest would only clutter the map. */
  #shownPlaces() {
    return this.#isCertain() && this.active <= 0 ? this.places.slice(0, 1) : this.places;
  }

  #choose(n) {
    const place = this.places[n];
    if (!place) return;
    this.asking.stop();
    this.chosen = place;
    const { answer } = this;
    this.isNumbered = false;
    this.section.querySelector(".asked")?.remove();
    tellMap(this.map, null);
    tellChoice(this.map, place, { isMeant: true });
    if (this.isOfWhole) this.input.value = place.name;
    this.#showTaken(place, answer);
    this.places = [];
    this.list.replaceChildren();
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.#say("");
  }

  #showTaken(place, answer) {
    const told = [whereOf(place), sayLevel(place.level, place.level_name), sayRange(place)].filter(Boolean).join(" · ");
    const another = make("button", { type: "button", class: "button button-plain" }, _("换一处"));
    another.addEventListener("click", () => {
      this.#heard(answer);
      this.input.focus();
    });
    const isSaid = "confidence" in place;
    this.taken.replaceChildren(
      make("p", { class: "row" }, make("strong", {}, place.name), ...(isSaid ? [confidenceBadge(place)] : []), another),
      make("p", { class: "quiet small" }, told), ...(isSaid ? [reasons(place)] : []));
    this.taken.hidden = false;
  }

  /** The words have become others, and mean the place no longer that was chosen by them. */
  #takeBack() {
    this.chosen = null;
    this.taken.hidden = true;
    tellChoice(this.map, null);
  }

  /** A tap on the map or a position took another place: the words' choice no longer holds. */
  #picked(place) {
    if (this.chosen && place.lon === this.chosen.lon && place.lat === this.chosen.lat) return;
    this.chosen = null;
    this.taken.hidden = true;
    this.section.querySelector(".asked")?.remove();
  }

  /** A report under way takes the one place that is sure; it never chooses among several. */
  #sending() {
    if (this.form.elements.lon.value || this.places.length === 0) return;
    if (this.#isCertain()) this.#choose(0);
    else this.#number(true);
  }

  #pressed(evt) {
    if (evt.isComposing) return;
    const n = this.places.length;
    const digit = /^Digit([1-5])$/.exec(evt.code)?.[1] ?? (/^[1-5]$/.test(evt.key) ? evt.key : null);
    if (digit && (evt.altKey || this.isNumbered) && !evt.ctrlKey && !evt.metaKey && Number(digit) <= n) this.#choose(Number(digit) - 1);
    else if ((evt.key === "ArrowDown" || evt.key === "ArrowUp") && n > 0) this.#step(evt.key === "ArrowDown" ? 1 : -1);
    else if (evt.key === "Enter") this.#entered();
    else if (evt.key === "Escape" && this.isNumbered) this.#number(false);
    else {
      if (this.isNumbered && evt.key.length === 1) this.#number(false);
      return;
    }
    evt.preventDefault();
    evt.stopPropagation();
  }

  /** In the caller's whole words every key writes; only Alt with a number chooses. */
  #pressedBeside(evt) {
    const digit = /^Digit([1-5])$/.exec(evt.code)?.[1];
    if (!evt.altKey || !this.isOfWhole || !digit || Number(digit) > this.places.length) return;
    this.#choose(Number(digit) - 1);
    evt.preventDefault();
  }

  #step(step) {
    this.#number(true);
    this.#point(stepTo(this.active, step, this.places.length));
  }

  /** Enter takes the row that is marked or the one place that is sure; else numbers choose from now on. */
  #entered() {
    if (this.active >= 0) this.#choose(this.active);
    else if (this.#isCertain()) this.#choose(0);
    else if (this.places.length > 0 && !this.isNumbered) this.#step(this.places.length === 1 ? 1 : 0);
    else if (this.places.length === 1) this.#choose(0);
  }

  #number(isNumbered) {
    this.isNumbered = isNumbered;
    this.list.classList.toggle("is-numbered", isNumbered);
    if (!isNumbered) this.#point(-1);
    this.#say(this.#hint());
  }
}

/** An answer with its places when the first of them is likely meant: what a caller says is mostly no place. Pure. */
export function likelyOf(answer) {
  const isLikely = (answer.candidates?.[0]?.confidence ?? 0) >= LIKELY;
  return answer.problem || isLikely ? answer : { ...answer, candidates: [], reading: [] };
}
