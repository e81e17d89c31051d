// Rows of places to choose from, for a search box and for the desk that takes calls. Plain elements.

import { make } from "../map/elements.js";
import { _ } from "../words.js";
import { chipsOf, sayConfidence, sayLevel, sayRange, toneOf, whereOf } from "./wording.js";

/** A completion of what is being typed: its name, where it is, what it is. */
export function suggestionRow({ name, hint, matched, level, level_name: levelName, apart = "" }, id) {
  const where = [hint, matched && _("又名{name}", { name: matched }), apart].filter(Boolean).join(" · ");
  return option(id, "suggestion", make("span", { class: "name" }, name), make("span", { class: "level" }, sayLevel(level, levelName)),
    ...(where ? [make("span", { class: "where" }, where)] : []));
}

/** A place that a sentence may mean, with its number on the map. */
export function candidateRow(place, id, n) {
  const { name, level, level_name: levelName, lost, apart = "", isSecond = false } = place;
  const where = [whereOf(place), apart].filter(Boolean).join(" · ");
  return option(id, "candidate", make("span", { class: "n", "aria-hidden": "true" }, String(n)), make("span", { class: "name" }, name),
    ...(isSecond ? [] : [confidenceBadge(place)]), ...(where ? [make("span", { class: "where" }, where)] : []),
    make("span", { class: "more" }, [sayLevel(level, levelName), sayRange(place), lost].filter(Boolean).join(" · ")));
}

/** The offer to ask for the whole of what was typed. */
export function sentenceRow(text, id) {
  return option(id, "sentence", make("span", { class: "name" }, _("查找“{text}”", { text })), make("kbd", {}, "Enter"));
}

function option(id, kind, ...content) {
  return make("li", { id, role: "option", class: `place-row ${kind}`, "aria-selected": "false" }, ...content);
}

/** Confidence as a word with a look of its own. */
export function confidenceBadge({ confidence }) {
  return make("span", { class: `badge badge-${toneOf(confidence)}` }, sayConfidence(confidence));
}

/** The reading as labelled chips; empty when nothing was understood. */
export function readingChips(reading) {
  return chipsOf(reading).map(({ label, text, said }) => make("span", { class: "read" }, make("span", { class: "label" }, label), text,
    ...(said ? [make("span", { class: "said" }, _("原话“{said}”", { said }))] : [])));
}

/** Marks the row that is active for those who see it and those who hear it; -1 for none. */
export function markActive(input, rows, active) {
  for (const [n, row] of rows.entries()) row.setAttribute("aria-selected", String(n === active));
  if (active < 0) input.removeAttribute("aria-activedescendant");
  else {
    input.setAttribute("aria-activedescendant", rows[active].id);
    rows[active].scrollIntoView({ block: "nearest" });
  }
}

/** The next of `n` rows a step on, round the end and through none (-1). Pure. */
export function stepTo(active, step, n) {
  return ((active + 1 + step + (n + 1)) % (n + 1)) - 1;
}
