// A replay that was called to a wall: it plays by itself, says who called it, and gives the wall back when it has ended,
// its time is over, something else is called, it is called off, or somebody calls for help.

import { WallStream } from "../wall/stream.js";
import { learn, now } from "../wall/time.js";
import { _ } from "../words.js";

const OVER = "citygrid-wall-replay-over";
const END_STAYS_MS = 5_000;

/** The address of a replay on a wall, of an incident or of the city; `back` is the search of the wall's own address. Pure. */
export function replayAddress(replay, { wall, call, back, incidentNo = "" }) {
  const style = new URLSearchParams(back).get("style") === "day" ? "day" : "night";
  const page = incidentNo ? `/wall/incidents/${encodeURIComponent(incidentNo)}/replay` : "/wall/replay";
  return `${page}?${replay}&${new URLSearchParams({ style, wall, call, back })}`;
}

/** Where the wall goes back to: its own page, with nothing in its address but what a search can be. Pure. */
export function wallAddress(search) {
  const back = new URLSearchParams(search).get("back") ?? "";
  return back ? `/wall?${new URLSearchParams(back)}` : "/wall";
}

/** Whether the replay of this call was played to its end on this screen. */
export const isOver = (at) => sessionStorage.getItem(OVER) === at;

/** The call that this page shows, or null where somebody opened it. */
export function calledHere(root) {
  const asked = new URLSearchParams(location.search);
  const [wall, at] = [asked.get("wall"), asked.get("call")];
  return wall && at ? new CalledReplay(root, wall, at) : null;
}

class CalledReplay {
  constructor(root, wall, at) {
    this.wall = wall;
    this.at = at;
    this.caption = root.querySelector("[data-called]");
    this.untilMs = null;
    learn(root.dataset.toldAt);
    root.classList.add("is-called");
    this.stream = new WallStream("/live", { onEvent: (name, told) => this.#hear(name, told), onResume: () => {}, onAge: () => {}, onHello: () => this.#onHello() });
    this.timer = setInterval(() => { if (this.untilMs !== null && now() >= this.untilMs) this.leave(); }, 1000);
  }

  #hear(name, told) {
    if (name === "sos" && told.state === "open") this.leave();
    if (name !== "scene" || told.wall !== this.wall) return;
    if (told.scene !== "replay" || told.at !== this.at) {
      this.leave();
      return;
    }
    this.untilMs = Date.parse(told.until);
    this.caption.hidden = false;
    this.caption.textContent = _("{name} 投放", { name: told.by });
  }

  /** What a stream begins with tells every call that holds: without this one, it is over. */
  #onHello() {
    if (this.untilMs === null) this.leave();
  }

  /** The last picture stays a little. */
  end() {
    sessionStorage.setItem(OVER, this.at);
    setTimeout(() => this.leave(), END_STAYS_MS);
  }

  leave() {
    clearInterval(this.timer);
    this.stream?.close();
    location.replace(wallAddress(location.search));
  }
}
