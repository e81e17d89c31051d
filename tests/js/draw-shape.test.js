// Shapes drawn by hand: which corner is taken hold of, and what is said.

import assert from "node:assert/strict";
import { test } from "node:test";

import { nearest } from "../../web/static/js/map/sketch.js";
import { sayDrawn } from "../../web/static/js/parts/draw-shape.js";

test("a finger takes hold of the nearest corner within its width", () => {
  const corners = [{ x: 0, y: 0 }, { x: 30, y: 0 }, { x: 50, y: 0 }];
  assert.equal(nearest(corners, { x: 42, y: 3 }, 24), 2);
  assert.equal(nearest(corners, { x: 42, y: 3 }, 5), null);
  assert.equal(nearest([], { x: 0, y: 0 }, 24), null);
});

test("an area needs three corners and a line two", () => {
  assert.match(sayDrawn(1, "area", true), /还需 2 个/);
  assert.match(sayDrawn(1, "line", true), /还需 1 个/);
  assert.match(sayDrawn(3, "area", false), /已有 3 个折点/);
});
