// Maps of another datum are put where they belong: the shift is the formula's, and a tile's one shift is good enough.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PATCH, fromTile, isShifted, planOf, toBd09, toGcj02, toTile } from "../../web/static/js/map/datum.js";

const BAOJI = [107.145, 34.369];
const near = (found, wanted, within) => found.forEach((value, n) => assert.ok(Math.abs(value - wanted[n]) < within, `${found} is not ${wanted}`));
const metres = ([lon, lat], [lon2, lat2]) => Math.hypot((lon2 - lon) * 111_320 * Math.cos((lat * Math.PI) / 180), (lat2 - lat) * 110_950);

test("GCJ-02 is what the server's formula says", () => near(toGcj02([116.377817, 39.911954]), [116.384047225, 39.913345455], 1e-9));

test("at Baoji GCJ-02 lies half a kilometre away, BD-09 further", () => {
  assert.ok(Math.abs(metres(BAOJI, toGcj02(BAOJI)) - 460) < 30);
  assert.ok(metres(BAOJI, toBd09(BAOJI)) > 800);
});

test("outside China nothing moves", () => assert.deepEqual(toGcj02([2.35, 48.85]), [2.35, 48.85]));

test("CGCS2000 and WGS84 are drawn as they are", () => assert.ok(!isShifted("CGCS2000") && !isShifted("WGS84") && isShifted("GCJ-02")));

test("a place goes to its tile and back", () => near(fromTile(toTile(BAOJI, 15), 15), BAOJI, 1e-9));

const SHIFTS = { "GCJ-02": toGcj02, "BD-09": toBd09 };

for (const datum of Object.keys(SHIFTS)) {
  test(`anywhere in the city a map of ${datum} is drawn within a metre, or half a pixel on small maps`, () => {
    for (let n = 0; n < 2_000; n += 1) {
      const place = [106.89 + 0.435 * ((n * 0.618034) % 1), 34.12 + 0.413 * ((n * 0.754878) % 1)];
      for (const zoom of [10, 12, 14, 16, 18]) {
        const [column, row] = toTile(place, zoom);
        const [x, y] = [Math.floor(column), Math.floor(row)];
        const { box, patches } = planOf(datum, zoom, x, y);
        const under = (one) => one.left <= column - x && column - x < one.left + PATCH && one.top <= row - y && row - y < one.top + PATCH;
        const [a, b, c, d, right, down] = patches.find(under).matrix;
        const foreign = toTile(SHIFTS[datum](place), zoom);
        const [u, v] = [foreign[0] - box.left, foreign[1] - box.top];
        const drawn = fromTile([x + a * u + c * v + right, y + b * u + d * v + down], zoom);
        const pixelM = (40_075_016 * Math.cos((place[1] * Math.PI) / 180)) / 2 ** zoom / 256;
        assert.ok(metres(drawn, place) < Math.max(1, pixelM / 2), `${metres(drawn, place)} m at zoom ${zoom}`);
      }
    }
  });

  test(`the tiles of ${datum} that are asked for cover the one that is drawn`, () => {
    const { box, patches } = planOf(datum, 15, 26_136, 13_046);
    const [columns, rows] = [box.right - box.left + 1, box.bottom - box.top + 1];
    const corner = ([a, b, c, d, right, down], u, v) => [a * u + c * v + right, b * u + d * v + down];
    const [west, north] = corner(patches.at(0).matrix, 0, 0);
    const [east, south] = corner(patches.at(-1).matrix, columns, rows);
    assert.ok(west <= 0 && north <= 0 && east >= 1 && south >= 1 && columns <= 3 && rows <= 3);
  });
}
