// How far each task is from here; nearest first. Without a position the order is the server's.

import { sayMetres, standing } from "../standing.js";
import { _ } from "../words.js";

export function start(list) {
  if (!navigator.geolocation) return;
  navigator.geolocation.getCurrentPosition(({ coords }) => {
    const fix = { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy };
    for (const task of list.querySelectorAll("[data-lon]")) {
      const goal = { lon: Number(task.dataset.lon), lat: Number(task.dataset.lat) };
      task.querySelector("[data-distance]").textContent = sayShort(standing(fix, goal));
    }
  }, () => {}, { maximumAge: 60_000, timeout: 5_000 });
}

/** For a row of a list: by the same rule as the page of the task, without the direction. Pure. */
export function sayShort({ away, isHere }) {
  return isHere ? _("就在您身边") : sayMetres(away);
}
