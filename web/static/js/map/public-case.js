// What everybody may know of a case on the public map: its type, how far it is, and the words that a desk wrote for the public.

import { _ } from "../words.js";
import { make } from "./elements.js";
import { coveredBySide, showCard } from "./side.js";

const MOST_SHOWN = 5;
const STAGES = { received: _("已收到"), handling: _("办理中"), done: _("已办结") };

let catalogue = null;

/** Shows the cases under a click in one card; private types may lie at one spot. */
export async function showPublicCases(element, city, cases, place) {
  const shown = toldOnce(cases);
  const onShut = () => city.setPicked(null);
  const title = shown.length === 1 ? _("这里的问题") : _("这里的 {n} 个问题", { n: shown.length });
  const list = make("ul", { class: "public-cases" }, ...shown.slice(0, MOST_SHOWN).map((one) => row(one)));
  const more = shown.length > MOST_SHOWN ? [make("p", { class: "quiet" }, _("另有 {n} 个，放大地图分开看。", { n: shown.length - MOST_SHOWN }))] : [];
  const card = showCard(element, { title, kind: "public-case", content: [list, ...more], onShut });
  city.setPicked(place);
  city.uncover(place, coveredBySide(element));
  const names = await typeNames();
  if (!card.isConnected) return;
  for (const [n, one] of shown.slice(0, MOST_SHOWN).entries()) list.children[n].querySelector("strong").textContent = nameOf(names, one);
}

/** Each case once: one on the border of two tiles is drawn by both. Pure. */
export function toldOnce(cases) {
  const known = new Map(cases.map((one) => [[one.kind, one.type_code, one.stage_public, one.public_text, one.lon, one.lat].join(), one]));
  return [...known.values()];
}

/** The name of a type in the page's language; its code where the catalogue has none. Pure. */
export function nameOf(names, { kind, type_code: code }, isEnglish = !!globalThis.document?.documentElement.lang.startsWith("en")) {
  const found = names.find((one) => one.kind === kind && one.code === code);
  return (isEnglish && found?.name_en) || found?.name || code;
}

function row(one) {
  const text = one.public_text
    ? make("p", { class: "public-text" }, one.public_text)
    : make("p", { class: "quiet" }, _("还没有写给公众的说明。"));
  return make("li", {}, make("p", { class: "row" }, make("strong", {}, "…"), make("span", { class: "badge" }, STAGES[one.stage_public] ?? "")), text);
}

async function typeNames() {
  try {
    catalogue ??= fetch("/api/v1/catalogue").then((answer) => answer.json());
    return (await catalogue).types ?? [];
  } catch {
    catalogue = null;
    return [];
  }
}
