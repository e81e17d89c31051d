// A running clock: what is left, told anew every half minute.

import { lightOf, sayClock } from "../wording.js";

const LIGHTS = ["normal", "at_risk", "overdue"];

export function start(element) {
  const dueAt = Date.parse(element.dateTime);
  const atRiskAt = element.dataset.atRisk ? Date.parse(element.dataset.atRisk) : null;
  const skew = pageSkew();
  const tell = () => {
    if (!element.isConnected) return clearInterval(ticking);
    const now = Date.now() + skew;
    element.textContent = sayClock(dueAt, now);
    for (const light of LIGHTS) element.classList.toggle(`clock-${light}`, light === lightOf(dueAt, atRiskAt, now));
    return undefined;
  };
  const ticking = setInterval(tell, 30_000);
  tell();
}

/** How far the server's clock is ahead of this machine's, in milliseconds. */
function pageSkew() {
  const meta = document.querySelector('meta[name="server-time"]');
  if (!meta) return 0;
  window.pageSkewMs ??= Date.parse(meta.content) - Date.now();
  return window.pageSkewMs;
}
