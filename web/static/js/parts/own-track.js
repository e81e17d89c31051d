// One's own way of the day on the map: what the server has, and positions that still wait on this phone.

import { trackLayer } from "../map/field.js";
import { knownOffset } from "../phone/sender.js";
import { momentOf } from "../phone/shift-rules.js";
import { listRows } from "../phone/store.js";
import { partsOf, pointsOf } from "../track.js";
import { _ } from "../words.js";

export async function start(section) {
  const owner = document.querySelector('meta[name="person"]').content;
  const sent = pointsOf(JSON.parse(section.querySelector("script[data-track]").textContent));
  const clock = { now: Date.now(), offsetMs: await knownOffset() };
  const rows = await listRows("positions", owner).catch(() => []);
  const waiting = rows.map((row) => ({ at: Date.parse(momentOf(row, clock)) / 1000, lon: row.lon, lat: row.lat, heading: row.heading_deg ?? null }));
  section.querySelector("[data-waits]").textContent = waiting.length > 0 ? _("另有 {n} 个位置在本机等待发送，已画在图上。", { n: waiting.length }) : "";
  const points = [...sent, ...waiting].sort((one, other) => one.at - other.at);
  section.querySelector("[data-none]").hidden = points.length > 0;
  if (points.length === 0) return;
  const city = await opened(section.querySelector(".map"));
  const layer = trackLayer(city);
  const parts = partsOf(points);
  layer.show(parts, parts, { ...points.at(-1), isGap: false });
  layer.fit(points);
  section.dataset.points = String(points.length);
}

function opened(element) {
  return new Promise((resolve) => {
    const wait = () => (element.cityMap ? resolve(element.cityMap) : requestAnimationFrame(wait));
    wait();
  });
}
