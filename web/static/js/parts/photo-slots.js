// Near, far and more: at least one photo where one is needed, not too many of all together.

import { _ } from "../words.js";

export function start(slots) {
  const inputs = [...slots.querySelectorAll('input[type="file"]')];
  const last = inputs.at(-1);
  const most = Number(last.dataset.most);
  const isNeeded = slots.dataset.required === "yes";
  const check = () => {
    const n = inputs.reduce((sum, input) => sum + input.files.length, 0);
    inputs[0].setCustomValidity(isNeeded && n === 0 ? _("请至少拍一张照片，近景或远景。") : "");
    last.setCustomValidity(n > most ? _("一次最多 {most} 张照片，现在选了 {n} 张。", { most, n }) : "");
    for (const input of inputs) input.closest(".photo-field").classList.toggle("is-filled", input.files.length > 0);
  };
  slots.addEventListener("change", check);
  check();
}
