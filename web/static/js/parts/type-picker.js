// Says in each closed class what was chosen in it, and finds types by a typed word.

import { _ } from "../words.js";

export function start(picker) {
  const search = picker.querySelector('input[type="search"]');
  picker.addEventListener("change", () => markChosen(picker));
  markChosen(picker);
  if (!search) return;
  search.closest(".field").hidden = false;
  search.addEventListener("input", () => narrow(picker, search.value.trim()));
  search.addEventListener("keydown", (evt) => {
    if (evt.key === "Enter") evt.preventDefault();
  });
}

function markChosen(picker) {
  for (const major of picker.querySelectorAll(".major")) {
    const chosen = major.querySelector("input:checked");
    const n = major.querySelector("summary .n");
    n.dataset.count ??= n.textContent;
    n.textContent = chosen ? chosen.closest(".type").textContent.trim() : n.dataset.count;
  }
}

function narrow(picker, word) {
  let found = 0;
  for (const major of picker.querySelectorAll(".major")) {
    let shown = 0;
    for (const type of major.querySelectorAll(".type")) {
      type.hidden = word !== "" && !type.textContent.toLowerCase().includes(word.toLowerCase());
      shown += type.hidden ? 0 : 1;
    }
    major.hidden = shown === 0;
    found += shown;
    if (word !== "") {
      major.removeAttribute("name");
      major.open = shown > 0;
    } else {
      major.open = false;
      major.setAttribute("name", "major");
    }
  }  for (const shortcuts of picker.querySelectorAll(".shortcuts")) shortcuts.hidden = word !== "";
  const none = picker.querySelector(".none-found");
  none.hidden = found > 0;
  none.textContent = found > 0 ? "" : _("没有叫“{word}”的类型。换个说法，或清空后从大类里选。", { word });
}
