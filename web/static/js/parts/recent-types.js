// The types this phone reported last, one tap away. Kept on the phone; without it nothing is lost.

const KEY = "citygrid.recent-types";
const MOST = 4;

export function start(element) {
  const form = element.closest("form");
  const radios = new Map([...form.querySelectorAll('.major input[name="type"]')].map((radio) => [radio.value, radio]));
  const recent = read().filter((value) => radios.has(value));
  const list = element.querySelector(".types");
  const common = [...element.parentElement.querySelectorAll(".common .type")];
  for (const type of common) type.hidden = recent.includes(type.querySelector("input").value);
  for (const value of recent) list.append(shortcut(radios.get(value)));
  element.hidden = recent.length === 0;
  form.addEventListener("submit", () => {
    const chosen = form.querySelector('input[name="type"]:checked')?.value;
    if (chosen) write([chosen, ...recent.filter((value) => value !== chosen)].slice(0, MOST));
  });
}

function shortcut(radio) {
  const copy = radio.closest(".type").cloneNode(true);
  const input = copy.querySelector("input");
  input.name = "recent-type";
  input.addEventListener("change", () => {
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
  });
  radio.form.addEventListener("change", () => { input.checked = radio.checked; });
  return copy;
}

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]");
  } catch {
    return [];
  }
}

function write(values) {
  try {
    localStorage.setItem(KEY, JSON.stringify(values));
  } catch {
    // a full or forbidden store costs a shortcut, nothing else
  }
}
