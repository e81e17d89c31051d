// What is asked, and how what the geocoding engine answers is said and drawn.

import assert from "node:assert/strict";
import { test } from "node:test";

import { foundFeatures, foundLayers, reachFeatures } from "../../web/static/js/map/found.js";
import { coordinatesOf, rowsOf, sayAddress } from "../../web/static/js/map/here.js";
import { paletteOf } from "../../web/static/js/map/style.js";
import { likelyOf } from "../../web/static/js/parts/call-place.js";
import { sayFound } from "../../web/static/js/parts/place-picker.js";
import { askingLast, find, geocode, problemOf } from "../../web/static/js/places/asking.js";
import { stepTo } from "../../web/static/js/places/rows.js";
import {
  begunBy, chipsOf, choiceIn, inDigits, offsetIn, sameAs, sayConfidence, sayNothing, sayProblem, sayRange, shownOf, toldApart, whereOf,
} from "../../web/static/js/places/wording.js";

const span = (label, text, value = "") => ({ label, text, value });
const CALL = [
  span("road", "经二路", "经2路"), span("relation", "和"), span("road", "红旗路", "红旗路"), span("relation", "十字"),
  span("relation", "往东五十米"), span("redundant", ","), span("poi", "邮局"), span("relation", "门口"), span("other", "井盖没"),
];
const said = (reading) => chipsOf(reading).map(({ label, text }) => `${label} ${text}`);
const place = (name, more = {}) => ({ name, lon: 107.14, lat: 34.37, level: "crossing", radius_m: 20, confidence: 0.95, ...more });

for (const [confidence, words, because] of [
  [0.95, "确定", "hardly ever wrong"],
  [0.8, "确定", "on the line"],
  [0.5, "可能", "one of two"],
  [0.29, "不确定", "a guess"],
]) {
  test(`a confidence of ${confidence} is ${words}: ${because}`, () => assert.equal(sayConfidence(confidence), words));
}

test("what the caller said is read as labelled parts", () => {
  assert.deepEqual(said(CALL), ["路 经二路", "路口 红旗路", "往东 50 米", "地点 邮局", "方位 门口"]);
});

test("a crossing of one street alone is a crossing without a second name", () => {
  assert.deepEqual(said([span("road", "红旗路"), span("relation", "路口")]), ["路 红旗路", "路口 "]);
});

test("a name read as another shows both", () => {
  assert.deepEqual(chipsOf([span("road", "火星路", "火炬路")]), [{ label: "路", text: "火炬路", said: "火星路" }]);
});

for (const [words, digits, because] of [
  ["一百五十号", "150号", "hundreds and tens"],
  ["十五", "15", "ten alone counts once"],
  ["一五五", "155", "digits one by one"],
  ["经二路", "经2路", "within a name"],
]) {
  test(`${words} is ${digits} in digits: ${because}`, () => assert.equal(inDigits(words), digits));
}

for (const [words, offset, because] of [
  ["往东五十米", { way: "东", metres: 50 }, "as people say it"],
  ["以东约30米", { way: "东", metres: 30 }, "as addresses write it"],
  ["西北方向走200多米", { way: "西北", metres: 200 }, "in eight directions"],
  ["门口", null, "no offset"],
]) {
  test(`the offset of ${words}: ${because}`, () => assert.deepEqual(offsetIn(words), offset));
}

for (const [outcome, confidences, isStrict, choice, because] of [
  ["found", [0.95], false, "one", "it is sure"],
  ["found", [0.5], false, "one", "likely is enough to look at"],
  ["found", [0.5], true, "several", "likely is not enough to write down"],
  ["found", [0.29], false, "several", "a guess is never taken"],
  ["ambiguous", [0.49, 0.48], false, "several", "nobody can tell"],
  ["not_found", [], false, "none", "there is nothing"],
]) {
  test(`${outcome} at ${confidences} leaves ${choice} to choose: ${because}`, () => {
    const candidates = confidences.map((confidence) => place("某处", { confidence }));
    assert.equal(choiceIn({ outcome, candidates }, { isStrict }), choice);
  });
}

test("namesakes of one address are told apart by their grids, others need none", () => {
  const twin = (code) => place("渭水苑", { address: "马营镇渭水苑", unit_grid_code: code });
  const shown = toldApart([twin("610302100004106"), twin("610302100004107"), place("渭水苑社区", { address: "马营镇渭水苑社区" })]);
  assert.deepEqual(shown.map(({ apart }) => apart), ["网格 610302100004106", "网格 610302100004107", ""]);
});

