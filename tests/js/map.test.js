// What the map shows is what the list shows, and the style asks only this host.

import assert from "node:assert/strict";
import { test } from "node:test";

import { boxOf, circle, featuresOf, rowOf } from "../../web/static/js/map/features.js";
import { pictureOf } from "../../web/static/js/map/pictograms.js";
import { GROUPS, LIGHTS, buildStyle, listedLayers } from "../../web/static/js/map/style.js";

const row = (caseNo, lon, lat) => ({ caseNo, lon, lat, light: "normal", major: "01", label: "井盖" });

test("the map has the rows of the list in their order", () => {
  const { features } = featuresOf([row("1", 107.1, 34.3), row("2", 107.2, 34.4)]);
  assert.deepEqual(features.map((feature) => feature.properties.case_no), ["1", "2"]);
});

test("a row without a place stays off the map", () => {
  assert.equal(featuresOf([row("1", Number.NaN, 34.3)]).features.length, 0);
});

test("a row is read from what the server wrote into the page", () => {
  const read = rowOf({ case: "7", lon: "107.10", lat: "34.30", light: "overdue", major: "01002" });
  assert.deepEqual([read.caseNo, read.lon, read.light], ["7", 107.1, "overdue"]);
});

test("the view is fitted to all cases", () => {
  const { features } = featuresOf([row("1", 107.1, 34.4), row("2", 107.2, 34.3)]);
  assert.deepEqual(boxOf(features), [[107.1, 34.3], [107.2, 34.4]]);
});

test("no cases, no view to fit", () => assert.equal(boxOf([]), null));

test("the circle of accuracy is closed and as wide as it says", () => {
  const [ring] = circle({ lon: 107.1, lat: 34.3 }, 100).geometry.coordinates;
  assert.deepEqual(ring[0].map((n) => n.toFixed(9)), ring.at(-1).map((n) => n.toFixed(9)));
  assert.ok(Math.abs((ring[12][1] - 34.3) * 111_195 - 100) < 0.1);
});

test("a type has its own picture, else that of its class, else a dot", () => {
  const table = { types: { "01037": "lamp" }, majors: { "01": "manhole" } };
  assert.deepEqual(["01037", "01002", "77"].map((code) => pictureOf(table, code)), ["lamp", "manhole", "circle"]);
});

for (const theme of ["day", "night"]) {
  test(`the ${theme} style asks this host only and brings no glyphs or sprites from elsewhere`, () => {
    const style = buildStyle({ origin: "http://here", version: "3", theme, cases: "cases" });
    const addresses = Object.values(style.sources).flatMap((source) => source.tiles);
    assert.ok(addresses.every((address) => address.startsWith("http://here/tiles/") && address.endsWith("?v=3")));
    assert.deepEqual([style.glyphs, style.sprite], [undefined, undefined]);
  });
}

test("every layer has a name of its own and a source that exists", () => {
  const style = buildStyle({ cases: "public-cases" });
  const names = style.layers.map((layer) => layer.id);
  assert.equal(new Set(names).size, names.length);
  assert.ok(style.layers.every((layer) => layer.type === "background" || layer.source in style.sources));
});

test("every switch of the legend finds its layers", () => {
  const names = ["cases", "public-cases"].flatMap((cases) => buildStyle({ cases }).layers.map((layer) => layer.id));
  const missing = Object.values(GROUPS).flatMap((group) => group.layers).filter((name) => !names.includes(name));
  assert.deepEqual(missing, []);
});

for (const cases of ["cases", "public-cases"]) {
  test(`no name gives way to a pin of ${cases}`, () => {
    const pins = [...buildStyle({ cases }).layers, ...listedLayers()].filter((layer) => layer.layout?.["icon-anchor"] === "bottom");
    assert.ok(pins.length > 1);
    assert.ok(pins.every((layer) => layer.layout["icon-ignore-placement"]));
  });
}

test("each step of height has a tint of its own, by day and by night", () => {
  for (const theme of ["day", "night"]) {
    const { paint } = buildStyle({ theme }).layers.find((layer) => layer.id === "hill");
    assert.equal(new Set(paint["fill-color"].filter((part) => String(part).startsWith("#"))).size, 4);
  }
});

test("lights are four, as the rules have them", () => {
  assert.deepEqual(LIGHTS, ["normal", "at_risk", "overdue", "suspended"]);
  assert.equal(listedLayers().length, 3);
});
