// A shift on the phone: which positions are kept, which moment they have, when the grid was left, what becomes of duty.

import assert from "node:assert/strict";
import { test } from "node:test";

import { LOOKS, lookIn, themeOf } from "../../web/static/js/phone/look.js";
import { newCall } from "../../web/static/js/phone/shift.js";
import {
  asPosition, asSent, callState, dutyOutcome, edgeAway, holds, isStraying, isWorth, momentOf, outsideSince, shiftAfter, spareOf,
} from "../../web/static/js/phone/shift-rules.js";

const NOON = Date.parse("2026-09-18T04:00:00Z");
const DAY_MS = 24 * 3600_000;
const at = (ms) => new Date(ms).toISOString();

for (const [seconds, away, accuracy, speed, worth, because] of [
  [4, 50, 10, 5, false, "no more than one in five seconds"], [7, 9, 10, 1.3, true, "somebody walks"],
  [7, 9, 60, 1.3, false, "nine metres are nothing where the fix is exact to sixty"], [16, 12, 60, 1.3, true, "every 15 s at the latest while walking"],
  [16, 12, 60, 0.1, false, "a jumping fix of somebody who stands"], [60, 0, 10, 0, true, "once a minute while standing"],
  [60, 90, 500, 1, false, "too vague"], [-3600, 0, 10, 0, true, "the clock was set back"],
]) {
  test(`a fix after ${seconds} s and ${away} m: ${because}`, () => {
    const fix = (s, m) => ({ at: at(NOON + s * 1000), accuracy_m: m, speed_mps: speed });
    assert.equal(isWorth(fix(0, 10), fix(seconds, accuracy), away), worth);
  });
}

test("a fix has the phone's own moment, and beside it what was known of its clock", () => {
  const coords = { longitude: 107.1, latitude: 34.3, accuracy: 12.34, speed: null, heading: Number.NaN };
  const fix = asPosition({ coords, timestamp: NOON - 2_000 }, { now: NOON, offsetMs: -DAY_MS });
  assert.deepEqual(fix, { at: at(NOON - 2_000), offsetMs: -DAY_MS, lon: 107.1, lat: 34.3, accuracy_m: 12.3 });
});

test("a receiver with the right time on a phone with a wrong clock does not mix the two", () => {
  const coords = { longitude: 107.1, latitude: 34.3, accuracy: 12, speed: 1, heading: 90 };
  assert.equal(asPosition({ coords, timestamp: NOON - DAY_MS }, { now: NOON, offsetMs: null }).at, at(NOON));
});

for (const [written, known, now, offset, told, because] of [
  [NOON, 0, NOON + 5_000, 0, NOON, "the clock is right"],
  [NOON + DAY_MS, -DAY_MS, NOON + DAY_MS, -DAY_MS, NOON, "a day ahead, and known when it was written"],
  [NOON + DAY_MS, null, NOON + DAY_MS + 60_000, -DAY_MS, NOON, "a day ahead, learnt afterwards"],
  [NOON + DAY_MS, 0, NOON + DAY_MS + 60_000, -DAY_MS, NOON, "set a day ahead after it was learnt: no moment lies in the future"],
  [NOON + DAY_MS, -DAY_MS, NOON + 3600_000, 0, NOON, "the clock was put right meanwhile: what was known then counts"],
  [NOON, undefined, NOON + 1_000, 7_000, NOON + 7_000, "nothing was ever known of the clock"],
]) {
  test(`a position of the phone's ${at(written)}: ${because}`, () => {
    assert.equal(momentOf({ at: at(written), offsetMs: known }, { now, offsetMs: offset }), at(told));
  });
}

test("what is sent has neither an owner nor numbers of the store", () => {
  const row = { n: 4, owner: "p1", at: at(NOON), offsetMs: 0, lon: 1, lat: 2, accuracy_m: 5 };
  assert.deepEqual(asSent([row], { now: NOON, offsetMs: 0 }), [{ at: at(NOON), lon: 1, lat: 2, accuracy_m: 5 }]);
});

