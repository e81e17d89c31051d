// The cameras that somebody called to the wall: one after the other, in place of the map, with what they are.
// Where a tour stands is told by when it was called, so that walls of one name and a wall that was reloaded agree.

import { openStream } from "../cameras/stream.js";
import { stopAt } from "../cameras/touring.js";
import { _ } from "../words.js";

export class WallVideo {
  constructor(box) {
    this.box = box;
    this.find = (name) => box.querySelector(name);
    this.told = null;
    this.turn = 0;
  }

  /** Shows what was called: `{scene, title, at, stops}`. */
  show(told, nowMs) {
    this.close();
    this.told = told;
    this.box.hidden = false;
    this.tick(nowMs);
  }

  close() {
    this.turn += 1;
    this.stream?.close();
    this.stream = this.told = this.stop = null;
    this.box.hidden = true;
    this.box.dataset.playing = "no";
  }

  /** Says why there is no picture yet. */
  say(words) {
    this.box.hidden = false;
    const said = this.find("[data-video-said]");
    said.textContent = words;
    said.hidden = words === "";
  }

  /** Goes on to the next camera when the time of this one is over. */
  tick(nowMs) {
    if (!this.told) return;
    const { scene, stops, title, at } = this.told;
    const { n, leftS } = stopAt(stops, (nowMs - Date.parse(at)) / 1000);
    this.find("[data-video-left]").textContent = scene === "tour" ? _("{title} {n}/{m} · 还有 {s} 秒", { title, n: n + 1, m: stops.length, s: Math.ceil(leftS) }) : "";
    if (this.stop !== stops[n]) this.#open(stops[n]);
  }

  async #open(stop) {
    const turn = ++this.turn;
    this.stop = stop;
    this.stream?.close();
    this.stream = null;
    this.box.dataset.playing = "no";
    this.find("[data-video-name]").textContent = `${stop.name} · ${stop.code}`;
    this.find("[data-video-sample]").hidden = !stop.is_synthetic;
    this.say(_("正在接通…"));
    const isHere = () => turn === this.turn;
    const stream = await openStream(this.find("video"), stop.playlist, {
      onPlaying: () => { if (isHere()) { this.say(""); this.box.dataset.playing = stop.code; } },
      onRefused: (words) => { if (isHere()) this.say(words); },
    });
    if (isHere()) this.stream = stream;
    else stream.close();
  }
}
