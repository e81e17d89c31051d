// The duty desk draws its list and map anew whenever something happens to an incident; what somebody is filling in stays.

import { swapFrom } from "../swap.js";

const GATHER_MS = 300;

export function start(element) {
  let waiting = 0;
  const isBusy = () => document.activeElement?.matches?.("input, textarea, select") ?? false;
  document.addEventListener("live:incident", ({ detail }) => {
    const only = element.dataset.only;
    if (only && only !== detail.incident_no) return;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      if (only) return tellNews(element);
      await swapFrom(location.href, { unless: isBusy });
      document.dispatchEvent(new CustomEvent("shapes:changed"));
      return undefined;
    }, GATHER_MS);
  });
}

/** On the page of one incident nothing moves under the reader's hand: a line says that there is something new. */
function tellNews(element) {
  const line = element.querySelector("[data-news]");
  if (line) line.hidden = false;
}
