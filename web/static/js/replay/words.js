// What a replay says in words. Pure: tested with node.

import { _ } from "../words.js";

const CITY = { timeZone: "Asia/Shanghai" };
const TIME = new Intl.DateTimeFormat("en-GB", { ...CITY, hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** The time of day of a moment, milliseconds since 1970, to the second. */
export const sayTime = (ms) => TIME.format(ms);

const DAY = new Intl.DateTimeFormat("en-CA", { ...CITY, year: "numeric", month: "2-digit", day: "2-digit" });

/** A moment to the second as addresses and records write it. */
export const sayStamp = (ms) => `${DAY.format(ms)} ${TIME.format(ms)}`;

/** The day of a moment, with its year: a picture of a replay outlives it. */
export function sayDay(ms, lang = "zh-CN") {
  return new Intl.DateTimeFormat(lang, { ...CITY, year: "numeric", month: "long", day: "numeric", weekday: "short" }).format(ms);
}

/** A case number as lists show it: end of the district's code, month and day, number. */
export const shortNumber = (number) => `${number.slice(4, 6)}-${number.slice(10, 14)}-${number.slice(14)}`;

/** What the reader must know of the picture, the gravest first. `without` is why there are no ways: "post" or "purpose". */
export function notesOf(facts, ways, without) {
  const notes = [];
  if (facts.is_cut) notes.push(_("案件太多，只重现最近上报的 {n} 件，件数不全。", { n: facts.cases.length.toLocaleString("en-US") }));
  if (facts.steps.length === 0) notes.push(_("这段时间没有发生任何事。"));
  if (!ways) return [...notes, without === "post" ? _("人员和车辆的轨迹只有值班长和领导能看。") : _("没有显示人员和车辆。要看，请在“换一段时间”里选择目的。")];
  if (ways.gone) notes.push(_("此时段位置已按规定删除。"));
  else if (ways.thinned) notes.push(_("此时段位置已按规定减少为每分钟一个。"));
  if (ways.ways.length === 0 && !ways.gone) notes.push(_("这段时间没有人员和车辆的位置。"));
  if (ways.step_s) notes.push(_("位置共 {n} 个，每 {s} 秒显示一个。", { n: ways.counted.toLocaleString("en-US"), s: ways.step_s }));
  return notes;
}
