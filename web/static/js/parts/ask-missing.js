// A report that lacks something is not sent: the first question without an answer says so and gets the focus.
// The browser's own bubbles cannot point at types in closed classes, and they speak another language.

import { _ } from "../words.js";

export function start(form) {
  form.noValidate = true;
  form.addEventListener("submit", (evt) => {
    if (evt.submitter?.formNoValidate) return;
    const asked = [...form.querySelectorAll("section")].map(missingIn).filter(Boolean);
    if (asked.length === 0) return;
    evt.preventDefault();
    show(asked[0]);
  });
  form.addEventListener("change", (evt) => evt.target.closest("section")?.querySelector(".asked")?.remove());
}

/** What a question lacks: its section, a sentence, and what to put the focus on; null when it is answered. */
function missingIn(section) {
  const invalid = [...section.querySelectorAll("input, select, textarea")].find((field) => !field.validity.valid);
  const lacksAnswer = section.dataset.needs && !new FormData(section.closest("form")).get(section.dataset.needs);
  section.querySelector(".asked")?.remove();
  if (!invalid && !lacksAnswer) return null;
  const isEmpty = lacksAnswer || invalid.validity.valueMissing;
  return {
    section,
    words: (isEmpty && section.dataset.missing) || invalid?.validationMessage || _("请检查这里填写的内容。"),
    focus: lacksAnswer ? section.querySelector("[data-asked]") ?? section.querySelector("summary, button, .types input") : invalid,
  };
}

function show({ section, words, focus }) {
  const said = document.createElement("p");
  said.className = "asked field-error";
  said.setAttribute("role", "alert");
  said.textContent = words;
  section.querySelector("h2").after(said);
  focus?.focus({ preventScroll: true });
  section.scrollIntoView({ block: "start" });
}
