// The map of a replay: the cases that were open at the moment, drawn as on the wall. No tile of today is on it.

import { WallView } from "../wall/view.js";

export class ReplayView {
  constructor(frame, city, bounds) {
    this.frame = frame;
    this.city = city;
    this.map = city.map;
    this.bounds = bounds;
    city.hasView = true; // the whole city; cases do not move it
    city.setGroup("components", false); // those are of today
    this.#enlarge();
    new ResizeObserver(() => this.#fit()).observe(frame);
    this.#fit();
  }

  show(collection) {
    this.city.setCases(collection);
  }

  /** As large for the eye as on the wall. */
  #enlarge() {
    const byCount = (...stops) => ["interpolate", ["linear"], ["sqrt", ["get", "point_count"]], ...stops];
    this.map.setLayoutProperty("listed-cluster", "icon-size", byCount(1, 1.5, 3, 1.9, 7, 2.7));
    this.map.setLayoutProperty("listed-cluster", "text-size", byCount(1, 24, 3, 26, 7, 34));
    this.map.setLayoutProperty("listed-case", "icon-size", ["interpolate", ["linear"], ["zoom"], 10, 1, 15, 1.4]);
  }

  #fit() {
    const times = WallView.size(this.frame, this.city.element);
    this.map.setPixelRatio(devicePixelRatio * times);
    this.map.resize();
    this.map.fitBounds(this.bounds, { padding: 24, maxZoom: 14, duration: 0 });
  }
}
