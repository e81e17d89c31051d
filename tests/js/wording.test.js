// How durations, clocks, lights and distances are said.

import assert from "node:assert/strict";
import { test } from "node:test";

import { distance, lightOf, sayAge, sayAgo, sayClock, sayCoordinates, sayDistance, sayDuration } from "../../web/static/js/wording.js";

const HOUR = 3_600_000;

for (const [seconds, said, because] of [
  [20, "不到 1 分", "nobody counts seconds"],
  [20 * 60, "20 分", "minutes alone"],
  [2 * 3600, "2 小时", "whole hours"],
  [3 * 3600 + 20 * 60, "3 小时 20 分", "two units"],
  [2 * 86400 + 3600 + 59 * 60, "2 天 1 小时", "days leave minutes out"],
  [86400, "1 天", "a whole day"],
]) {
  test(`a duration of ${seconds} s is ${said}: ${because}`, () => assert.equal(sayDuration(seconds), said));
}

test("a clock tells what is left before the deadline", () => {
  assert.equal(sayClock(4 * HOUR, 1 * HOUR), "还剩 3 小时");
});

test("a clock tells by how much it is over", () => {
  assert.equal(sayClock(1 * HOUR, 50 * HOUR), "超期 2 天 1 小时");
  assert.equal(sayAgo(12 * 60), "12 分前");
});

for (const [now, light, because] of [
  [7 * HOUR, "normal", "before four fifths"],
  [8 * HOUR, "at_risk", "at four fifths"],
  [10 * HOUR, "overdue", "at the deadline itself"],
]) {
  test(`the light is ${light} ${because}`, () => assert.equal(lightOf(10 * HOUR, 8 * HOUR, now), light));
}

test("fresh data are called fresh, old ones by their age", () => {
  assert.deepEqual([sayAge(5), sayAge(600)], ["数据是最新的", "数据已有 10 分 未更新"]);
});

test("a task near by is told in tens of metres, one far off in kilometres", () => {
  assert.deepEqual([sayDistance(3), sayDistance(234), sayDistance(4_830)], ["10 米", "230 米", "4.8 公里"]);
});

test("a thousandth of a degree of latitude is 111 m", () => {
  assert.equal(Math.round(distance({ lon: 107.14, lat: 34.37 }, { lon: 107.14, lat: 34.371 })), 111);
});

test("coordinates are copied longitude first", () => {
  assert.equal(sayCoordinates({ lon: 107.1, lat: 34.36 }), "107.100000, 34.360000");
});
