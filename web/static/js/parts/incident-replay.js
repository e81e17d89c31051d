// Replay of an incident: plays the clock that the wall's replay has, and asks the server for board and map of every moment at
// which something was written down or a deadline ran out. What is shown is folded in one place, on the server.

import { calledHere } from "../replay/called.js";
import { begin, goOn, goTo, onKey, toggle } from "../replay/player.js";
import { indexUntil, neighbour } from "../replay/steps.js";
import { sayStamp } from "../replay/words.js";
import { fetchPart } from "../swap.js";
import { _ } from "../words.js";

export async function start(bar) {
  const told = JSON.parse(bar.querySelector("script[data-replay]").textContent);
  new IncidentReplay(bar, told).open();
}

class IncidentReplay {
  constructor(bar, told) {
    this.bar = bar;
    this.told = told;
    this.beginsMs = Date.parse(told.begins);
    this.player = begin(told.length_s, Number(bar.dataset.speed), told.at_s, told.speeds);
    this.find = (name) => bar.querySelector(name);
    this.shown = indexUntil(told.steps, told.at_s);
    this.isAsking = false;
    this.called = calledHere(bar.closest("main"));
  }

  open() {
    for (const element of this.bar.querySelectorAll("[hidden]")) element.hidden = element.closest(".to-wall") !== null;
    const slider = this.find("[data-at]");
    slider.addEventListener("input", () => this.move(goTo(this.player, Number(slider.value))));
    this.find("button[data-do=play]").addEventListener("click", () => this.move(toggle(this.player)));
    for (const name of ["first", "before", "next", "last"]) {
      this.find(`[data-do=${name}]`).addEventListener("click", (evt) => {
        evt.preventDefault();
        this.move(this.#jump(name));
      });
    }
    for (const button of this.bar.querySelectorAll("[data-speed-to]")) button.addEventListener("click", () => this.move({ ...this.player, speed: Number(button.dataset.speedTo) }));
    document.addEventListener("keydown", (evt) => this.#key(evt));
    this.draw();
    this.#tell();
    this.bar.dataset.ready = "yes";
    if (new URLSearchParams(location.search).get("play") === "yes") this.move(toggle(this.player));
  }

  #key(evt) {
    if (evt.ctrlKey || evt.metaKey || evt.altKey || evt.target.closest("form, summary, .map")) return;
    if (evt.key === " " && evt.target.closest("button, a")) return;
    const done = onKey(this.player, evt.key);
    if (!done) return;
    evt.preventDefault();
    this.move(typeof done === "string" ? this.#jump(done) : done);
  }

  #jump(name) {
    const { steps } = this.told;
    const to = { first: 0, last: this.player.length, next: neighbour(steps, this.player.at, 1), before: neighbour(steps, this.player.at, -1) }[name];
    return goTo({ ...this.player, isPlaying: false }, to ?? this.player.at);
  }

  /** Takes a new clock, as somebody set it. */
  move(player) {
    const wasPlaying = this.player.isPlaying;
    this.player = player;
    this.draw();
    this.#tell();
    if (player.isPlaying && !wasPlaying) {
      this.frameMs = null;
      requestAnimationFrame((ms) => this.#frame(ms));
    }
  }

  #frame(ms) {
    if (!this.player.isPlaying) return;
    this.player = goOn(this.player, (ms - (this.frameMs ?? ms)) / 1000);
    this.frameMs = ms;
    this.draw();
    if (this.player.isPlaying) requestAnimationFrame((next) => this.#frame(next));
    else {
      this.#tell();
      this.called?.end();
    }
  }

  /** Clock and line on every frame, the board when the moment passed a step. */
  draw() {
    const { at, length } = this.player;
    const words = sayStamp(this.beginsMs + at * 1000);
    const now = this.find("[data-now]");
    if (now.textContent !== words) {
      now.textContent = words;
      const clock = document.querySelector("[data-board] .replay-then time");
      if (clock) clock.textContent = words;
    }
    const slider = this.find("[data-at]");
    slider.value = String(Math.round(at));
    slider.setAttribute("aria-valuetext", words);
    this.find("[data-here]").setAttribute("x", String((1000 * at) / length));
    if (indexUntil(this.told.steps, at) !== this.shown && !this.isAsking) this.#showBoard();
  }

  /** The newest moment wins: while one is asked for, those between are passed over. */
  async #showBoard() {
    this.isAsking = true;
    try {
      for (let wanted = indexUntil(this.told.steps, this.player.at); wanted !== this.shown; wanted = indexUntil(this.told.steps, this.player.at)) {
        const at = this.told.steps[Math.max(0, wanted)][1];
        const board = await fetchPart(`${this.bar.dataset.base}/board?at=${encodeURIComponent(at)}`);
        if (!board) throw new Error("no board");
        this.#put(board);
        this.shown = wanted;
      }
    } catch {
      this.player = { ...this.player, isPlaying: false };
      this.find("[data-now]").textContent = _("这一刻没有取到。请检查网络后重试。");
      this.#tell();
    }
    this.isAsking = false;
  }

  #put(board) {
    const old = document.querySelector("[data-board]");
    const open = new Set([...old.querySelectorAll("details[open] > summary")].map((one) => one.firstChild.textContent.trim()));
    for (const one of board.querySelectorAll("details > summary")) if (open.has(one.firstChild.textContent.trim())) one.parentElement.open = true;
    old.replaceWith(board);
    const map = document.querySelector("[data-part~=city-map]");
    if (!map) return;
    map.dataset.shapes = board.dataset.shapes;
    document.dispatchEvent(new CustomEvent("shapes:changed"));
  }

  #tell() {
    const { isPlaying, speed, at, length } = this.player;
    const play = this.find("button[data-do=play]");
    play.textContent = isPlaying ? _("暂停") : _("播放");
    play.setAttribute("aria-pressed", String(isPlaying));
    this.bar.dataset.playing = isPlaying ? "yes" : "no";
    for (const button of this.bar.querySelectorAll("[data-speed-to]")) button.setAttribute("aria-pressed", String(Number(button.dataset.speedTo) === speed));
    if (isPlaying) return;
    const asked = new URLSearchParams(location.search);
    asked.delete("play");
    const step = this.told.steps[indexUntil(this.told.steps, at)];
    if (at >= length) asked.delete("at");
    else asked.set("at", step && step[0] === at ? step[1] : sayStamp(this.beginsMs + at * 1000).replace(" ", "T"));
    asked.set("speed", String(speed));
    for (const [name, value] of [["from", asked.get("at") ?? ""], ["speed", String(speed)]]) {
      const field = document.querySelector(`.to-wall input[name=${name}]`);
      if (field) field.value = value; // what is called to the wall is what is shown here
    }
    if (this.called) return;
    clearTimeout(this.writing);
    this.writing = setTimeout(() => history.replaceState(null, "", `?${asked}`), 300);
  }
}
