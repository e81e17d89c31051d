// Replay of an incident: deadlines that pass change the picture, but keys and links go from fact to fact.

import assert from "node:assert/strict";
import { test } from "node:test";

import { begin, faster } from "../../web/static/js/replay/player.js";
import { indexUntil, neighbour } from "../../web/static/js/replay/steps.js";
import { sayStamp } from "../../web/static/js/replay/words.js";

const STEPS = [[0, "a", true], [600, "b", true], [900, "due", false], [1200.5, "c", true]];

for (const [at, index, because] of [
  [0, 0, "the first fact belongs to its moment"], [599, 0, "until the next one it stays"], [600, 1, "the moment of a fact belongs to it"],
  [900, 2, "a deadline that passes changes the picture"], [1200.4, 2, "half a second too early"], [9999, 3, "after the end the last one stays"], [-1, -1, "before the first there is none"],
]) {
  test(`at ${at} s: ${because}`, () => assert.equal(indexUntil(STEPS, at), index));
}

for (const [at, direction, found] of [[0, 1, 600], [600, 1, 1200.5], [900, -1, 600], [1200.5, 1, undefined], [0, -1, undefined]]) {
  test(`the fact ${direction > 0 ? "after" : "before"} ${at} s`, () => assert.equal(neighbour(STEPS, at, direction), found));
}

test("an incident goes no faster than sixty times", () => assert.equal(faster(begin(60, 60, 0, [1, 10, 60]), 1).speed, 60));

test("a moment is written in the city's time", () => assert.equal(sayStamp(Date.UTC(2026, 8, 18, 1, 30, 5)), "2026-09-18 09:30:05"));
