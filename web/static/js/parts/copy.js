// Copies the text of data-copy and says so; the button shows only where a page may copy.

import { _ } from "../words.js";

export function start(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = _("已复制");
  });
}
