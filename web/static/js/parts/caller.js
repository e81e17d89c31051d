// What the caller's number was heard of before, shown as soon as it is written down.

import { fetchPart } from "../swap.js";

const SHORTEST = 7;
const PAUSE_MS = 500;

export function start(place) {
  const phone = place.closest("form").elements.contact_phone;
  let [timer, asked] = [0, ""];
  const ask = async () => {
    const number = phone.value.trim();
    if (number === asked) return;
    asked = number;
    const part = number.length < SHORTEST ? null : await fetchPart(`${place.dataset.from}?${new URLSearchParams({ phone: number })}`).catch(() => null);
    if (number !== asked) return;
    place.replaceChildren(...(part ? [part] : []));
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  };
  phone.addEventListener("input", later);
  phone.form.addEventListener("draft:restored", later);
  later();
}
