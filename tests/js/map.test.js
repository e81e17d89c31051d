// What the map shows is what the list shows, and the style asks only this host.

import assert from "node:assert/strict";
import { test } from "node:test";

import { boxOf, circle, featuresOf, filterIn, rowOf } from "../../web/static/js/map/features.js";
import { pictureOf } from "../../web/static/js/map/pictograms.js";
import { filterOf, groupsOf, legendOf } from "../../web/static/js/map/layer-panel.js";
import { GROUPS, LIGHTS, buildStyle, documentOf, listedLayers, paletteOf } from "../../web/static/js/map/style.js";

import { resourceLayers, shapeLayers } from "../../web/static/js/map/shapes.js";
import { nameOf, toldOnce } from "../../web/static/js/map/public-case.js";
import { renewedAddresses } from "../../web/static/js/map/versions.js";
import { filteredPaint } from "../../web/static/js/map/style/ours.js";

const DAY = paletteOf("day");

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
    const style = buildStyle({ origin: "http://here", theme, cases: "cases" });
    const addresses = Object.values(style.sources).map((source) => source.url);
    assert.deepEqual(addresses, ["base", "grids", "components", "cases"].map((name) => `http://here/tiles/${name}.json`));
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
    const pins = [...buildStyle({ cases }).layers, ...listedLayers(DAY)].filter((layer) => layer.layout?.["icon-anchor"] === "bottom");
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
  assert.equal(listedLayers(DAY).length, 3);
});

test("a filter shows spots in place of the density, and none gives it back", () => {
  const painted = (filter) => Object.fromEntries(filteredPaint(DAY, filter).map(([layer, name, value]) => [`${layer} ${name}`, value]));
  const opacities = (filter) => ["density heatmap", "few circle"].map((part) => painted(filter)[`components-${part}-opacity`]);
  assert.deepEqual(opacities({ type: "01002", state: "" }), [0, 0.8]);
  assert.equal(painted({ state: "faulty" })["components-few circle-color"], DAY.faulty);
  const bare = (id, name) => buildStyle().layers.find((layer) => layer.id === id).paint[name];
  assert.deepEqual(opacities({ type: "", state: "" }), [bare("components-density", "heatmap-opacity"), bare("components-few", "circle-opacity")]);
});

