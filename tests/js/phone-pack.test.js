// What a phone takes along: what differs is fetched, addresses are found again, ways and components are found without network.

import assert from "node:assert/strict";
import { test } from "node:test";

import { burntLines } from "../../web/static/js/phone/burning.js";
import { exifOf, upright, withExif } from "../../web/static/js/phone/exif.js";
import { bearingOf, nearCases, nearComponents, sentencesFor, walkAlong } from "../../web/static/js/phone/near.js";
import { difference, keyOf, sayBytes, sortOf } from "../../web/static/js/phone/pack-rules.js";
import { batchOf } from "../../web/static/js/phone/shift-rules.js";
import { earlierOf } from "../../web/static/js/parts/photo-beside.js";
import { joined } from "../../web/static/js/parts/text-templates.js";

const at = (path) => new URL(path, "https://city.example");

test("only what differs is fetched, and what is no more is dropped", () => {
  const held = [{ url: "/a", version: "1" }, { url: "/b", version: "1" }, { url: "/c", version: "1" }];
  const { fetch, kept, drop } = difference(held, [{ url: "/a", version: "1" }, { url: "/b", version: "2" }, { url: "/d", version: "1" }]);
  assert.deepEqual([fetch, kept, drop].map((list) => list.map((entry) => entry.url)), [["/b", "/d"], ["/a"], ["/c"]]);
});

for (const [path, sort, key, because] of [
  ["/tiles/base/14/1/2.mvt?v=3-a", "packed", "/tiles/base/14/1/2.mvt", "an older tile is better than none"],
  ["/m/tasks?answered=61", "packed", "/m/tasks", "what a page says of itself is no other page"],
  ["/m/surveys/3?grid=610303008007001", "packed", "/m/surveys/3?grid=610303008007001", "each grid of a survey is a page"],
  ["/m/photos/0f", "never", null, "photos under way are between page and server"],
  ["/api/v1/me", "never", null, "who is signed in is only known by asking"],
  ["/desk/leader", "never", null, "desks are no phones"],
  ["/m/map-worker.mjs", "shell", null, "a script"],
]) {
  test(`${path} is ${sort}: ${because}`, () => {
    assert.equal(sortOf(at(path)), sort);
    if (key) assert.equal(keyOf(at(path)), key);
  });
}

test("sizes are told as people read them", () => {
  assert.deepEqual([sayBytes(0), sayBytes(820_000), sayBytes(12_440_000), sayBytes(10_741_000_000)], ["1 kB", "820 kB", "12.4 MB", "10.7 GB"]);
});

const HERE = { lon: 107.14, lat: 34.36, type: "component:01002" };

test("the nearest component of the chosen type is offered, none of another type and none far off", () => {
  const rows = [["c1", "01002", "井盖", "完好", 107.1401, 34.36], ["c2", "01003", "井盖", "完好", 107.14, 34.36], ["c3", "01002", "井盖", "完好", 107.15, 34.36]];
  assert.deepEqual(nearComponents(rows, HERE).map((one) => one.code), ["c1"]);
});

test("a packed case of the same type near by may be the same problem", () => {
  const cases = [{ no: "1", type: "component:01002", lon: 107.1402, lat: 34.36 }, { no: "2", type: "matter:06010", lon: 107.14, lat: 34.36 }];
  assert.deepEqual(nearCases(cases, HERE).map((one) => one.no), ["1"]);
});

test("sentences are those of the type, then of its class, then for everything", () => {
  assert.deepEqual(sentencesFor({ "": ["c"], "01": ["b"], "01002": ["a"] }, "component:01002"), ["a", "b", "c"]);
});

test("a sentence is not said twice", () => {
  assert.deepEqual([joined("", "井盖缺失"), joined("井盖缺失。", "已放警示桩"), joined("井盖缺失", "井盖缺失")], ["井盖缺失", "井盖缺失，已放警示桩", "井盖缺失"]);
});

test("a way along streets goes round the corner", () => {
  const streets = [["东西路", [[107.14, 34.36], [107.15, 34.36]]], ["南北路", [[107.15, 34.36], [107.15, 34.37]]]];
  const [from, to] = [{ lon: 107.14, lat: 34.36 }, { lon: 107.15, lat: 34.37 }];
  assert.equal(Math.round(walkAlong(streets, from, to) / 100), 20);
});

test("without a street near by there is no way to tell", () => {
  assert.equal(walkAlong([["远", [[108, 35], [108, 35.1]]]], HERE, { lon: 107.141, lat: 34.36 }), null);
});

for (const [lon, lat, deg, because] of [[107.14, 34.37, 0, "north"], [107.15, 34.36, 90, "east"], [107.14, 34.35, 180, "south"]]) {
  test(`a place lies ${because}`, () => assert.equal(Math.round(bearingOf(HERE, { lon, lat })), deg));
}

test("time and place are burnt in as the server's clock and the form have them", () => {
  const fields = new Map([["lon", "107.14451"], ["lat", "34.36902"], ["accuracy_m", "11.6"]]);
  assert.deepEqual(burntLines({ at: new Date("2026-09-18T01:30:05Z"), fields }), ["2026-09-18 09:30:05", "107.14451°E 34.36902°N ±12 m"]);
});

function segmentWith(orientation) {
  const tiff = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
  const body = [0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff];
  return new Uint8Array([0xff, 0xe1, 0, body.length + 2, ...body]);
}

test("what the camera wrote goes over to the burnt copy, which stands upright", () => {
  const [camera, canvas] = [withExif(new Uint8Array([0xff, 0xd8, 0xff, 0xda]), segmentWith(6)), new Uint8Array([0xff, 0xd8, 0xff, 0xdb])];
  const copied = exifOf(withExif(canvas, upright(exifOf(camera))));
  assert.deepEqual([copied.length, copied[28], copied[2 + 8 + 8 + 2 + 8]], [segmentWith(6).length, 1, 1]);
});

for (const [bytes, because] of [
  [[], "nothing"], [[0x89, 0x50], "no JPEG"], [[0xff, 0xd8, 0xff, 0xe1, 0xff, 0xff, 1], "a segment longer than the file"], [[0xff, 0xd8, 0xff, 0xda], "no EXIF"],
]) {
  test(`no EXIF is read from ${because}`, () => assert.equal(exifOf(new Uint8Array(bytes)), null));
}

test("a new photo is compared with the same shot of the report, else with its first", () => {
  const shots = ["near", "far"];
  assert.deepEqual([earlierOf(shots, "photos_far"), earlierOf(shots, "photos_near"), earlierOf([null], "photos_far")], [1, 0, 0]);
});

test("a batch that was not answered is sent again under its number, and not made larger", () => {
  const rows = [{ n: 1 }, { n: 2 }, { n: 3 }];
  assert.deepEqual(batchOf(rows, { number: "b", last: 2 }, () => "new"), { number: "b", rows: [{ n: 1 }, { n: 2 }], last: 2 });
});
