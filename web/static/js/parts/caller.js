// What the caller's number was heard of before, shown as soon as it is written down. A telephone system may open the page
// with `#contact_phone=…&contact_name=…&source=…`: what stands behind the # is sent to no server, so no log keeps it.

import { knownOf } from "../call-address.js";
import { fetchPart } from "../swap.js";

const SHORTEST = 7;
const PAUSE_MS = 500;

export function start(place) {
  const form = place.closest("form");
  const phone = form.elements.contact_phone;
  takeCall(form);
  let [timer, asked] = [0, ""];
  const ask = async () => {
    const number = phone.value.trim();
    if (number === asked) return;
    asked = number;
    const part = number.length < SHORTEST ? null : await lookUp(place.dataset.from, number, form.elements.csrf.value).catch(() => null);
    if (number !== asked) return;
    place.replaceChildren(...(part ? [part] : []));
  };
  const later = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  };
  phone.addEventListener("input", later);
  form.addEventListener("draft:restored", later);
  window.addEventListener("hashchange", () => {
    takeCall(form);
    later();
  });
  later();
}

function lookUp(address, phone, csrf) {
  return fetchPart(address, { method: "POST", body: new URLSearchParams({ phone, csrf }) });
}

/** Writes down what a telephone system knows, unless another call is being written, and takes it out of the address. */
function takeCall(form) {
  const known = knownOf(location.hash);
  if (Object.keys(known).length === 0) return;
  const taken = form.elements.contact_phone.value ? {} : known;
  for (const [name, value] of Object.entries(taken)) form.elements[name].value = value;
  history.replaceState(history.state, "", location.pathname + location.search);
}