test("by night every layer has colours of its own", () => {
  const [day, night] = ["day", "night"].map((theme) => buildStyle({ theme, cases: "public-cases" }).layers);
  const same = day.filter((layer, n) => /#[0-9a-f]{3,6}|rgba\((?!0,0,0,0)/.test(JSON.stringify(layer.paint)) && JSON.stringify(layer.paint) === JSON.stringify(night[n].paint));
  assert.deepEqual(same.map((layer) => layer.id), []);
  assert.deepEqual(day.map((layer) => layer.id), night.map((layer) => layer.id));
});

/** Relative luminance of a colour such as #0b1726. */
function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

for (const theme of ["day", "night"]) {
  const c = paletteOf(theme);
  test(`names can be read on the land by ${theme}`, () => {
    for (const ink of [c.ink, c.inkStrong, c.divisionInk]) assert.ok(contrast(ink, c.land) >= 4.5, ink);
    for (const ink of [c.waterInk, c.zone, c.greenInk]) assert.ok(contrast(ink, c.halo) >= 3, ink);
  });

  test(`lights stand out from the land by ${theme}, and their signs from them`, () => {
    for (const light of LIGHTS) {
      assert.ok(contrast(c.pins.lights[light], c.land) >= 3, light);
      assert.ok(contrast(c.pins.glyph, c.pins.lights[light]) >= 3, light);
    }
  });
}

test("on a wall nothing is written smaller than 24 pixels", () => {
  const sizes = buildStyle({ theme: "night", cases: "cases", isOnWall: true }).layers
    .map((layer) => layer.layout?.["text-size"]).filter(Boolean)
    .flatMap((size) => (typeof size === "number" ? size : size.slice(3).filter((_unused, n) => n % 2)));
  assert.ok(sizes.length > 10);
  assert.ok(sizes.every((size) => size >= 24), String(sizes));
});

test("a filter goes into the address of the tiles' document, empty values do not", () => {
  assert.equal(documentOf("components", { filter: { type: "", major: "01", state: "faulty" } }), "/tiles/components.json?major=01&state=faulty");
  assert.equal(documentOf("components", { filter: { type: "", major: "", state: "" } }), "/tiles/components.json");
});

test("a map without a list shows open cases only", () => {
  assert.match(buildStyle({ cases: "cases", isBesideList: false }).sources.cases.url, /cases\.json\?open=true$/);
});

test("two digits choose a class, five a type", () => {
  assert.deepEqual(["01", "01002", ""].map((kind) => filterOf(kind, "faulty")), [
    { major: "01", type: "", state: "faulty" }, { major: "", type: "01002", state: "faulty" }, { major: "", type: "", state: "faulty" },
  ]);
});

test("types to choose from are those of components, by class", () => {
  const one = (kind, code, name) => ({ kind, code, name, name_en: `en ${name}`, major_code: code.slice(0, 2), major_name: "类" });
  const groups = groupsOf([one("component", "01002", "井盖"), one("matter", "06010", "垃圾"), one("component", "01037", "路灯")], "en");
  assert.deepEqual(groups.map(({ code, kinds }) => [code, kinds.map(({ name }) => name)]), [["01", ["en 井盖", "en 路灯"]]]);
});

test("the legend explains the marks that this map has", () => {
  const marks = (options) => legendOf(options).map(([mark]) => mark);
  assert.ok(marks({ cases: "public-cases" }).includes("swatch-done"));
  assert.ok(marks({ cases: "cases", isListed: false }).includes("light:overdue"));
  assert.ok(!marks({ cases: "", isListed: false }).some((mark) => mark.startsWith("light:")));
});

test("the filter of a list's address is that of the map's tiles, a name that repeats included", () => {
  const query = "area=610303008&q=%E4%BA%95%E7%9B%96&state=%E7%A0%B4%E6%8D%9F&state=%E4%B8%A2%E5%A4%B1";
  assert.equal(documentOf("components", { filter: filterIn(query) }), `/tiles/components.json?${query}`);
  assert.equal(buildStyle({ components: filterIn(query) }).sources.components.url, `/tiles/components.json?${query}`);
  assert.equal(documentOf("components", { filter: filterIn("") }), "/tiles/components.json");
});

test("spots of what is damaged or lost are amber, whichever words say so", () => {
  const colour = (filter) => Object.fromEntries(filteredPaint(DAY, filter).map(([layer, name, value]) => [`${layer} ${name}`, value]))["components-few circle-color"];
  assert.equal(colour(filterIn("state=破损&state=丢失")), DAY.faulty);
  assert.equal(colour(filterIn("state=破损&state=完好")), DAY.component);
  assert.equal(colour(filterIn("area=610303")), DAY.component);
});

test("a layer that changed is asked for under its new version, its filter kept", () => {
  const fresh = renewedAddresses(["http://a/tiles/components/{z}/{x}/{y}.mvt?state=faulty&v=3-7.ab"], "3-8.cd");
  assert.deepEqual(fresh, ["http://a/tiles/components/{z}/{x}/{y}.mvt?state=faulty&v=3-8.cd"]);
});

test("a layer that is at its version already is left alone, and so is one without", () => {
  assert.equal(renewedAddresses(["/tiles/grids/{z}/{x}/{y}.mvt?v=3-7.ab"], "3-7.ab"), null);
  assert.equal(renewedAddresses(["/tiles/cases/{z}/{x}/{y}.mvt"], "3-7.ab"), null);
  assert.equal(renewedAddresses([], "3-7.ab"), null);
});

const NAMES = [{ kind: "component", code: "01002", name: "污水井盖", name_en: "Sewage cover" }];

for (const [type, isEnglish, name, because] of [
  [{ kind: "component", type_code: "01002" }, false, "污水井盖", "in Chinese"],
  [{ kind: "component", type_code: "01002" }, true, "Sewage cover", "in English"],
  [{ kind: "matter", type_code: "01002" }, true, "01002", "a type that the catalogue has not got"],
]) {
  test(`a case on the public map is named: ${because}`, () => assert.equal(nameOf(NAMES, type, isEnglish), name));
}

test("a case on the border of two tiles is told once, two at one spot twice", () => {
  const one = { kind: "matter", type_code: "06010", stage_public: "handling", public_text: "明天清运", lon: 107.1, lat: 34.3 };
  assert.equal(toldOnce([one, { ...one }, { ...one, stage_public: "done" }]).length, 2);
});

test("resources of a page and of the layer are drawn alike, each from its own source", () => {
  const known = shapeLayers().filter(({ id }) => id.includes("resource"));
  const layered = resourceLayers("resources");
  assert.deepEqual(known.map(({ paint }) => paint), layered.map(({ paint }) => paint));
  assert.deepEqual(new Set(layered.map(({ source }) => source)), new Set(["resources"]));
  assert.equal(new Set([...known, ...layered].map(({ id }) => id)).size, 6);
});
