// The wall: which scene is shown when, how old data are said to be, what moves and what is marked.

import assert from "node:assert/strict";
import { test } from "node:test";

import { ageOf } from "../../web/static/js/wall/age.js";
import { Alarms } from "../../web/static/js/wall/alarms.js";
import { Cells } from "../../web/static/js/wall/cells.js";
import { Movers, isStale, shareOf } from "../../web/static/js/wall/movers.js";
import { nearest } from "../../web/static/js/wall/overlay.js";
import { learn, now } from "../../web/static/js/wall/time.js";
import { replayAddress, wallAddress } from "../../web/static/js/replay/called.js";
import { addressOf, begin, call, goOn, pause, sceneIn, shown, timetable } from "../../web/static/js/wall/rotation.js";
import { bothEnds, countdown, newlyOverdue, sayUsual, sayWeek } from "../../web/static/js/wall/words.js";

const ROUND = timetable("overview:60,hot:30,district:20", ["610302", "610303"]);
const at = (state, seconds) => shown(goOn(state, seconds * 1000));

for (const [seconds, scene, district, because] of [
  [0, "overview", "", "the round begins with the city"],
  [59.9, "overview", "", "which has its minute"],
  [60, "hot", "", "then the hot grids"],
  [90, "district", "610302", "districts come one after the other"],
  [110, "district", "610303", "each with its time"],
  [130, "overview", "", "and it begins anew"],
  [130 * 500 + 61, "hot", "", "a wall that slept for hours stands where the time says"],
]) {
  test(`after ${seconds} s the wall shows ${scene} ${district}: ${because}`, () => {
    const found = at(begin(ROUND, 0), seconds);
    assert.deepEqual([found.scene, found.district], [scene, district]);
  });
}

test("a case that was called stays until its time, then the round goes on where it was", () => {
  const called = call(begin(ROUND, 0), { scene: "case", caseNo: "6103", by: "派遣员甲" }, 180_000, 10_000);
  assert.deepEqual([at(called, 179).caseNo, at(called, 180).scene], ["6103", "overview"]);
});

test("the desk that called a case lets the round go on", () => {
  const called = call(begin(ROUND, 0), { scene: "case", caseNo: "6103" }, 180_000, 10_000);
  assert.equal(shown(call(called, { scene: "rotate" }, 0, 20_000)).scene, "overview");
});

test("a round that stands still shows the same an hour later, and goes on from there", () => {
  const still = pause(begin(ROUND, 0), 1000);
  const later = goOn(still, 3_600_000);
  assert.deepEqual([shown(later).scene, shown(goOn(pause(later, 3_600_000), 3_660_000)).scene], ["overview", "hot"]);
});

test("a call wakes a round that stands still", () => {
  assert.equal(shown(call(pause(begin(ROUND, 0), 0), { scene: "people" }, 9_000, 1_000)).scene, "people");
});

test("a camera that was called comes from the stream after a reload, not from the address", () => {
  assert.equal(addressOf("?style=day&scene=hot", { scene: "camera" }), "?style=day");
  assert.equal(sceneIn("?scene=camera"), null);
});

test("a replay that was called knows the way back to the wall as it was", () => {
  const address = replayAddress("from=2026-09-18T09:00&to=2026-09-18T10:00&speed=60&at=0", { wall: "east", call: "2026-09-18T11:00:00+08:00", back: "?wall=east&style=day&show=overview:60" });
  const asked = new URL(address, "http://city").searchParams;
  assert.deepEqual([asked.get("from"), asked.get("style"), asked.get("call")], ["2026-09-18T09:00", "day", "2026-09-18T11:00:00+08:00"]);
  const back = new URL(wallAddress(new URL(address, "http://city").search), "http://city");
  assert.deepEqual([back.pathname, back.searchParams.get("wall"), back.searchParams.get("show")], ["/wall", "east", "overview:60"]);
});

