// Puts a page right that was kept before somebody chose how the phone looks.

import { applyLook } from "../phone/look.js";

export function start() {
  applyLook();
}
