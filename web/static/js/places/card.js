// The card of a place that was found: what and where it is, how sure, and why. Plain elements.

import { make } from "../map/elements.js";
import { copyButton } from "../map/side.js";
import { sayCoordinates } from "../wording.js";
import { _ } from "../words.js";
import { confidenceBadge, readingChips } from "./rows.js";
import { isFine, sayLevel, sayRange, whereOf } from "./wording.js";

/**
 * The parts of a card for `showCard`. `answer` is the sentence's, null for a completion that was chosen by hand, which
 * needs no word about confidence; `others` shows the other places that may be meant, or is null.
 */
export function foundCard(place, answer, others) {
  const { name, level, level_name: levelName, unit_grid_code: grid } = place;
  const told = [sayLevel(level, levelName), sayRange(place), isFine(level) && grid && _("网格 {code}", { code: grid })].filter(Boolean);
  const where = whereOf(place);
  const content = [
    ...(where ? [make("p", { class: "address" }, where)] : []),
    make("p", { class: "told" }, ...(answer ? [confidenceBadge(place), " "] : []), told.join(" · ")),
    ...[answer?.message, answer?.note].filter(Boolean).map((words) => make("p", { class: "quiet" }, _(words))),
    ...(answer ? [reasons(place, answer.reading)] : []),
  ];
  const buttons = [copyButton(_("复制坐标"), () => sayCoordinates(place)), others && otherPlaces(others)].filter(Boolean);
  return { title: name, label: _("找到的地点"), kind: "found-card", content: [...content, ...(buttons.length > 0 ? [make("p", { class: "row" }, ...buttons)] : [])] };
}

function otherPlaces(show) {
  const button = make("button", { type: "button", class: "button button-plain" }, _("其他可能"));
  button.addEventListener("click", show);
  return button;
}

/** Why this place: what was understood, and the engine's reasons; on demand. */
export function reasons({ why = [] }, reading = []) {
  const chips = readingChips(reading);
  return make("details", { class: "why" }, make("summary", {}, _("为什么")),
    ...(chips.length > 0 ? [make("p", { class: "reading" }, _("听懂的是"), ...chips)] : []),
    ...(why.length > 0 ? [make("ul", {}, ...why.map((words) => make("li", {}, words)))] : [make("p", { class: "quiet" }, _("说的就是这个名称，没有别的地方叫这个。"))]));
}
