// How durations, ages and distances are said. Pure: tested with node.

import { _ } from "./words.js";

export { distance } from "./metres.js";

const MINUTE_S = 60;
const HOUR_S = 3600;
const DAY_S = 86400;

/** A duration in its two largest units: "3 小时 20 分". Below a minute it is "不到 1 分". */
export function sayDuration(seconds) {
  const whole = Math.floor(Math.abs(seconds) / MINUTE_S) * MINUTE_S;
  if (whole < MINUTE_S) return _("不到 1 分");
  const days = Math.floor(whole / DAY_S);
  const hours = Math.floor((whole % DAY_S) / HOUR_S);
  const minutes = Math.floor((whole % HOUR_S) / MINUTE_S);
  if (days) return hours ? _("{days} 天 {hours} 小时", { days, hours }) : _("{days} 天", { days });
  if (hours) return minutes ? _("{hours} 小时 {minutes} 分", { hours, minutes }) : _("{hours} 小时", { hours });
  return _("{minutes} 分", { minutes });
}

/** What a clock shows: what is left, or by how much it is over. */
export function sayClock(dueAt, now) {
  const left = (dueAt - now) / 1000;
  const text = sayDuration(left);
  return left >= 0 ? _("还剩 {text}", { text }) : _("超期 {text}", { text });
}

/** How long ago a moment was. */
export const sayAgo = (seconds) => _("{text}前", { text: sayDuration(seconds) });

/** The light of a running clock: overdue from the deadline on, at risk from `atRiskAt` on. */
export function lightOf(dueAt, atRiskAt, now) {
  if (now >= dueAt) return "overdue";
  return atRiskAt !== null && now >= atRiskAt ? "at_risk" : "normal";
}

/** How old the data on the page are; fresh for the first minute. */
export function sayAge(seconds) {
  if (seconds < MINUTE_S) return _("数据是最新的");
  return _("数据已有 {text} 未更新", { text: sayDuration(seconds) });
}

/** A distance in metres below a kilometre, in kilometres with one decimal above. */
export function sayDistance(metres) {
  if (metres < 1000) return _("{n} 米", { n: Math.max(10, Math.round(metres / 10) * 10) });
  return _("{n} 公里", { n: (metres / 1000).toFixed(1) });
}

/** Coordinates as people copy them: longitude first, six decimals (a decimetre). */
export function sayCoordinates({ lon, lat }) {
  return `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
}