test("beside the place that is meant others come second, and what is next to impossible is left out", () => {
  const candidates = [0.95, 0.97, 0.001].map((confidence, n) => place(`第${n}处`, { confidence }));
  assert.deepEqual(shownOf({ outcome: "found", candidates }).map(({ isSecond }) => isSecond), [false, true]);
  assert.deepEqual(shownOf({ outcome: "ambiguous", candidates: candidates.slice(0, 2) }).map(({ isSecond }) => isSecond), [false, false]);
});

test("a completion and a candidate are one place by their entry, or by name near by", () => {
  assert.equal(sameAs({ key: "s:1", name: "甲" }, { key: "s:2", name: "甲" }, 0), false);
  assert.equal(sameAs({ key: "", name: "甲与乙路口" }, { key: null, name: "甲与乙路口" }, 12), true);
  assert.equal(sameAs({ key: "", name: "甲与乙路口" }, { key: null, name: "甲与乙路口" }, 800), false);
});

test("a spot has an error, a street an extent", () => {
  assert.equal(sayRange({ level: "crossing", radius_m: 21.4 }), "误差约 20 米");
  assert.equal(sayRange({ level: "street", radius_m: 1686 }), "范围约 1.7 公里");
});

test("where a place lies is its address without its name", () => {
  assert.equal(whereOf({ name: "安康苑", address: "渭滨区经二路街道安康苑" }), "渭滨区经二路街道");
});

test("what is not found is said with what was understood", () => {
  assert.deepEqual(sayNothing({ message: "没有。", understood: "市场 · 门口" }), ["没有。", "听懂的是：市场 · 门口"]);
});

for (const [status, kind, words] of [[429, "too_often", "请过 20 秒再查"], [503, "broken", "已填写的都在"], [400, "refused", "请求太长。(malformed)"]]) {
  test(`an answer of ${status} says what to do`, () => {
    const problem = problemOf(status, { code: status === 400 ? "malformed" : "", message: "请求太长。" }, "20");
    assert.equal(problem.kind, kind);
    assert.match(sayProblem(problem), new RegExp(words.replace(/[()]/g, "\\$&")));
  });
}

test("without a network the map is still good", () => assert.match(sayProblem({ kind: "offline", code: "offline" }), /没有网络.*地图照常能用.*\(offline\)/));

/** Questions under way, answered when a test says so; pauses end when it says so. */
function questions() {
  const [asked, answers, pauses, used] = [[], {}, [], []];
  const send = (text, signal) => {
    asked.push({ text, signal });
    return new Promise((resolve) => { answers[text] = () => resolve(text); });
  };
  const asking = askingLast(send, { waitMs: 1, later: (act) => pauses.push(act), never: (n) => { if (n) pauses[n - 1] = () => {}; } });
  const settle = () => new Promise((resolve) => { setImmediate(resolve); });
  return { asked, answers, pauses, used, settle, ask: (text) => asking.ask(text, (answer) => used.push(answer)) };
}

test("only what stands after a pause is asked", () => {
  const { ask, asked, pauses } = questions();
  for (const text of ["经", "经二", "经二路"]) ask(text);
  for (const end of pauses) end();
  assert.deepEqual(asked.map(({ text }) => text), ["经二路"]);
});

test("a newer question calls off the one before, and its late answer is dropped", async () => {
  const { ask, asked, answers, pauses, used, settle } = questions();
  ask("经二");
  pauses[0]();
  ask("经二路");
  pauses[1]();
  answers["经二路"]();
  answers["经二"]();
  await settle();
  assert.deepEqual([asked[0].signal.aborted, used], [true, ["经二路"]]);
});

test("arrows go round the rows and through none", () => {
  assert.deepEqual([stepTo(-1, 1, 3), stepTo(2, 1, 3), stepTo(-1, -1, 3), stepTo(0, -1, 3)], [0, -1, 2, -1]);
});

test("several places have numbered dots, one place and a chosen one the pin", () => {
  const roles = (found) => foundFeatures(found).features.map(({ properties }) => properties.n ?? properties.role);
  const places = [place("甲"), place("乙")];
  assert.deepEqual(roles({ places }), [1, 2]);
  assert.deepEqual(roles({ places, active: 1 }), ["range", 1, 2]);
  assert.deepEqual(roles({ places, active: 1, isChosen: true }), ["range", "pin"]);
  assert.deepEqual(roles({ places: places.slice(1), active: 0 }), ["range", "pin"]);
  assert.deepEqual(roles(undefined), []);
});

