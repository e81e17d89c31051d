// Chooses how the phone looks: by itself, by day, in the sun, by night.

import { keepLook, lookIn } from "../phone/look.js";

export function start(section) {
  section.hidden = false;
  const chosen = lookIn(document.cookie);
  for (const radio of section.querySelectorAll("[name=look]")) {
    radio.checked = radio.value === chosen;
    radio.addEventListener("change", () => keepLook(radio.value));
  }
}
