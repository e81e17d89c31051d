// What the figures say in words and numbers. Pure: tested with node.

import { sayClock, sayDuration } from "../wording.js";
import { _ } from "../words.js";

export const formatted = (n) => Math.round(n).toLocaleString("en-US");

/** Today against the usual day, in one sentence. */
export function sayUsual({ days, so_far: soFar, today }) {
  const n = today.at(-1) ?? 0;
  if (!days) return _("今天到现在上报 {n} 件，还没有往常可比", { n: formatted(n) });
  const difference = Math.round(n - soFar);
  if (Math.abs(difference) < 1) return _("到现在 {n} 件，与往常相同", { n: formatted(n) });
  const known = { n: formatted(n), d: formatted(Math.abs(difference)) };
  return difference > 0 ? _("到现在 {n} 件，比往常多 {d}", known) : _("到现在 {n} 件，比往常少 {d}", known);
}

/** What a chart of the day shows, for who cannot see it. */
export function describeUsual(usual) {
  return `${sayUsual(usual)}${_("。往常是前 {n} 周同一星期几的中位数。", { n: usual.days })}`;
}

/** The stages in words. */
export function describeFlow(flow) {
  return flow.map(({ name, standing, overdue, came }) => _("{name}现有 {n} 件，其中超期 {o} 件，今天进入 {c} 件", { name, n: standing, o: overdue, c: came })).join(_("；"));
}

/** The grades in words; `kinds` are pairs of key and name. */
export function describeGrades(grades, kinds) {
  return kinds.map(([key, name]) => `${name}: ${grades.map((grade) => `${grade.code} ${grade[key]}`).join(", ")}`).join(_("；"));
}

/** What a countdown shows: minutes and seconds in the last hour, longer times as elsewhere. */
export function countdown(dueAt, now) {
  const left = Math.floor((dueAt - now) / 1000);
  if (left >= 3600 || left < 0) return left >= 0 ? sayDuration(left) : sayClock(dueAt, now);
  return `${String(Math.floor(left / 60)).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}`;
}

/** The month of a ranking: "2026-11" as people say it. */
export function sayMonth(period) {
  const [year, month] = period.split("-");
  return _("{year} 年 {month} 月", { year, month: Number(month) });
}

/** Which alarm sounds when figures come: overdue when more are overdue than before, none at first. */
export function newlyOverdue(before, after) {
  return before !== null && after.overdue > before.overdue ? after.overdue - before.overdue : 0;
}

/** At most `most` rows of a ranking: the best and the last of those with a place; where there is room, small samples. */
export function bothEnds(rows, most) {
  const placed = rows.filter(({ place }) => place !== null);
  if (placed.length <= most) return rows.slice(0, most);
  const last = Math.floor(most / 2);
  return [...placed.slice(0, most - last), ...placed.slice(-last)];
}

/** How far the coverage of a week can be believed: whether positions came at all, and when the last one did. */
export function sayWeek({ state, at, newest_at: newestAt }, sayTime) {
  if (state === "none") return _("近 7 天没有收到任何巡查位置，不能说没人走过");
  if (state === "old") return _("最后一次巡查位置在 {time}，之后没有数据", { time: sayTime(newestAt) });
  return _("最近一次走到在 {newest}，{time} 统计", { newest: sayTime(newestAt), time: sayTime(at) });
}
