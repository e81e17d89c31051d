// Closed roads arrive by themselves: list and map are drawn anew when somebody closes or opens a road; what is being filled in stays.

import { swapFrom } from "../swap.js";

const GATHER_MS = 200;
const FIELDS = "input:not([type=hidden]), textarea, select";

export function start(element) {
  const own = element.dataset.incident ?? "";
  let waiting = 0;
  let isBehind = false;
  const isBusy = () => Boolean(document.activeElement?.matches(FIELDS)) || element.querySelector("[data-swap] details[open] form") !== null;
  const renew = async () => {
    isBehind = !(await swapFrom(location.href, { unless: isBusy })).isSwapped;
  };
  const hear = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      document.dispatchEvent(new CustomEvent("shapes:changed"));
      renew();
    }, GATHER_MS);
  };
  document.addEventListener("live:incident", ({ detail }) => {
    if (!own || !detail.incident_no || detail.incident_no === own) hear();
  });
  document.addEventListener("live:hello", hear);
  for (const name of ["focusout", "toggle"]) {
    element.addEventListener(name, () => { if (isBehind) setTimeout(renew, 0); }, { capture: true });
  }
}
