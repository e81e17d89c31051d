// Shows the chosen photos before they are sent; says so when there are too many.

import { _ } from "../words.js";

export function start(field) {
  const input = field.querySelector('input[type="file"]');
  const most = Number(input.dataset.most ?? 5);
  field.classList.add("is-tidy");
  const shown = document.createElement("div");
  shown.className = "photos";
  shown.setAttribute("aria-live", "polite");
  field.append(shown);
  input.addEventListener("change", () => {
    const files = [...input.files];
    input.setCustomValidity(files.length > most ? _("一次最多 {most} 张照片，现在选了 {n} 张。", { most, n: files.length }) : "");
    input.reportValidity();
    shown.replaceChildren(...files.slice(0, most).map(preview));
  });
}

function preview(file, index) {
  const figure = document.createElement("figure");
  const image = document.createElement("img");
  image.alt = _("第 {n} 张照片", { n: index + 1 });
  image.src = URL.createObjectURL(file);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  figure.append(image);
  return figure;
}
