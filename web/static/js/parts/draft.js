// Keeps what was written in a form while the page is left and come back to, as when the language is switched.
// In this tab only, never photos; gone when the form was sent. A form that came back refused has its values.

import { _ } from "../words.js";

const WAIT_MS = 150;

export function start(form) {
  const key = `citygrid.draft.${form.getAttribute("action")}`;
  const kept = read(key);
  if (kept?.isSent) forget(key);
  else if (kept && !form.querySelector("[data-refusal]")) restore(form, kept);
  let waiting = null;
  const keep = (isSent = false) => write(key, { isSent, values: valuesOf(form), hadPhotos: hasPhotos(form) });
  for (const name of ["input", "change"]) {
    form.addEventListener(name, () => {
      clearTimeout(waiting);
      waiting = setTimeout(keep, WAIT_MS);
    });
  }
  window.addEventListener("pagehide", () => {
    if (waiting !== null && read(key)?.isSent !== true) keep();
  });
  form.addEventListener("submit", (evt) => setTimeout(() => {
    clearTimeout(waiting);
    if (!evt.defaultPrevented) keep(true);
  }));
}

function valuesOf(form) {
  const skipped = new Set(["csrf", "recent-type", "own_lon", "own_lat", "own_accuracy_m"]);
  return [...new FormData(form)].filter(([name, value]) => typeof value === "string" && value !== "" && !skipped.has(name));
}

function hasPhotos(form) {
  return [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length > 0);
}

function restore(form, { values, hadPhotos }) {
  const written = new Set();
  for (const [name, value] of values) {
    const field = form.elements[name];
    if (!field) continue;
    const box = [field].flat().length === 1 && field.type === "checkbox";
    if (box) field.checked = true;
    else if ("value" in field) field.value = value;
    if (name !== "client_id" && name !== "position_source" && name !== "source") written.add(name);
  }
  if (written.size === 0) return;
  for (const radio of form.querySelectorAll("input[type=radio]:checked")) {
    const major = radio.closest("details");
    if (major) major.open = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  }
  const said = document.createElement("p");
  said.className = "notice restored";
  said.setAttribute("role", "status");
  const words = document.createElement("span");
  words.textContent = hadPhotos ? _("刚才填写的内容还在，照片请重新选择。") : _("刚才填写的内容还在。");
  said.append(words);
  form.querySelector("section").before(said);
  form.dispatchEvent(new CustomEvent("draft:restored"));
}

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

function write(key, draft) {
  try {
    sessionStorage.setItem(key, JSON.stringify(draft));
  } catch {
    // a full or forbidden store costs the draft, nothing else
  }
}

function forget(key) {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // as above
  }
}
