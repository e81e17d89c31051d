// The column at the top left of a map: the search box, what it lists, and below one card at a time. Plain elements, no MapLibre.

import { _ } from "../words.js";
import { icon, make } from "./elements.js";

const NARROW_PX = 760;

/** The column of a map; made when first asked for. */
export function sideOf(element) {
  const there = element.querySelector(":scope > .map-side");
  if (there) return there;
  const side = make("div", { class: "map-side" });
  element.prepend(side);
  return side;
}

/** Shows a card below the search box in place of the one that was there. `onShut` is called when it goes, for whatever reason. */
export function showCard(element, { title, label = title, kind = "", content, onShut = () => {} }) {
  shutCard(element);
  const shut = make("button", { type: "button", class: "shut", "aria-label": _("关闭") }, icon("close"));
  const card = make("section", { class: `float map-card ${kind}`, "aria-label": label }, make("h3", {}, title, shut), ...content);
  card.onShut = onShut;
  shut.addEventListener("click", () => shutCard(element));
  // a key pressed in the card is none for the map; the one that leads to the search box goes on
  card.addEventListener("keydown", (evt) => {
    if (evt.key !== "/") evt.stopPropagation();
    if (evt.key === "Escape") shutCard(element);
  });
  sideOf(element).append(card);
  return card;
}

/** Takes the card away that is there. */
export function shutCard(element) {
  const card = element.querySelector(":scope > .map-side > .map-card");
  card?.remove();
  card?.onShut();
}

/** How many pixels of a map lie under its column: at the left of a wide map, at the top of a narrow one; and how low it reaches. */
export function coveredBySide(element) {
  const { offsetLeft, offsetTop, offsetWidth, offsetHeight } = sideOf(element);
  const [right, bottom] = [offsetLeft + offsetWidth, offsetTop + offsetHeight];
  return element.clientWidth < NARROW_PX ? { left: 0, top: bottom, bottom } : { left: right, top: 0, bottom };
}

/** A button that copies a text and says so; null where a page may not copy. */
export function copyButton(label, text) {
  if (!navigator.clipboard) return null;
  const button = make("button", { type: "button", class: "button" }, label);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text());
    button.textContent = _("已复制");
  });
  return button;
}
