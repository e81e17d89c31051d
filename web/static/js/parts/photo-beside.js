// A photo just taken of a task stands beside the one of the report: near beside near, far beside far.

import { _ } from "../words.js";

export function start(source) {
  const [old, shots] = [JSON.parse(source.dataset.old), JSON.parse(source.dataset.shots)];
  document.addEventListener("change", (evt) => {
    const input = evt.target;
    if (input.type !== "file" || !input.closest(".asks")) return;
    const field = input.closest(".photo-field");
    field.querySelector(".photo-beside")?.remove();
    field.classList.toggle("is-compared", input.files.length === 1);
    if (input.files.length !== 1) return;
    field.append(pair(`/photos/${old[earlierOf(shots, input.name)]}`, input.files[0]));
  });
}

/** Which of the earlier photos a new one is compared with: the same shot, else the first. Pure. */
export function earlierOf(shots, name) {
  const shot = name.endsWith("_near") ? "near" : name.endsWith("_far") ? "far" : null;
  return Math.max(0, shots.indexOf(shot));
}

function pair(address, file) {
  const box = Object.assign(document.createElement("div"), { className: "photo-beside" });
  const fresh = URL.createObjectURL(file);
  for (const [source, words] of [[address, _("上报时")], [fresh, _("现在")]]) {
    const figure = document.createElement("figure");
    figure.append(Object.assign(document.createElement("img"), { src: source, alt: words }), Object.assign(document.createElement("figcaption"), { textContent: words }));
    box.append(figure);
  }
  box.querySelectorAll("img")[1].addEventListener("load", () => URL.revokeObjectURL(fresh));
  return box;
}
