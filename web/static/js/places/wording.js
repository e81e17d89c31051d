// How what the geocoding engine answers is said: confidence and level in words, the reading in parts. Pure: tested with node.

import { sayDistance } from "../wording.js";
import { _ } from "../words.js";

/** At and above this the engine is hardly ever wrong; below the other it is a guess. */
export const SURE = 0.8;
export const LIKELY = 0.35;
const LEAST = 0.02;

const FINE = new Set(["point", "room", "building", "door_plate", "interpolated", "poi", "crossing", "estate", "unit_grid"]);
/** How far a place that says no radius may reach, by level, in metres. */
const REACH_M = { street: 800, street_section: 300, estate: 150, community: 700, subdistrict: 2_500, district: 9_000, city: 30_000 };
const PLAIN_REACH_M = 40;

const DIGITS = { 零: 0, "〇": 0, 一: 1, 二: 2, 两: 2, 三: 3, 四: 4, 五: 5, 六: 6, 七: 7, 八: 8, 九: 9 };
const STEPS = { 十: 10, 百: 100, 千: 1000 };
const NUMERAL = /[零〇一二两三四五六七八九十百千]+/g;
const OFFSET = /^(?:再|继续)?(?:往|向|朝|以|靠|偏)?(东北|东南|西北|西南|东|西|南|北)\D*?([\d零〇一二两三四五六七八九十百千]+)\s*(?:来|多|余|几)?(?:米|m|公尺)/;
const AND = /^[和与跟同及、&/交]$/;
const CROSSING = /(十字|路口|交叉|交汇|交会|相交|岔口|丁字口|转盘|红绿灯|拐角|转角)/;

/** `sure`, `likely` or `unsure`. */
export function toneOf(confidence) {
  if (confidence >= SURE) return "sure";
  return confidence >= LIKELY ? "likely" : "unsure";
}

/** Confidence as people say it: never a number. */
export function sayConfidence(confidence) {
  return { sure: _("确定"), likely: _("可能"), unsure: _("不确定") }[toneOf(confidence)];
}

/** The word of a level; one that is not known here keeps the server's. */
export function sayLevel(level, fallback = "") {
  const names = {
    point: _("坐标点"), room: _("房间"), building: _("楼栋"), door_plate: _("门牌"), interpolated: _("推算门牌"), poi: _("兴趣点"),
    crossing: _("路口"), street_section: _("路段"), estate: _("小区片区"), unit_grid: _("单元网格"),
    responsibility_grid: _("责任网格"), street: _("道路"),
    community: _("社区"), subdistrict: _("街道"), district: _("区县"), city: _("城市"),
  };
  return names[level] ?? fallback;
}

/** Whether a place of this level is a spot, so that its grid means something. */
export function isFine(level) {
  return FINE.has(level);
}

/** How far the place may lie off, in metres: what the engine says, else what is usual for its level. */
export function reachOf({ level, radius_m: radius }) {
  return radius > 0 ? radius : REACH_M[level] ?? PLAIN_REACH_M;
}

/** How exact a place is: a spot has an error, a street or an area an extent. Empty when nobody knows. */
export function sayRange({ level, radius_m: radius }) {
  if (!(radius > 0)) return "";
  const text = sayDistance(radius);
  return isFine(level) ? _("误差约 {text}", { text }) : _("范围约 {text}", { text });
}

/** Where a place lies, without the name that stands above it already. */
export function whereOf({ name = "", address = "" }) {
  return name && address.endsWith(name) ? address.slice(0, -name.length) : address;
}

/**
 * What an answer leaves to do: `none` to choose from, `one` place that may be shown, or `several` to choose from. A guess
 * is never taken; where a place will be written down (`isStrict`) only a sure one is.
 */
export function choiceIn({ outcome, candidates = [] }, { isStrict = false } = {}) {
  if (candidates.length === 0) return "none";
  const least = isStrict ? SURE : LIKELY;
  return outcome === "ambiguous" || candidates[0].confidence < least ? "several" : "one";
}

/** Places in their order, with what tells namesakes of one address (or one hint) apart: their grids. */
export function toldApart(places) {
  const addressOf = ({ address, hint, name }) => address ?? `${hint}${name}`;
  const addresses = places.map(addressOf);
  return places.map((one) => {
    const isAlone = addresses.filter((address) => address === addressOf(one)).length < 2;
    return { ...one, apart: isAlone || !one.unit_grid_code ? "" : _("网格 {code}", { code: one.unit_grid_code }) };
  });
}

/**
 * The candidates of an answer that are worth showing, told apart. Where one place is meant (`found`) the others come
 * second (`isSecond`): how sure they are by themselves says nothing beside it.
 */
