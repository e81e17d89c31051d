// Somebody calls: a card with the number offers to take the call down. The number stands behind the # of the address, so
// that no log of requests keeps it (call-address.js).

import { callAddress } from "../call-address.js";
import { make } from "../map/elements.js";
import { _ } from "../words.js";

const SHOWN_MS = 90_000;

export function start(place) {
  document.addEventListener("live:call", ({ detail }) => show(place, detail));
}

function show(place, { phone, name, source }) {
  const link = make("a", { class: "button button-main", href: callAddress({ phone, name, source }) }, _("登记这个来电"));
  const away = make("button", { type: "button", class: "button" }, _("不登记"));
  const card = make("div", { class: "call-card", role: "alert" }, make("p", {}, make("strong", {}, phone), ` ${name}`), make("p", { class: "row" }, link, away));
  const shut = () => card.remove();
  away.addEventListener("click", shut);
  setTimeout(shut, SHOWN_MS);
  place.append(card);
}