test("the replay of an incident that was called has the incident's own page on the wall", () => {
  const address = replayAddress("at=2026-09-18T09:30&speed=10&play=yes", { wall: "main", call: "2026-09-18T11:00:00+08:00", back: "", incidentNo: "TF20260918001" });
  const { pathname, searchParams } = new URL(address, "http://city");
  assert.deepEqual([pathname, searchParams.get("play"), searchParams.get("wall")], ["/wall/incidents/TF20260918001/replay", "yes", "main"]);
});

test("a way back leads nowhere but to the wall", () => {
  assert.equal(wallAddress("?back=//elsewhere.example/"), "/wall?%2F%2Felsewhere.example%2F=");
});

for (const [asked, scenes, because] of [
  ["", ["overview", "overdue", "hot", "district", "people", "walked"], "all of them without a word"],
  ["hot,overview:10", ["hot", "overview"], "as the address has it"],
  ["case,nonsense", ["overview"], "a case is called, it does not go round"],
]) {
  test(`the round "${asked}": ${because}`, () => {
    assert.deepEqual(timetable(asked, ["610302"]).map((row) => row.scene), scenes);
  });
}

test("nothing flashes by: a scene has at least five seconds", () => {
  assert.equal(timetable("hot:0", [])[0].seconds, 5);
});

for (const [search, found, because] of [
  ["?scene=overdue", { scene: "overdue", caseNo: "", incidentNo: "", district: "" }, "a scene is named"],
  ["?scene=case", null, "a case needs its number"],
  ["?scene=case&case=61", { scene: "case", caseNo: "61", incidentNo: "", district: "" }, "and has it"],
  ["?scene=incident", null, "an incident without its number is none"],
  ["?scene=incident&incident=TF1", { scene: "incident", caseNo: "", incidentNo: "TF1", district: "" }, "an incident is named"],
  ["?scene=<b>", null, "nothing else is a scene"],
]) {
  test(`the address ${search}: ${because}`, () => assert.deepEqual(sceneIn(search), found));
}

test("the address keeps everything else that was in it", () => {
  assert.equal(addressOf("?style=day&scene=case&case=61", { scene: "district", district: "610303" }), "?style=day&scene=district&district=610303");
});

for (const [seconds, isStale_, because] of [
  [0, false, "just heard"], [29.9, false, "three beats may be late"], [30, true, "then it is red"], [3600, true, "and stays so"],
]) {
  test(`data ${seconds} s old: ${because}`, () => assert.equal(ageOf(seconds).isStale, isStale_));
}

const movedTwice = () => {
  const movers = new Movers();
  movers.take([["p1", 107.1, 34.3, 90, 1000, 1]], 1_000_000);
  movers.take([["p1", 107.101, 34.3, null, 1005, 0]], 1_005_000);
  return movers;
};

test("somebody who moves is one mark, however often he is heard of", () => {
  assert.equal(movedTwice().byKey.size, 1);
});

test("a mark goes to its new place in the time since the one before", () => {
  const mover = movedTwice().byKey.get("p1");
  assert.deepEqual([shareOf(mover, 1_005_000), shareOf(mover, 1_007_500), shareOf(mover, 1_099_000)], [0, 0.5, 1]);
});

test("a heading that is not known stays as it was, and who has work is not free", () => {
  const mover = movedTwice().byKey.get("p1");
  assert.deepEqual([mover.heading, mover.isFree], [90, false]);
});

test("a position that was sent late does not pull a mark back", () => {
  const movers = movedTwice();
  movers.take([["p1", 107.0, 34.3, null, 900, 1]], 1_006_000);
  assert.equal(movers.byKey.get("p1").lon, 107.101);
});

test("who jumps over the city is drawn where he is, not on the way", () => {
  const movers = movedTwice();
  movers.take([["p1", 107.3, 34.3, null, 1010, 1]], 1_010_000);
  assert.equal(movers.byKey.get("p1").fromLon, 107.3);
});

test("who is not among the movers of the moment has gone", () => {
  const movers = movedTwice();
  movers.takeAll({ features: [{ properties: { key: "v2", kind: "vehicle", name: "洒水车", at: "2026-11-27T10:00:00+08:00", heading_deg: null, is_free: true }, geometry: { coordinates: [107, 34] } }] }, 2e12);
  assert.deepEqual([...movers.byKey.keys()], ["v2"]);
});

