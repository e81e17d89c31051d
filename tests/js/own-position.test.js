// Whether a person stands at the case, as the phone tells it before the server decides.

import assert from "node:assert/strict";
import { test } from "node:test";

import { judge } from "../../web/static/js/parts/own-position.js";

const LIMITS = { within: 100, mostAccuracy: 200 };

for (const [away, accuracy, look, because] of [
  [12, 8, "is-near", "beside it"],
  [100, 0, "is-near", "on the line"],
  [140, 40, "is-near", "the circle of the position reaches it"],
  [141, 40, "is-far", "it does not"],
  [5, 201, "is-vague", "too rough to say"],
]) {
  test(`${away} m off within ${accuracy} m is ${look}: ${because}`, () => {
    assert.equal(judge({ away, accuracy }, LIMITS).look, look);
  });
}

test("who stands too far off is told how near to come", () => {
  assert.equal(judge({ away: 320.4, accuracy: 9.6 }, LIMITS).words, "您距案件 320 米（精度 10 米），请走到 100 米以内再提交。");
});
