// Says in each closed class what was chosen in it, and finds types by a typed word.

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
  for (const major of picker.querySelectorAll(".major")) {
    let shown = 0;
    for (const type of major.querySelectorAll(".type")) {
      type.hidden = word !== "" && !type.textContent.toLowerCase().includes(word.toLowerCase());
      shown += type.hidden ? 0 : 1;
    }
    major.hidden = shown === 0;
    if (word !== "") {
      major.removeAttribute("name");
      major.open = shown > 0;
    } else {
      major.open = false;
      major.setAttribute("name", "major");
    }
  }
}
