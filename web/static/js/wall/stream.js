// The live stream of the wall: hears whether it is alive, and catches up when it was away.
//
// The browser resumes a broken stream by itself, with the id of the last event, so nothing is missed. A stream that
// is silent for too long, or that the server refused, is opened anew from here; then, and after every pause, the
// wall asks for everything it shows again (`onResume`), which is exact whatever happened meanwhile.

import { DEAD_S, STALE_S } from "./age.js";

const NAMES = ["hello", "beat", "case", "reload", "layers", "movers", "sos", "scene"];
const AGAIN_MS = 3_000;

export class WallStream {
  /** `onHello` is called when everything that a stream begins with was told. */
  constructor(address, { onEvent, onResume, onAge, onHello = () => {} }) {
    this.address = address;
    this.onEvent = onEvent;
    this.onResume = onResume;
    this.onAge = onAge;
    this.onHello = onHello;
    this.heardAt = Date.now();
    this.openedAt = Date.now();
    this.hasOpened = false;
    this.isBehind = false;
    this.#open();
    this.timer = setInterval(() => this.#look(), 1000);
    addEventListener("pagehide", () => this.close());
  }

  close() {
    clearInterval(this.timer);
    this.source.close();
  }

  /** Seconds since anything was heard. */
  get ageS() {
    return (Date.now() - this.heardAt) / 1000;
  }

  #open() {
    this.openedAt = Date.now();
    this.source = new EventSource(this.address);
    this.source.addEventListener("error", () => { this.isBehind = true; });
    for (const name of NAMES) this.source.addEventListener(name, (evt) => this.#hear(name, evt));
  }

  #hear(name, evt) {
    if (this.ageS > STALE_S) this.isBehind = true; // slept
    this.heardAt = Date.now();
    if (this.isBehind && name === "hello") {
      this.isBehind = false;
      this.onResume();
    } else if (this.isBehind && this.source.readyState === EventSource.OPEN && name === "beat") {
      this.isBehind = false;
      this.onResume();
    }
    this.hasOpened = true;
    this.onAge(0);
    if (name === "hello") this.onHello();
    else if (name !== "beat") this.onEvent(name, evt.data ? JSON.parse(evt.data) : {});
  }

  #look() {
    this.onAge(this.ageS);
    const sinceOpenedS = (Date.now() - this.openedAt) / 1000;
    const isRefused = this.source.readyState === EventSource.CLOSED && sinceOpenedS * 1000 > AGAIN_MS;
    if (isRefused || (this.ageS > DEAD_S && sinceOpenedS > DEAD_S)) {
      this.source.close();
      this.isBehind = true;
      this.#open();
    }
  }
}
