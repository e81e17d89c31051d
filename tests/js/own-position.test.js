// Whether a person stands at the case, as the phone tells it before the server decides.

import assert from "node:assert/strict";
import { test } from "node:test";

import { judge } from "../../web/static/js/parts/own-position.js";
import { sayWalk } from "../../web/static/js/parts/walk.js";
import { followFix, sayStanding, standing } from "../../web/static/js/standing.js";

const LIMITS = { within: 100, mostAccuracy: 200 };
const CASE = { lon: 107.143, lat: 34.37 };
const METRE = 1 / 91_783; // of longitude, at that latitude
const seenFrom = (away, accuracy) => standing({ lon: CASE.lon - away * METRE, lat: CASE.lat, accuracy }, CASE);

for (const [away, accuracy, look, because] of [
  [12, 8, "is-near", "beside it"],
  [100, 0.5, "is-near", "on the line"],
  [139, 40, "is-near", "the circle of the position reaches it"],
  [141, 40, "is-far", "it does not"],
  [5, 201, "is-vague", "too rough to say"],
]) {
  test(`${away} m off within ${accuracy} m is ${look}: ${because}`, () => {
    assert.equal(judge(seenFrom(away, accuracy), LIMITS).look, look);
  });
}

test("who stands too far off is told which way and how near to come", () => {
  assert.equal(judge(seenFrom(320, 9.6), LIMITS).words, "在您东方 320 米（精度 10 米），请走到 100 米以内再提交。");
});

for (const [away, accuracy, said, because] of [
  [0, 8, "就在您身边（定位精度 ±8 米）", "on the spot there is no direction"],
  [7.8, 8, "就在您身边（定位精度 ±8 米）", "the fix cannot tell the two apart"],
  [9, 8, "在您东方 9 米", "just beyond the accuracy"],
  [999, 8, "在您东方 999 米", "metres to the kilometre"],
  [4_830, 8, "在您东方 4.8 公里", "kilometres beyond"],
  [120, 400, "就在附近，定位太粗（精度 ±400 米），说不出方向", "a rough fix claims nothing"],
]) {
  test(`${away} m off within ${accuracy} m is said as ${said}: ${because}`, () => {
    assert.equal(sayStanding(seenFrom(away, accuracy)), said);
  });
}

test("the line of the way and the line of the fence say the same place by the same words", () => {
  const [near, far] = [seenFrom(3, 8), seenFrom(137, 8)];
  assert.equal(sayWalk(near, null), "就在您身边（定位精度 ±8 米）");
  assert.equal(judge(near, LIMITS).words, "就在您身边（定位精度 ±8 米），在 100 米以内。");
  assert.equal(sayWalk(far, 212), "在您东方 137 米（直线） · 沿道路约 210 米，步行 3 分钟");
  assert.ok(judge(far, LIMITS).words.startsWith("在您东方 137 米"));
});

test("one watch serves everything on a page that asks where the phone is, and ends with the last of them", (t) => {
  let tell;
  const ended = [];
  const geolocation = { watchPosition: (heard) => ((tell = heard), 7), clearWatch: (watch) => ended.push(watch) };
  t.mock.method(geolocation, "watchPosition");
  Object.defineProperty(globalThis, "navigator", { value: { geolocation }, configurable: true });
  const heard = { walk: [], fence: [] };
  const leave = [followFix((fix) => heard.walk.push(fix)), followFix((fix) => heard.fence.push(fix))];
  tell({ coords: { longitude: 107.1, latitude: 34.3, accuracy: 5 } });
  assert.deepEqual(heard.walk, heard.fence);
  for (const one of leave) one();
  assert.deepEqual([geolocation.watchPosition.mock.callCount(), ended], [1, [7]]);
});
