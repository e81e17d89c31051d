// Two photos side by side become one with a slider between before and after.

import { _ } from "../words.js";

export function start(pair) {
  if (pair.querySelectorAll("img").length !== 2) return;
  const slider = document.createElement("input");
  slider.type = "range";
  slider.value = "50";
  slider.setAttribute("aria-label", _("处置前后对比"));
  slider.addEventListener("input", () => pair.style.setProperty("--cut", `${slider.value}%`));
  pair.classList.add("is-sliding");
  pair.append(slider);
}
