// The panel of layers: switches, a filter of components, the legend. Opens and closes by click, touch and keyboard.

import { _ } from "../words.js";
import { icon, make, tool } from "./elements.js";

let panels = 0;

/** The button that opens the panel, and the panel, for one map; where a list says which components, there is no choice of them. */
export function layersPanel(city, { cases = "", basemaps = [], basemap = "", isFilteredByList = false, resources = "" } = {}) {
  panels += 1;
  const id = `map-layers-${panels}`;
  const panel = make("section", { class: "float map-layers", id, "aria-label": _("图层与图例") },
    ...basemapChoice(city, basemaps, basemap), make("h3", {}, _("图层")), ...switches(city, cases), ...resourcesSwitch(city, resources), ...(isFilteredByList ? [] : componentFilter(city)),
    make("h3", {}, _("图例")), make("ul", { class: "legend" }, ...legendOf({ cases, isListed: city.isListed }).map(legendRow)));
  panel.hidden = true;
  const show = (isOpen) => {
    panel.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) panel.querySelector("input").focus();
  };
  const button = tool("layers", _("图层与图例"), () => show(panel.hidden));
  button.setAttribute("aria-expanded", "false");
  button.setAttribute("aria-controls", id);
  panel.addEventListener("keydown", (evt) => {
    if (evt.key !== "Escape") return;
    evt.stopPropagation();
    show(false);
    button.focus();
  });
  return { button, panel };
}

/** Which map lies underneath; nothing to choose when only our own is there. */
function basemapChoice(city, basemaps, chosen) {
  if (basemaps.length === 0) return [];
  const isEnglish = document.documentElement.lang === "en";
  const choices = [["", _("本系统底图")], ...basemaps.map((one) => [one.id, isEnglish ? one.titleEn : one.title])];
  const labels = choices.map(([id, text]) => {
    const box = make("input", { type: "radio", name: "basemap", value: id });
    box.checked = id === chosen;
    box.addEventListener("change", () => city.setBasemap(id));
    return make("label", {}, box, text);
  });
  return [make("h3", {}, _("底图")), make("div", { role: "radiogroup", "aria-label": _("底图") }, ...labels)];
}

function switches(city, cases) {
  const names = {
    ...(cases ? { cases: cases === "cases" && city.isListed && !city.areTilesListed ? _("其他案件") : _("案件") } : {}),
    components: _("部件"), grids: _("单元网格（放大后）"), divisions: _("行政区划与高新区"),
  };
  return Object.entries(names).map(([name, text]) => {
    const box = make("input", { type: "checkbox" });
    box.checked = city.groups[name];
    box.addEventListener("change", () => city.setGroup(name, box.checked));
    return make("label", {}, box, text);
  });
}

/** The switch of emergency resources, on pages that name where they are read; they are read when somebody wants them. */
function resourcesSwitch(city, address) {
  if (!address) return [];
  const box = make("input", { type: "checkbox" });
  let read = null;
  box.addEventListener("change", async () => {
    read ??= readFeatures(address);
    const found = await read;
    if (found === null) read = null;
    city.setResources(box.checked ? found : null);
  });
  return [make("label", {}, box, _("应急资源"))];
}

/** A GeoJSON document of this host; null when it cannot be had now. */
async function readFeatures(address) {
  try {
    const answer = await fetch(address, { headers: { accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Two choices, of kind and of state; the kinds come from the catalogue when somebody reaches for them. */
function componentFilter(city) {
  const kind = make("select", {}, make("option", { value: "" }, _("全部类型")));
  const state = make("select", {}, ...Object.entries({
    "": _("全部状态"), sound: _("完好"), faulty: _("破损或丢失"), retired: _("停用"),
  }).map(([value, text]) => make("option", { value }, text)));
  const apply = () => city.setComponentFilter(filterOf(kind.value, state.value));
  for (const choice of [kind, state]) choice.addEventListener("change", apply);
  let filled = null;
  const fill = () => { filled ??= fillKinds(kind); };
  for (const reach of ["focus", "pointerdown"]) kind.addEventListener(reach, fill);
  return [
    make("label", { class: "map-filter" }, make("span", {}, _("部件类型")), kind),
    make("label", { class: "map-filter" }, make("span", {}, _("部件状态")), state),
  ];
}

async function fillKinds(select) {
  try {
    const { types } = await (await fetch("/api/v1/catalogue", { headers: { accept: "application/json" } })).json();
    select.append(...groupsOf(types, document.documentElement.lang).map(({ code, name, kinds }) => make("optgroup", { label: name },
      make("option", { value: code }, _("{name}：全部", { name })),
      ...kinds.map((one) => make("option", { value: one.code }, one.name)))));
  } catch {
    // without the catalogue there is no choice of kinds; the map stays as it is
  }
}

/** Types of components by class, each with its name in a language, in the order of the catalogue. Pure. */
export function groupsOf(types, lang = "zh-CN") {
  const groups = new Map();
  for (const one of types.filter(({ kind }) => kind === "component")) {
    if (!groups.has(one.major_code)) groups.set(one.major_code, { code: one.major_code, name: one.major_name, kinds: [] });
    groups.get(one.major_code).kinds.push({ code: one.code, name: lang.startsWith("en") ? one.name_en || one.name : one.name });
  }
  return [...groups.values()];
}

/** The filter of tiles for a choice: two digits are a class, five a type. Pure. */
export function filterOf(kind, state) {
  return { major: kind.length === 2 ? kind : "", type: kind.length === 5 ? kind : "", state };
}

/** What the legend explains on a map with these cases: [mark, words]. Pure but for the words' language. */
export function legendOf({ cases = "", isListed = true } = {}) {
  const lights = [
    ["light:normal", _("正常")], ["light:at_risk", _("临期")], ["light:overdue", _("超期")], ["light:suspended", _("挂账")],
  ];
  // as long as `cases/mapping.py` shows them
  const stages = [["swatch-open", _("办理中")], ["swatch-done", _("近 7 天已办结")]];
  return [
    ...(cases === "public-cases" ? stages : isListed || cases ? lights : []),
    ["swatch-density", _("部件疏密")], ["swatch-component", _("部件")], ["swatch-faulty", _("部件：破损或丢失")],
    ["swatch-district", _("区界")], ["swatch-subdistrict", _("街道界")], ["swatch-community", _("社区界")], ["swatch-zone", _("高新区")],
    ["swatch-grid", _("单元网格")],
  ];
}

/** The legend alone, for a wall that nobody touches: cases and components, whose marks need words most. */
export function wallLegend(cases) {
  const rows = legendOf({ cases, isListed: false }).filter(([mark]) => !/district|community|zone|grid/.test(mark));
  return make("section", { class: "float wall-legend", "aria-label": _("图例") }, make("ul", { class: "legend" }, ...rows.map(legendRow)));
}

function legendRow([mark, text]) {
  return make("li", {}, markOf(mark), text);
}

function markOf(mark) {
  if (!mark.startsWith("light:")) return make("span", { class: `swatch ${mark}` });
  const light = mark.slice("light:".length);
  return make("span", { class: `light light-${light}` }, icon(`light-${light}`));
}
