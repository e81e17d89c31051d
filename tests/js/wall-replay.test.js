// Replay: the picture of a moment hangs on the moment alone, nobody is drawn on a way that nobody knows, and the clock obeys.

import assert from "node:assert/strict";
import { test } from "node:test";

import { SPEEDS, begin, faster, goOn, goTo, onKey, toggle } from "../../web/static/js/replay/player.js";
import { countUntil, readTimeline } from "../../web/static/js/replay/timeline.js";
import { notesOf, sayDay, sayTime, shortNumber } from "../../web/static/js/replay/words.js";
import { placeOf, readWays } from "../../web/static/js/replay/ways.js";

const STAGES = ["reported", "filed", "dispatched", "suspended", "closed"];
const [REPORTED, FILED, DISPATCHED, SUSPENDED, CLOSED] = STAGES.keys();
const NUMBERS = ["61030320260918000001", "61030320260918000002", "61030320260918000003"];
const before = (n, lon, stage, due, risk, department = 0) => [NUMBERS[n], 0, lon, 34.3, 0, stage, due, risk, department];
const step = (at, which, action, stage, due, risk, department = 0, ...moved) => [at, which, action, 0, stage, due, risk, department, ...moved];

/** An hour: one case open and soon late, one that is late already, one that is reported in it. */
const HOUR = {
  length_s: 3600, stale_after_s: 120, stage_codes: STAGES, stages: STAGES, tracks: ["信息收集", "任务处理", "核查结案"], track_of: [0, 1, 1, 1, 2],
  types: [["井盖", "01002"]], communities: ["学子路"], departments: ["", "排水"], actions: [["report", "上报"], ["dispatch", "派遣"], ["suspend", "批准挂账"], ["close", "结案"], ["file_case", "立案"], ["urge", "催办"]],
  posts: ["受理员"],
  cases: [before(0, 107.1, REPORTED, 1800, 1500), before(1, 107.2, DISPATCHED, -60, -120, 1), before(2, 107.3, -1, null, null)],
  steps: [
    step(300, 1, 5, DISPATCHED, -60, -120, 1), step(600, 2, 0, REPORTED, 2400, 2000), step(900, 1, 2, SUSPENDED, null, null, 1), step(1200, 2, 4, FILED, 5000, 4500),
    step(2000, 0, 1, DISPATCHED, 9000, 8000, 1, 107.15, 34.35), step(3000, 1, 3, CLOSED, null, null, 1),
  ],
  sos: [],
};

/** Everything that is shown at a moment, as one text. */
function picture(timeline, at) {
  timeline.goTo(at);
  return JSON.stringify([timeline.counters(), timeline.features(), timeline.happened(9), timeline.overdueBy(5), timeline.justNow(60, 9)]);
}

for (const [at, lights, because] of [
  [0, { open: 2, overdue: 1, at_risk: 0, suspended: 0 }, "as it stood when the hour began"],
  [600, { open: 3, overdue: 1, at_risk: 0, suspended: 0 }, "the moment of a report belongs to it"],
  [900, { open: 3, overdue: 0, at_risk: 0, suspended: 1 }, "a suspended case is late no more"],
  [1500, { open: 3, overdue: 0, at_risk: 1, suspended: 1 }, "a light turns with the clock, without any step"],
  [1800, { open: 3, overdue: 1, at_risk: 0, suspended: 1 }, "and at its deadline"],
  [2000, { open: 3, overdue: 0, at_risk: 0, suspended: 1 }, "the next stage has a deadline of its own"],
  [3600, { open: 2, overdue: 0, at_risk: 0, suspended: 0 }, "what was closed is open no more"],
]) {
  test(`after ${at} s: ${because}`, () => {
    const timeline = readTimeline(HOUR);
    timeline.goTo(at);
    const { open, overdue, at_risk: atRisk, suspended } = timeline.counters();
    assert.deepEqual({ open, overdue, at_risk: atRisk, suspended }, lights);
  });
}

