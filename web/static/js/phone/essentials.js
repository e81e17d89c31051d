// Pages without which the phone is no use where there is no network: kept with the first visit, before anybody took a pack.

import { cacheOf, keyOf } from "./pack-rules.js";

export const ESSENTIAL = ["/m", "/m/tasks", "/m/report", "/m/emergency", "/m/reports", "/m/queue", "/m/me"];
const QUEUE = "/m/queue";
const OWNER = "x-citygrid-person";

/** Keeps the essential pages that are not kept yet for somebody, one after the other; what does not come, comes another time. */
export async function keepEssentials(owner) {
  const cache = await caches.open(cacheOf(owner));
  for (const path of ESSENTIAL) {
    if (path !== QUEUE && !document.querySelector(`.bottom-bar a[href="${path}"]`)) continue; // not everybody reports
    const key = keyOf(new URL(path, location.origin));
    if (await cache.match(key)) continue;
    const answer = await fetch(path, { headers: { accept: "text/html" } });
    if (answer.ok && !answer.redirected && answer.headers.get(OWNER) === owner) await cache.put(key, answer);
  }
}