test("a full phone spares all but one position a minute, of each person", () => {
  const rows = [["p1", 0], ["p1", 10], ["p2", 12], ["p1", 61]].map(([owner, s], n) => ({ n, owner, at: at(NOON + s * 1000) }));
  assert.deepEqual(spareOf(rows), [1]);
});

for (const [told, rows, isOn, isSent, because] of [
  [{ is_on_duty: true, since: "x" }, [], true, true, "as the server said last"],
  [{ is_on_duty: true }, [{ kind: "end" }], false, false, "going off without network counts at once"],
  [{ is_on_duty: false }, [{ kind: "end" }, { kind: "start", at: "y" }], true, false, "the last word counts"],
  [null, [], false, true, "nothing is known: off duty"],
]) {
  test(`a shift: ${because}`, () => {
    const shift = shiftAfter(told, rows);
    assert.deepEqual([shift.isOn, shift.isSent], [isOn, isSent]);
  });
}

for (const [status, code, outcome, because] of [
  [200, "", "sent", "taken"], [0, "", "later", "no network"], [401, "", "later", "signed out: it waits"],
  [422, "consent_is_old", "consent", "the text is another one now"], [409, "duty_moment_wrong", "refused", "too long ago"],
]) {
  test(`going on duty, ${status} ${code}: ${because}`, () => assert.equal(dutyOutcome({ status, code }), outcome));
}

const SQUARE = [[[107, 34], [107.01, 34], [107.01, 34.01], [107, 34.01], [107, 34]], [[107.004, 34.004], [107.006, 34.004], [107.006, 34.006], [107.004, 34.006], [107.004, 34.004]]];
const GRIDS = [{ rings: SQUARE }];

for (const [lon, lat, isIn, because] of [
  [107.002, 34.002, true, "inside"], [107.02, 34.002, false, "east of it"], [107.005, 34.005, false, "in its hole"],
]) {
  test(`a place is ${because}`, () => assert.equal(holds(SQUARE, { lon, lat }), isIn));
}

test("the way to the edge is measured on the ground", () => {
  assert.equal(Math.round(edgeAway(SQUARE, { lon: 107.012, lat: 34.005 })), 184);
});

for (const [lon, accuracy, before, since, because] of [
  [107.002, 5, 1, null, "who is back is back"], [107.012, 20, null, NOON, "well outside"],
  [107.012, 20, 7, 7, "still outside, since then"], [107.0101, 30, null, null, "nobody knows so near to the edge"],
  [107.0101, 30, 7, 7, "near the edge what was known stays"],
]) {
  test(`leaving the grid: ${because}`, () => {
    assert.equal(outsideSince(GRIDS, { lon, lat: 34.002, accuracy_m: accuracy, at: at(NOON) }, before), since);
  });
}

test("whoever has no grid never leaves one", () => {
  assert.equal(outsideSince([], { lon: 1, lat: 1, accuracy_m: 1, at: at(NOON) }, 5), null);
});

test("a corner cut is no leaving: it is told after a minute", () => {
  assert.deepEqual([isStraying(null, NOON), isStraying(NOON, NOON + 59_000), isStraying(NOON, NOON + 60_000)], [false, false, true]);
});

test("a call without a position is a call, unheard until somebody heard it", () => {
  const call = newCall("p1", { now: NOON, offsetMs: null, fix: null });
  assert.deepEqual([call.where, callState(call), callState({ ...call, heardAt: 1 }), callState({ ...call, heardAt: 1, answeredBy: "王" })], [{}, "waiting", "heard", "answered"]);
});

for (const [look, isDark, isSharp, theme, because] of [
  ["auto", false, false, null, "by day"], ["auto", true, false, "night", "the phone is dark"], ["auto", false, true, "sun", "more contrast was asked for"],
  ["day", true, true, null, "chosen against the phone"], ["sun", true, false, "sun", "chosen in the evening"],
]) {
  test(`the look ${look} ${because}`, () => assert.equal(themeOf(look, { isDark, isSharp }), theme));
}

test("a cookie that says nonsense is no look", () => {
  assert.deepEqual(["a=1; citygrid_look=sun", "citygrid_look=red", ""].map(lookIn), ["sun", "auto", "auto"]);
  assert.ok(LOOKS.includes("night"));
});
