// A running clock: what is left, told anew every half minute.

import { pageSkewMs } from "../server-clock.js";
import { lightOf, sayClock } from "../wording.js";

const LIGHTS = ["normal", "at_risk", "overdue"];

export function start(element) {
  const dueAt = Date.parse(element.dateTime);
  const atRiskAt = element.dataset.atRisk ? Date.parse(element.dataset.atRisk) : null;
  const skew = pageSkewMs();
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
