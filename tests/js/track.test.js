// A track played again: between positions one is on the way, in a gap nobody knows.

import assert from "node:assert/strict";
import { test } from "node:test";

import { indexAt, partsOf, placeAt, pointsOf } from "../../web/static/js/track.js";

const TRACK = pointsOf([[10, 107.2, 34.2, 5, 1, 90], [0, 107.0, 34.0, 5, 1, null], [600, 107.4, 34.4, 5, 1, 0]]);

for (const [at, place, because] of [
  [-5, { lon: 107.0, isGap: true }, "before the first position"],
  [0, { lon: 107.0, isGap: false }, "at the first"],
  [5, { lon: 107.1, isGap: false }, "half-way to the second"],
  [300, { lon: 107.2, isGap: true }, "in a gap: where one was last"],
  [600, { lon: 107.4, isGap: false }, "at the last"],
  [900, { lon: 107.4, isGap: true }, "long after the last"],
]) {
  test(`a moment of a track: ${because}`, () => {
    const { lon, isGap } = placeAt(TRACK, at);
    assert.deepEqual({ lon: Number(lon.toFixed(6)), isGap }, place);
  });
}

test("positions come in order of time", () => assert.deepEqual(TRACK.map(({ at }) => at), [0, 10, 600]));
test("no line is drawn over a gap", () => assert.deepEqual(partsOf(TRACK), [[[107.0, 34.0], [107.2, 34.2]]]));
test("an empty track has no place", () => assert.equal(indexAt([], 3), -1));
