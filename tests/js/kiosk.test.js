// A terminal that nobody touches counts down before it forgets.

import assert from "node:assert/strict";
import { test } from "node:test";

import { remainingS } from "../../web/static/js/parts/kiosk-idle.js";

for (const [quietMs, left, because] of [
  [0, 80, "somebody has just touched it"],
  [59_999, 21, "nothing is said before the time is over"],
  [60_000, 20, "then twenty seconds are counted down"],
  [79_001, 1, "the last one"],
  [80_000, 0, "and it begins anew"],
]) {
  test(`a terminal of sixty seconds, ${quietMs} ms alone: ${because}`, () => {
    assert.equal(remainingS(quietMs, 60), left);
  });
}
