// The search box at the top left of a map: completes while somebody types, finds whole sentences, lets choose where several
// places may be meant. Says what it found to the map of its element (see places/on-map.js); works without that map, too.

import { icon, make } from "../map/elements.js";
import { showCard, shutCard, sideOf } from "../map/side.js";
import { askingLast, find, suggest } from "../places/asking.js";
import { foundCard } from "../places/card.js";
import { isShown, lookedAt, tellChoice, tellMap } from "../places/on-map.js";
import { candidateRow, markActive, sentenceRow, stepTo, suggestionRow } from "../places/rows.js";
import { begunBy, choiceIn, isInLetters, sameAs, sayNothing, sayProblem, shownOf, toldApart } from "../places/wording.js";
import { distance } from "../wording.js";
import { _ } from "../words.js";

const PAUSE_MS = 140;
const PATIENCE_MS = 300;
const SENTENCE_FROM = 2;

let boxes = 0;

export function start(element) {
  const map = element.matches(".map") ? element : element.querySelector(".map");
  if (map) new SearchBox(map, { isPicking: map !== element });
}

class SearchBox {
  constructor(map, { isPicking }) {
    boxes += 1;
    this.id = `place-search-${boxes}`;
    this.map = map;
    this.isPicking = isPicking;
    this.options = [];
    this.active = -1;
    this.chosen = null;
    this.suggesting = askingLast((text, signal) => suggest(text, { near: lookedAt(map), signal }), { waitMs: PAUSE_MS });
    this.finding = askingLast((text, signal) => find(text, { near: lookedAt(map), signal }), { waitMs: 0 });
    this.#build();
    this.#listen();
    if (boxes === 1) listenForSlash();
  }

