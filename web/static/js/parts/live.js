// Listens to the stream of facts and of layers that changed; says how old the data are when the stream is away.

import { sayAge } from "../wording.js";
import { _ } from "../words.js";

const STALE_S = 60;

export function start(element) {
  let heardAt = Date.now();
  let isAway = false;
  const stream = new EventSource(element.dataset.live ?? "/live");
  const hear = () => {
    heardAt = Date.now();
    isAway = false;
    tell();
  };
  const tell = () => {
    const age = (Date.now() - heardAt) / 1000;
    element.classList.toggle("is-stale", isAway && age > STALE_S);
    element.textContent = isAway ? sayAge(age) : _("实时");
  };
  stream.addEventListener("open", hear);
  stream.addEventListener("error", () => {
    isAway = true;
    tell();
  });
  stream.addEventListener("hello", () => {
    hear();
    document.dispatchEvent(new CustomEvent("live:hello")); // what happened while the stream was away was not told
  });
  for (const name of ["case", "reload"]) {
    stream.addEventListener(name, () => {
      hear();
      document.dispatchEvent(new CustomEvent("live:changed"));
    });
  }
  stream.addEventListener("call", (evt) => document.dispatchEvent(new CustomEvent("live:call", { detail: JSON.parse(evt.data) })));
  stream.addEventListener("notice", () => document.dispatchEvent(new CustomEvent("live:notice")));
  for (const name of ["movers", "sos", "incident"]) {
    stream.addEventListener(name, (evt) => document.dispatchEvent(new CustomEvent(`live:${name}`, { detail: JSON.parse(evt.data) })));
  }
  let versions = null;
  stream.addEventListener("layers", (evt) => {
    hear();
    const before = versions;
    versions = JSON.parse(evt.data);
    document.dispatchEvent(new CustomEvent("live:layers", { detail: versions }));
    if (before && before.components !== versions.components) document.dispatchEvent(new CustomEvent("live:components"));
  });
  window.addEventListener("pagehide", () => stream.close());
  setInterval(tell, 15_000);
  tell();
}
