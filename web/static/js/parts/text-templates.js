// Sentences by type that one tap puts into the description: the packed ones, or those of the page.

import { sentencesFor } from "../phone/near.js";

export function start(place) {
  const templates = JSON.parse(place.dataset.sentences);
  const form = place.closest("form");
  const field = form.elements.description;
  let shown = null;
  const show = () => {
    const type = new FormData(form).get("type") ?? "";
    if (type === shown) return;
    shown = type;
    place.replaceChildren(...sentencesFor(templates, type).map((words) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "sentence", textContent: words });
      button.addEventListener("click", () => {
        field.value = joined(field.value, words);
        field.dispatchEvent(new Event("input", { bubbles: true }));
      });
      return button;
    }));
  };
  for (const name of ["change", "draft:restored"]) form.addEventListener(name, show);
  show();
}

/** A sentence behind what is written; what stands there already is not said twice. Pure. */
export function joined(written, words) {
  const before = written.trim();
  if (before.includes(words)) return before;
  return before === "" ? words : `${before.replace(/[，。；,;]$/, "")}，${words}`;
}