for (const [at, sums, because] of [
  [599, [0, 0, 0, 0], "nothing has happened"],
  [1300, [1, 1, 0, 0], "a report was taken and filed"],
  [1800, [1, 1, 0, 1], "one became late; the one that was late before does not count, urged or not"],
  [3600, [1, 1, 1, 1], "one was closed"],
]) {
  test(`until ${at} s of the hour: ${because}`, () => {
    const timeline = readTimeline(HOUR);
    timeline.goTo(at);
    const { reported, filed, closed, late } = timeline.counters();
    assert.deepEqual([reported, filed, closed, late], sums);
  });
}

test("a moment is the same picture, however one came to it", () => {
  const straight = picture(readTimeline(HOUR), 1900);
  const wanderer = readTimeline(HOUR);
  for (const at of [3600, 0, 2500, 1200, 1900.5, 3000, 600, 1899]) picture(wanderer, at);
  assert.equal(picture(wanderer, 1900), straight);
});

test("many random moments are the same forwards, backwards and at once", () => {
  const moments = Array.from({ length: 60 }, (_unused, n) => (n * 977) % 3601);
  const wanderer = readTimeline(HOUR);
  assert.deepEqual(moments.map((at) => picture(wanderer, at)), moments.map((at) => picture(readTimeline(HOUR), at)));
});

test("a case that was moved is drawn where it lay at the moment", () => {
  const timeline = readTimeline(HOUR);
  const lonAt = (at) => { timeline.goTo(at); return timeline.features().features[0].geometry.coordinates[0]; };
  assert.deepEqual([lonAt(2000), lonAt(1999)], [107.15, 107.1]);
});

test("the map is given new cases only when one looks otherwise", () => {
  const timeline = readTimeline(HOUR);
  assert.deepEqual([timeline.goTo(0), timeline.goTo(10), timeline.goTo(600), timeline.goTo(601)], [true, false, true, false]);
});

test("one goes from step to step, and to the ends where there is none", () => {
  const timeline = readTimeline(HOUR);
  timeline.goTo(900);
  assert.deepEqual([timeline.neighbour(1), timeline.neighbour(-1)], [1200, 600]);
  timeline.goTo(3600);
  assert.deepEqual([timeline.neighbour(1), timeline.goTo(0) && timeline.neighbour(-1)], [3600, 0]);
});

test("marks stand where much happened, and nowhere when nothing did", () => {
  const many = { ...HOUR, steps: Array.from({ length: 9 }, (_unused, n) => step(1800 + n, 2, 0, REPORTED, 9000, 8000)) };
  assert.deepEqual(readTimeline(many).peaks(4).map(({ n, part }) => [n, part]), [[9, 2]]);
  assert.deepEqual(readTimeline({ ...HOUR, steps: [] }).peaks(4), []);
});

test("moments that have come are counted, those of now too", () => {
  assert.deepEqual([0, 1, 2, 5, 9].map((at) => countUntil([1, 2, 2, 5], at)), [0, 1, 3, 4, 4]);
});

// where everybody was

const WAYS = readWays({
  scale: 100_000,
  ways: [{ key: "p1", name: "监督员甲", kind: "person", t: [0, 10, 110, 600, 10], lon: [10_710_000, 100, 0, 1000, 100], lat: [3_430_000, 0, 0, 0, 0], gaps: [3] }],
});

for (const [at, lon, isStale, because] of [
  [-1, null, null, "before the first position nobody is anywhere"],
  [5, 107.1005, false, "between two positions on the way"],
  [60, 107.101, false, "who stands, stands"],
  [200, 107.101, false, "in a gap at the place last seen"],
  [241, 107.101, true, "stale after two minutes without a word"],
  [719, 107.101, true, "and never on a way that nobody knows"],
  [720, 107.111, false, "then where she was heard of again"],
  [1000, 107.112, true, "after the last position she fades"],
  [2600, null, null, "and is forgotten after half an hour"],
]) {
  test(`after ${at} s of a walk: ${because}`, () => {
    const place = placeOf(WAYS[0], at, 120);
    assert.deepEqual([place && Number(place.lon.toFixed(4)), place && place.isStale], [lon, isStale]);
  });
}

