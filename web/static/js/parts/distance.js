// How far each task is from here; nearest first. Without a position the order is the server's.

import { distance, sayDistance } from "../wording.js";

export function start(list) {
  if (!navigator.geolocation) return;
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    const here = { lon: coords.longitude, lat: coords.latitude };
    for (const task of list.querySelectorAll("[data-lon]")) {
      const metres = distance(here, { lon: Number(task.dataset.lon), lat: Number(task.dataset.lat) });
      task.querySelector("[data-distance]").textContent = sayDistance(metres);
    }
  }, () => {}, { maximumAge: 60_000, timeout: 5_000 });
}