  #build() {
    this.input = make("input", {
      type: "text", class: "words", id: this.id, role: "combobox", "aria-expanded": "false", "aria-controls": `${this.id}-list`,
      "aria-autocomplete": "list", "aria-label": _("查地点"), "aria-keyshortcuts": "/", placeholder: _("查地点、路口、单位、坐标"), maxlength: "200",
      autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "search", "data-place-search": "",
    });
    this.clearing = make("button", { type: "button", class: "clear", "aria-label": _("清空查找") }, icon("close"));
    this.clearing.hidden = true;
    this.list = make("ul", { id: `${this.id}-list`, class: "place-list", role: "listbox", "aria-label": _("找到的地点") });
    this.said = make("p", { class: "place-said", "aria-live": "polite" });
    this.panel = make("div", { class: "float place-found" }, this.said, this.list);
    this.panel.hidden = true;
    this.box = make("div", { class: "float place-box", role: "search", "aria-label": _("查地点") },
      icon("search"), this.input, this.clearing, make("kbd", { "aria-hidden": "true" }, "/"));
    sideOf(this.map).prepend(this.box, this.panel);
  }

  #listen() {
    this.input.addEventListener("input", () => this.#typed());
    this.input.addEventListener("focus", () => this.#show(this.options.length > 0 || this.said.textContent !== ""));
    this.input.addEventListener("blur", () => this.#left());
    for (const part of [this.box, this.panel]) part.addEventListener("keydown", (evt) => this.#pressed(evt));
    this.clearing.addEventListener("click", () => this.#clear());
    // a press on the list leaves the focus where it is typed
    this.panel.addEventListener("mousedown", (evt) => evt.preventDefault());
    this.list.addEventListener("click", (evt) => {
      const row = evt.target.closest("[role=option]");
      if (row) this.#take([...this.list.children].indexOf(row));
    });
    this.list.addEventListener("mousemove", (evt) => {
      const row = evt.target.closest(".candidate");
      if (row) this.#point([...this.list.children].indexOf(row));
    });
    this.map.addEventListener("places:tap", ({ detail }) => {
      if (isShown(this.map, this.options[detail.n]?.place, detail.n)) this.#take(detail.n);
    });
    // a tap, a position or another's words took another place
    this.map.parentElement.addEventListener("place:picked", ({ detail }) => {
      if (detail.place.lon !== this.chosen?.lon || detail.place.lat !== this.chosen?.lat) this.chosen = null;
    });
    window.addEventListener("online", () => {
      if (this.problem?.kind === "offline" && this.input.value.trim()) this.#typed();
    });
  }

  #typed() {
    const text = this.input.value.trim();
    this.clearing.hidden = this.input.value === "";
    this.finding.stop();
    if (text === "") {
      this.#clear();
      return;
    }
    if (this.#isOffering()) this.#withdraw();
    this.#point(-1);
    this.suggesting.ask(text, (answer) => this.#suggested(text, answer));
    this.#waitFor(text);
  }

  #suggested(text, answer) {
    this.#waitFor(null);
    if (answer.problem) {
      this.#tell(answer.problem);
      return;
    }
    const rows = toldApart(answer.suggestions).map((place) => ({ kind: "suggestion", place }));
    this.#list([...rows, ...(text.length < SENTENCE_FROM ? [] : [{ kind: "sentence", text }])]);
    this.#say([]);
  }

  /** Asks what the whole of the text means. */
  #find(text) {
    this.suggesting.stop();
    this.#waitFor(text);
    this.finding.ask(text, (answer) => {
      this.#waitFor(null);
      if (answer.problem) this.#tell(answer.problem);
      else this.#found(text, answer);
    }, { isAtOnce: true });
  }

  #found(text, answer) {
    const choice = choiceIn(answer, { isStrict: this.isPicking });
    if (choice === "one") this.#choose(answer.candidates[0], answer);
    else if (choice === "several") this.#offer(answer);
    else if (begunBy(text, answer.suggestions).length > 0) this.#begun(text, answer);
    else {
      this.#list([]);
      this.#say(sayNothing(answer));
      this.#forget();
    }
  }

  /**
   * No place is called what was written, but it is how some begin: pinyin is taken for the first of them, as it stands in
   * the list; other words, and a place that will be written down, are shown first.
   */
  #begun(text, { suggestions }) {
    const places = toldApart(begunBy(text, suggestions));
    this.#forget();
    if (!this.isPicking && isInLetters(text)) {
      this.#complete(places[0]);
      return;
    }
    this.#list(places.map((place) => ({ kind: "suggestion", place })));
    this.#say([_("没有完全叫“{text}”的地方，最接近的是这些。按回车取第一个。", { text })]);
    this.#point(0);
  }

  /** Several places may be meant: all of them are listed and on the map, none is taken. */
  #offer(answer) {
    this.#takeBack();
    shutCard(this.map);
    const places = shownOf(answer);
    this.#list(places.map((place) => ({ kind: "candidate", place, answer })));
    const n = places.length;
    this.#say([n === 1 ? _("可能是这一处，请看是不是。") : _("有 {n} 处可能，请选一处，或补充所在的街道、路口。", { n })]);
    tellMap(this.map, { places, active: n === 1 ? 0 : null });
  }

  #isOffering() {
    return this.options[0]?.kind === "candidate";
  }

  /** What was offered for other words is gone. */
  #withdraw() {
    this.#list([]);
    this.#say([]);
    tellMap(this.map, null);
  }

  /** Moves the active row; a place to choose from is then marked on the map, which stays where it is. */
  #point(active) {
    if (active === this.active) return;
    this.active = active;
    markActive(this.input, [...this.list.children], active);
    const places = this.options.filter(({ kind }) => kind === "candidate").map(({ place }) => place);
    if (places.length > 0) tellMap(this.map, { places, active: active < 0 ? null : active, isGentle: true });
  }

  #take(n) {
    const option = this.options[n];
    if (!option) return;
    if (option.kind === "sentence") this.#find(option.text);
    else if (option.kind === "candidate") this.#choose(option.place, option.answer);
    else this.#complete(option.place);
  }

  /** A completion is looked up once more, for its address, its reach and its grid. */
  async #complete(suggestion) {
    const { name, hint } = suggestion;
    this.suggesting.stop();
    this.input.value = name;
    const plain = { ...suggestion, address: `${hint}${name}`, radius_m: 0, why: [] };
    await this.finding.ask(`${hint}${name}`, (answer) => {
      const same = answer.candidates?.find((one) => sameAs(one, plain, distance(one, plain)));
      this.#choose(same ? { ...plain, ...same } : plain, null);
    }, { isAtOnce: true });
  }

  #choose(place, answer) {
    this.input.scrollLeft = 0;
    if (matchMedia("(hover: none)").matches) this.input.blur(); // the keys would lie over the map
    this.#list([]);
    this.#say([]);
    if (this.isPicking) {
      tellMap(this.map, null);
      this.chosen = place;
      tellChoice(this.map, place);
      return;
    }
    const others = answer && shownOf(answer).length > 1 ? () => {
      this.#offer(answer);
      this.input.focus();
    } : null;
    showCard(this.map, { ...foundCard(place, answer, others), onShut: () => tellMap(this.map, null) });
    tellMap(this.map, { places: [place], active: 0, isChosen: true });
  }

  #list(options) {
    this.options = options;
    this.active = -1;
    this.list.replaceChildren(...options.map((option, n) => this.#row(option, `${this.id}-${n}`, n)));
    markActive(this.input, [], -1);
    this.#show(options.length > 0);
  }

  #row({ kind, place, text }, id, n) {
    if (kind === "sentence") return sentenceRow(text, id);
    return kind === "candidate" ? candidateRow(place, id, n + 1) : suggestionRow(place, id);
  }

  #say(sentences, { isProblem = false } = {}) {
    this.problem = null;
    this.said.replaceChildren(...sentences.map((words) => make("span", {}, words)));
    this.said.hidden = sentences.length === 0;
    this.said.classList.toggle("field-error", isProblem);
    this.#show(sentences.length > 0 || this.options.length > 0);
  }

  #tell(problem) {
    this.#list([]);
    this.#say([sayProblem(problem)]);
    this.problem = problem;
  }

  #show(isShown) {
    this.panel.hidden = !isShown;
    this.input.setAttribute("aria-expanded", String(isShown && this.options.length > 0));
    sideOf(this.map).classList.toggle("is-listing", isShown);
  }

  /** Says that an answer is awaited, but only when it takes long; null ends the waiting. */
  #waitFor(text) {
    clearTimeout(this.patience);
    this.box.setAttribute("aria-busy", String(text !== null));
    if (text !== null) this.patience = setTimeout(() => this.#say([_("正在查找…")]), PATIENCE_MS);
  }

  /** Completions go when the focus goes; places to choose from stay, for the map shows them, too. */
  #left() {
    if (!this.#isOffering()) this.#show(false);
  }

  #forget() {
    shutCard(this.map);
    tellMap(this.map, null);
    this.#takeBack();
  }

  /** The place that was chosen by other words is not the one that is looked for now. */
  #takeBack() {
    if (!this.chosen) return;
    this.chosen = null;
    tellChoice(this.map, null);
  }

  #clear() {
    this.suggesting.stop();
    this.finding.stop();
    this.#waitFor(null);
    this.input.value = "";
    this.clearing.hidden = true;
    this.#list([]);
    this.#say([]);
    if (this.map.foundPlaces) this.#forget();
    this.input.focus();
  }

  #pressed(evt) {
    // keys pressed here are none for the map, the desk or the form around it
    evt.stopPropagation();
    if (evt.isComposing || evt.target !== this.input) return;
    const n = this.options.length;
    if ((evt.key === "ArrowDown" || evt.key === "ArrowUp") && n > 0) {
      this.#show(true);
      this.#point(stepTo(this.active, evt.key === "ArrowDown" ? 1 : -1, n));
    } else if (evt.key === "Enter") this.#entered();
    else if (evt.key === "Escape") this.#escaped();
    else return;
    evt.preventDefault();
  }

  #entered() {
    const text = this.input.value.trim();
    if (this.active >= 0) this.#take(this.active);
    else if (this.#isOffering()) this.#point(0);
    else if (text !== "") this.#find(text);
  }

  #escaped() {
    if (!this.panel.hidden && !this.#isOffering()) this.#show(false);
    else if (this.input.value !== "") this.#clear();
    else this.input.blur();
  }
}

/** The key / goes to the first search box of the page that is seen, unless somebody types. */
function listenForSlash() {
  document.addEventListener("keydown", (evt) => {
    if (evt.key !== "/" || evt.ctrlKey || evt.metaKey || evt.altKey || evt.target.closest?.("input, textarea, select, dialog")) return;
    const box = [...document.querySelectorAll("[data-place-search]")].find((one) => one.offsetParent !== null);
    if (!box) return;
    evt.preventDefault();
    box.focus();
    box.select();
  });
}