test("names are learnt of those who are there, and nobody comes or goes by it", () => {
  const movers = movedTwice();
  movers.learnNames({ features: [{ properties: { key: "p1", kind: "person", name: "监督员甲" } }, { properties: { key: "p2", kind: "person", name: "监督员乙" } }] });
  assert.deepEqual([...movers.byKey.values()].map(({ key, name }) => [key, name]), [["p1", "监督员甲"]]);
});

test("a position older than two minutes is stale", () => {
  const mover = movedTwice().byKey.get("p1");
  assert.deepEqual([isStale(mover, 1_125_000), isStale(mover, 1_125_001)], [false, true]);
});

test("nobody who left for half an hour is kept", () => {
  const movers = movedTwice();
  movers.tidy(1_005_000 + 1_800_001);
  assert.equal(movers.byKey.size, 0);
});

test("who goes off duty is let go of at once, and nobody else", () => {
  const movers = movedTwice();
  movers.take([["v2", 107, 34, null, 1005, 1]], 1_005_000);
  movers.drop(["p1", "p9"]);
  assert.deepEqual([...movers.byKey.keys()], ["v2"]);
});

test("whoever keeps the place of a mark on the picture sees that another one came", () => {
  const movers = movedTwice();
  const { takes } = movers.byKey.get("p1");
  movers.take([["p1", 107.102, 34.3, null, 1010, 1]], 1_010_000);
  assert.equal(movers.byKey.get("p1").takes, takes + 1);
});

// a picture of 100 by 80 in squares of 32: four columns, three rows
const touchedBy = (...box) => {
  const cells = new Cells(100, 80, 32);
  cells.touch(...box);
  return cells;
};

for (const [box, touched, because] of [
  [[0, 0, 32], [0], "a mark that fits its square touches no other"],
  [[1, 0, 32], [0, 1], "one pixel further it touches the next"],
  [[31, 31, 2], [0, 1, 4, 5], "in a corner it touches four"],
  [[-20, 70, 10], [], "beside the picture none"],
  [[-5, 60, 10], [4, 8], "half in it those at the edge"],
  [[96, 64, 50], [11], "at the other end, too"],
]) {
  test(`a mark at ${box}: ${because}`, () => assert.deepEqual(touchedBy(...box).touched, touched));
}

test("a square that two marks touch is painted once", () => {
  const cells = touchedBy(0, 0, 10);
  cells.touch(5, 5, 10);
  assert.deepEqual(cells.touched, [0]);
});

test("of a mark beside one that moved only the part in its square is painted anew", () => {
  const parts = [];
  touchedBy(0, 0, 10).eachPart(28, 3, 10, 10, (...part) => parts.push(part));
  assert.deepEqual(parts, [[28, 3, 4, 10]]);
});

test("what was painted is not painted again", () => {
  const cells = touchedBy(0, 0, 100, 80);
  assert.equal(cells.areMany, true);
  cells.clear();
  assert.deepEqual([cells.touched, cells.areMany], [[], false]);
});

const callOf = (id, state = "open") => ({ id, key: `p${id}`, name: `监督员${id}`, lon: 107.14, lat: 34.37, at: "2026-11-27T10:00:00+08:00", state });
const alarmsWith = (...calls) => {
  const alarms = new Alarms();
  calls.forEach((told) => alarms.take(told));
  return alarms;
};

for (const [calls, shown, because] of [
  [[callOf(1)], [1], "it is shown"],
  [[callOf(1), callOf(1)], [1], "heard twice it is one"],
  [[callOf(1), callOf(1, "answered")], [], "an answer ends it"],
  [[callOf(1, "answered")], [], "an answer to what was never heard is none"],
  [[callOf(1), callOf(2), callOf(1, "answered")], [2], "and ends no other"],
]) {
  test(`a call for help: ${because}`, () => assert.deepEqual(alarmsWith(...calls).list().map(({ id }) => id), shown));
}

