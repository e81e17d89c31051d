// Snapshots say which camera and when; tours go round and round.

import assert from "node:assert/strict";
import { test } from "node:test";

import { fileName, sayMoment, sizeOf } from "../../web/static/js/cameras/stamp.js";
import { nextStop, stopAt } from "../../web/static/js/cameras/touring.js";

const FRIDAY_MORNING = new Date("2026-09-18T01:30:05Z");

test("the moment burnt into a snapshot is the city's, wherever the browser stands", () => {
  assert.equal(sayMoment(FRIDAY_MORNING), "2026-09-18 09:30:05");
});

test("a snapshot is named for its camera and its moment", () => {
  assert.equal(fileName("SXJ/1", FRIDAY_MORNING), "SXJ_1-20260918-093005.jpg");
});

for (const [width, height, size, because] of [
  [1280, 720, { width: 1280, height: 720 }, "a picture is taken as it is"],
  [3840, 2160, { width: 1920, height: 1080 }, "a very large one is halved"],
  [1080, 3840, { width: 540, height: 1920 }, "one that stands upright, too"],
]) {
  test(`a snapshot of ${width} by ${height}: ${because}`, () => assert.deepEqual(sizeOf(width, height), size));
}

for (const [n, steps, next, because] of [
  [0, 1, 1, "the next one"],
  [2, 1, 0, "after the last comes the first"],
  [0, -1, 2, "before the first comes the last"],
]) {
  test(`a tour of three at ${n}, ${steps} on: ${because}`, () => assert.equal(nextStop(n, steps, 3), next));
}

const ROUND = [{ seconds: 10 }, { seconds: 30 }];
for (const [elapsed, n, left, because] of [
  [0, 0, 10, "it begins with the first"],
  [9.5, 0, 0.5, "which has its seconds"],
  [10, 1, 30, "then comes the second"],
  [45, 0, 5, "and the first again"],
  [-3, 0, 10, "a wall whose clock is behind begins with the first"],
]) {
  test(`${elapsed} s after a tour was called stop ${n} is shown: ${because}`, () => {
    assert.deepEqual(stopAt(ROUND, elapsed), { n, leftS: left });
  });
}
