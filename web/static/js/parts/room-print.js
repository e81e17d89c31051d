// Before the room goes onto paper: the map as it is seen, and the moment of printing.

import { sayMoment } from "../cameras/stamp.js";
import { pageSkewMs } from "../server-clock.js";

export function start(paper) {
  const printed = document.querySelector("[data-printed]");
  const map = document.querySelector("main.map");
  const skew = pageSkewMs();
  addEventListener("beforeprint", () => {
    printed.textContent = sayMoment(new Date(Date.now() + skew)).slice(0, 16);
    map.cityMap?.copyTo(paper.querySelector("canvas"));
  });
}