test("a call that was answered while the wall slept is gone when it asks again", () => {
  const alarms = alarmsWith(callOf(1));
  assert.equal(alarms.takeAll([callOf(2)], alarms.turn), true);
  assert.deepEqual([...alarms.byId.keys()], [2]);
});

test("a call that is heard while the wall asks is not lost to the older answer", () => {
  const alarms = alarmsWith();
  const { turn } = alarms;
  alarms.take(callOf(1));
  assert.equal(alarms.takeAll([], turn), false);
  assert.equal(alarms.byId.size, 1);
});

test("a call sounds at once, again after twenty seconds, and never when it is answered", () => {
  const alarms = alarmsWith(callOf(1));
  assert.deepEqual([50_000, 69_000, 70_000].map((ms) => alarms.mustSound(ms)), [true, false, true]);
  alarms.take(callOf(1, "answered"));
  assert.equal(alarms.mustSound(99_000), false);
});

for (const [x, y, found, because] of [
  [400, 300, { x: 400, y: 300, angle: null }, "what is in the picture stands where it is"],
  [5, 300, { x: 5, y: 300, angle: null }, "close to the edge, too"],
  [2000, 300, { x: 940, y: 300, angle: 0 }, "what lies east stands at the right edge and points there"],
  [400, -500, { x: 400, y: 60, angle: -Math.PI / 2 }, "what lies north at the upper one"],
]) {
  test(`a call for help at ${x}, ${y}: ${because}`, () => assert.deepEqual(nearest(x, y, { left: 0, top: 0, right: 1000, bottom: 800 }, 60), found));
}

test("an answer that comes late does not turn the wall's time back", () => {
  const said = (ms) => new Date(Date.now() + ms).toISOString();
  learn(said(60_000));
  learn(said(59_200));
  assert.ok(now() - Date.now() > 59_900);
  learn(said(1_000));
  assert.ok(now() - Date.now() < 1_100, "a clock that was set is believed");
});

const rank = (place) => ({ place });

for (const [places, most, left, because] of [
  [[1, 2, 3, 4, 5, 6, 7], 5, [1, 2, 3, 6, 7], "the best and the last"],
  [[1, 2, null], 5, [1, 2, null], "small samples where there is room"],
  [[1, 2, 3, null, null], 3, [1, 2, 3], "but not instead of a place"],
]) {
  test(`${places.length} rows on ${most} lines: ${because}`, () => {
    assert.deepEqual(bothEnds(places.map(rank), most).map((row) => row.place), left);
  });
}

for (const [left, words, because] of [
  [3599_000, "59:59", "the last hour runs by the second"],
  [59_000, "00:59", "and so does the last minute"],
  [7200_000, "2 小时", "before that by the minute"],
  [-60_000, "超期 1 分", "afterwards it says so"],
]) {
  test(`a deadline ${left} ms away: ${because}`, () => assert.equal(countdown(left, 0), words));
}

for (const [so_far, today, words, because] of [
  [38, [10, 43], "到现在 43 件，比往常多 5", "more"],
  [43.2, [10, 43], "到现在 43 件，与往常相同", "a fraction is no difference"],
]) {
  test(`today beside usual: ${because}`, () => assert.equal(sayUsual({ days: 8, so_far, today }), words));
}

test("the alarm sounds when more cases are overdue than before, and not when the wall is opened", () => {
  assert.deepEqual([newlyOverdue(null, { overdue: 9 }), newlyOverdue({ overdue: 9 }, { overdue: 11 }), newlyOverdue({ overdue: 9 }, { overdue: 8 })], [0, 2, 0]);
});

for (const [state, words, because] of [
  ["fresh", "最近一次走到在 N，A 统计", "when somebody was last anywhere, and when it was counted"],
  ["old", "最后一次巡查位置在 N，之后没有数据", "for a day nothing came"],
  ["none", "近 7 天没有收到任何巡查位置，不能说没人走过", "without positions nobody knows who walked"],
]) {
  test(`a week of walks that is ${state}: ${because}`, () => assert.equal(sayWeek({ state, at: "A", newest_at: "N" }, (one) => one), words));
}