test("she looks where she goes, and nowhere while she stands", () => {
  assert.deepEqual([Math.round(placeOf(WAYS[0], 5, 120).heading), placeOf(WAYS[0], 60, 120).heading], [90, null]);
});

// the clock

test("a minute passes in a second at ×60, and the clock stops at the end", () => {
  const clock = goOn(toggle(begin(100, 60)), 0.5);
  assert.deepEqual([clock.at, goOn(goOn(clock, 0.5), 0.5).at, goOn(goOn(clock, 0.5), 0.5).isPlaying], [30, 90, true]);
  const over = goOn(goOn(goOn(clock, 0.5), 0.5), 0.5);
  assert.deepEqual([over.at, over.isPlaying, toggle(over).at], [100, false, 0]);
});

test("a page that was hidden does not run ahead", () => {
  assert.equal(goOn(toggle(begin(36_000, 600)), 3600).at, 300);
});

test("a clock that stands still stands", () => {
  assert.equal(goOn(begin(3600, 600, 7), 10).at, 7);
});

for (const [key, at, speed, because] of [
  ["ArrowRight", 1860, 60, "on by a sixtieth of the hour"],
  ["ArrowLeft", 1740, 60, "and back"],
  ["Home", 0, 60, "to the beginning"],
  ["End", 3600, 60, "to the end"],
  ["ArrowUp", 1800, 300, "faster"],
  ["ArrowDown", 1800, 10, "slower"],
]) {
  test(`${key}: ${because}`, () => {
    const clock = onKey(begin(3600, 60, 1800), key);
    assert.deepEqual([clock.at, clock.speed], [at, speed]);
  });
}

test("other keys are left to the browser", () => {
  assert.equal(onKey(begin(3600, 60), "x"), null);
});

test("speeds end at both ends, and the clock stays within its span", () => {
  assert.deepEqual([faster(begin(9, 600), 1).speed, faster(begin(9, 1), -1).speed, SPEEDS.length], [600, 1, 5]);
  assert.deepEqual([goTo(begin(9, 1), -5).at, goTo(begin(9, 1), 50).at], [0, 9]);
});

// words

test("the clock says the city's time with its day and year", () => {
  const ms = Date.parse("2026-09-18T01:30:05Z");
  assert.deepEqual([sayTime(ms), sayDay(ms).slice(0, 9)], ["09:30:05", "2026年9月18"]);
});

test("a number is short where its whole is not needed", () => {
  assert.equal(shortNumber("61030320260918000012"), "03-0918-000012");
});

const FACTS = { is_cut: false, steps: [1], cases: [] };
const NO_ONE = { ways: [], gone: false, thinned: false, step_s: 0, counted: 0 };
const SOMEONE = { ...NO_ONE, ways: [1], counted: 180_000 };
for (const [facts, ways, without, words, because] of [
  [FACTS, null, "post", "只有值班长和领导能看", "who may not look is told so"],
  [FACTS, null, "purpose", "选择目的", "who may is told how"],
  [FACTS, NO_ONE, "", "没有人员和车辆的位置", "nobody was there"],
  [FACTS, { ...SOMEONE, thinned: true }, "", "已按规定减少为每分钟一个", "positions were thinned by rule"],
  [FACTS, { ...NO_ONE, gone: true }, "", "已按规定删除", "or deleted"],
  [FACTS, { ...SOMEONE, step_s: 20 }, "", "位置共 180,000 个，每 20 秒显示一个", "too many to show them all"],
  [{ ...FACTS, is_cut: true }, SOMEONE, "", "件数不全", "too many cases"],
  [{ ...FACTS, steps: [] }, SOMEONE, "", "没有发生任何事", "a quiet hour"],
]) {
  test(`it is said on screen: ${because}`, () => assert.match(notesOf(facts, ways, without).join(""), new RegExp(words)));
}

test("a whole hour with all its positions needs no note", () => {
  assert.deepEqual(notesOf(FACTS, SOMEONE, ""), []);
});