test("a place without a radius reaches as far as its level usually does", () => {
  const height = (one) => Math.max(...reachFeatures([one]).map(({ geometry }) => geometry.coordinates[1])) - one.lat;
  assert.ok(height(place("某路", { level: "street", radius_m: 0 })) > 10 * height(place("某点", { radius_m: 0 })));
});

for (const theme of ["day", "night"]) {
  test(`places that were found have a look of their own by ${theme}`, () => {
    const c = paletteOf(theme);
    assert.ok(foundLayers(c).every(({ source }) => source === "found"));
    assert.notEqual(c.pins.found, c.pins.lights.open);
  });
}

const LOCATED = { unit_grid_code: "610302001002004", district: { name: "渭滨区" }, subdistrict: { name: "金陵街道" }, community: { name: "新开路社区" } };

test("what is here is told by the engine's address, else by the frame's names, else by the refusal", () => {
  assert.equal(sayAddress(LOCATED, { address: "经二路155号" }), "经二路155号");
  assert.equal(sayAddress(LOCATED, { problem: {} }), "渭滨区金陵街道新开路社区");
  assert.equal(sayAddress({ message: "不在管理范围。" }, {}), "不在管理范围。");
});

test("outside the frame there are no rows of grids", () => {
  assert.deepEqual(rowsOf(LOCATED), [["单元网格", "610302001002004"], ["社区", "金陵街道 新开路社区"]]);
  assert.deepEqual(rowsOf({ message: "不在管理范围。" }), []);
});

test("coordinates are told as they are and as other maps shift them", () => {
  const [[, ours], [name, shifted]] = coordinatesOf({ lon: 107.1445, lat: 34.369 });
  assert.deepEqual([ours, name, shifted], ["107.144500, 34.369000", "GCJ-02", "107.149302, 34.367723"]);
});

test("a place that was picked is told by address, grid and how exact it is", () => {
  const told = { address: "渭滨区经二路155号" };
  assert.equal(sayFound(LOCATED, told, null, "map"), "渭滨区经二路155号 · 网格 610302001002004");
  assert.match(sayFound(LOCATED, told, 12.4, "gps"), /（定位误差约 12 米/);
  assert.match(sayFound(LOCATED, told, 21.4, "map"), /（误差约 20 米/);
  assert.equal(sayFound({ message: "不在管理范围。" }, told, null, "map"), "不在管理范围。");
});

/** Answers every request as a server would whose text is given by path; `null` breaks off after the head. */
function serve(context, texts) {
  context.mock.method(globalThis, "fetch", async (address) => {
    const text = texts[new URL(address, "http://city").pathname.split("/").at(-1)];
    return { ok: true, status: 200, headers: new Headers(), json: async () => (text === null ? Promise.reject(new Error("called off")) : text) };
  });
}

test("an answer that breaks off after its head is none, and nobody counts its places", async (context) => {
  serve(context, { geocode: null });
  assert.deepEqual(await geocode("红旗路"), { problem: { kind: "offline", code: "offline" } });
  assert.equal((await find("红旗路")).problem.kind, "offline");
});

test("words that are no place's name are how some places begin", async (context) => {
  serve(context, { geocode: { outcome: "not_found", candidates: [] }, suggest: { suggestions: [place("红旗路")] } });
  assert.deepEqual((await find("hongqi")).suggestions.map(({ name }) => name), ["红旗路"]);
});

test("a place in another city is not made one of this city", async (context) => {
  serve(context, { geocode: { outcome: "elsewhere", candidates: [] }, suggest: { suggestions: [place("西安路")] } });
  assert.equal((await find("西安市雁塔区")).suggestions, undefined);
});

test("a place keeps the name it was chosen by beside its address", () => {
  const told = sayFound({ unit_grid_code: "610303008007001" }, { address: "金台区经二路155号" }, null, "map", "市第一小学");
  assert.equal(told, "市第一小学 · 金台区经二路155号 · 网格 610303008007001");
});

for (const [confidence, shown, because] of [
  [0.9, 1, "a place was named"],
  [0.1, 0, "a word that sounds like a place"],
]) {
  test(`of what a caller says a place of confidence ${confidence} is listed ${shown} times: ${because}`, () => {
    assert.equal(likelyOf({ candidates: [place("红旗路", { confidence })], reading: [] }).candidates.length, shown);
  });
}

for (const [text, n, because] of [
  ["hongqi", 1, "pinyin sounds like it"],
  ["红旗", 1, "its first characters"],
  ["飞碟基地", 0, "the engine completed another word"],
]) {
  test(`${text} begins ${n} of the names: ${because}`, () => assert.equal(begunBy(text, [place("红旗路")]).length, n));
}