export function shownOf({ outcome, candidates = [] }) {
  const shown = candidates.filter(({ confidence }, n) => n === 0 || confidence >= LEAST);
  return toldApart(shown).map((one, n) => ({ ...one, isSecond: outcome === "found" && n > 0 }));
}

/** Whether two answers are one place: the same entry, or one name at most 100 m apart. */
export function sameAs(one, other, metres) {
  return one.key && other.key ? one.key === other.key : one.name === other.name && metres < 100;
}

/**
 * What was understood, part by part: `[{label, text, said}]`. The second street of a crossing is the crossing; an offset
 * is a direction and metres; `said` holds the words when they were read as another name.
 */
export function chipsOf(reading = []) {
  const chips = [];
  for (const span of reading) {
    if (span.label === "redundant" || span.label === "other") continue;
    const offset = span.label === "relation" ? offsetIn(span.text) : null;
    if (offset) chips.push({ label: _("往{way}", { way: _(offset.way) }), text: _("{n} 米", { n: offset.metres }), said: "" });
    else if (span.label === "relation" && AND.test(span.text)) continue;
    else if (span.label === "relation" && CROSSING.test(span.text)) joinCrossing(chips);
    else chips.push(chipOf(span));
  }
  return chips.map(({ label, text, said }) => ({ label, text, said }));
}

function chipOf({ label, text, value = "" }) {
  const isOther = value !== "" && inDigits(value) !== inDigits(text);
  return { label: labelOf(label), text: isOther ? value : text, said: isOther ? text : "", kind: label };
}

/** The street before a word for crossings becomes one when there is a street to cross; else the word stands for itself. */
function joinCrossing(chips) {
  const last = chips.at(-1);
  if (last?.kind === "road" && chips.at(-2)?.kind === "road") last.label = _("路口");
  else chips.push({ label: _("路口"), text: "", said: "" });
}

function labelOf(label) {
  const names = {
    province: _("省"), city: _("市"), district: _("区"), town: _("街道"), development_zone: _("开发区"), community: _("社区"),
    road: _("路"), sub_road: _("支路"), road_number: _("门牌"), poi: _("地点"), building: _("楼"), unit: _("单元"),
    floor: _("楼层"), room: _("房间"), relation: _("方位"), coordinates: _("坐标"), code: _("编码"), kilometre_post: _("里程桩"),
  };
  return names[label] ?? _("地点");
}

/** Direction and metres of words such as 往东五十米; null for others. */
export function offsetIn(words) {
  const found = OFFSET.exec(words);
  return found ? { way: found[1], metres: Number(inDigits(found[2])) } : null;
}

/** A text with its Chinese numerals in digits: 经二路 is 经2路, 一百五十 is 150. */
export function inDigits(text) {
  return text.replace(NUMERAL, (words) => String(valueOf(words)));
}

function valueOf(words) {
  if (![...words].some((sign) => sign in STEPS)) return [...words].map((sign) => DIGITS[sign]).join("");
  let [sum, digit] = [0, 0];
  for (const sign of words) {
    if (sign in DIGITS) digit = DIGITS[sign];
    else {
      sum += (digit || 1) * STEPS[sign];
      digit = 0;
    }
  }
  return sum + digit;
}

/** Whether words are typed in letters: pinyin or initials. */
export function isInLetters(text) {
  return /^[\x20-\x7e]+$/.test(text);
}

/** Completions whose name begins with what was typed; letters are the beginning of how a name sounds, as the engine says. */
export function begunBy(text, suggestions = []) {
  return isInLetters(text) ? suggestions : suggestions.filter(({ name, matched }) => name.startsWith(text) || matched?.startsWith(text));
}

/** What to say when nothing is found: what happened, what was understood. */
export function sayNothing({ message = "", understood = "", note = "" }) {
  const words = _(message || "本市地名库中没有找到。请换个说法，或说出附近的路口、门牌、单位。");
  return [words, understood && _("听懂的是：{what}", { what: understood }), note && _(note)].filter(Boolean);
}

/** What to say when there is no answer: what happened, what to do, and a code. */
export function sayProblem({ kind, code, waitS = 60, message = "" }) {
  if (kind === "offline") return _("现在没有网络，查不了地点。有信号后会接着查，地图照常能用。({code})", { code });
  if (kind === "too_often") return _("查得太频繁了。请过 {n} 秒再查，地图照常能用。({code})", { n: waitS, code });
  if (kind === "broken") return _("地点暂时查不了，已填写的都在。请稍后再试，地图照常能用。({code})", { code });
  return message ? `${message}(${code})` : _("这段话读不了。请换个说法。({code})", { code });
}
