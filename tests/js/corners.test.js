// Corners of lines and areas, as forms have them and as the map draws them.

import assert from "node:assert/strict";
import { test } from "node:test";

import { cornersIn, shapesOf, textOf } from "../../web/static/js/map/corners.js";

for (const [text, corners, because] of [
  ["107.1, 34.3\n107.2, 34.4", [[107.1, 34.3], [107.2, 34.4]], "a corner to a row"],
  ["107.1 34.3；107.2 34.4", [[107.1, 34.3], [107.2, 34.4]], "semicolons and blanks"],
  ["107.1\n\nhere, there", [], "what is no corner is left out"],
  ["", [], "nothing"],
]) {
  test(`corners of ${JSON.stringify(text)}: ${because}`, () => assert.deepEqual(cornersIn(text), corners));
}

test("corners are written as they are read", () => {
  assert.deepEqual(cornersIn(textOf([[107.145, 34.369]])), [[107.145, 34.369]]);
});

test("two corners of an area are a line still, three close a ring", () => {
  const kinds = (n) => shapesOf([[0, 0], [1, 0], [1, 1]].slice(0, n), "area").features.map((one) => one.geometry.type);
  assert.deepEqual(kinds(2), ["LineString", "Point", "Point"]);
  assert.deepEqual(kinds(3), ["Polygon", "Point", "Point", "Point"]);
});

test("no corners draw nothing", () => assert.equal(shapesOf([], "line"), null));
