// Copies the text of data-copy and says so.

import { _ } from "../words.js";

export function start(button) {
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = _("已复制");
  });
}
