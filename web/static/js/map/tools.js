// What floats on the map: zoom, layers with legend, "what is here". Plain elements, no MapLibre.

import { _ } from "../words.js";
import { sayCoordinates } from "../wording.js";

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/icons/ui.svg#${name}`);
  svg.append(use);
  return svg;
}

function tool(name, label, press) {
  const button = make("button", { type: "button", "aria-label": label, title: label }, icon(name));
  button.addEventListener("click", press);
  return button;
}

/** Puts zoom, position and layers on the map's element. */
export function addTools(element, city, { mayLocate = true, cases = "", basemaps = [], basemap = "" } = {}) {
  const panel = layersPanel(city, cases, basemapChoice(city, basemaps, basemap));
  const layers = tool("layers", _("图层与图例"), () => {
    panel.hidden = !panel.hidden;
    layers.setAttribute("aria-expanded", String(!panel.hidden));
  });
  layers.setAttribute("aria-expanded", "false");
  const box = make("div", { class: "float map-tools" },
    tool("plus", _("放大"), () => city.zoomBy(1)), tool("minus", _("缩小"), () => city.zoomBy(-1)), layers);
  if (mayLocate && navigator.geolocation) {
    box.append(tool("locate", _("到我的位置"), () => navigator.geolocation.getCurrentPosition(({ coords }) => {
      city.showClosely({ lon: coords.longitude, lat: coords.latitude });
    })));
  }
  element.append(box, panel);
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

function layersPanel(city, cases, basemap) {
  const names = {
    grids: _("单元网格（放大后）"), components: _("部件"), divisions: _("行政区划与高新区"),
    ...(cases ? { cases: cases === "cases" ? _("其他案件") : _("案件") } : {}),
  };
  const switches = Object.entries(names).map(([name, text]) => {
    const box = make("input", { type: "checkbox" });
    box.checked = city.groups[name];
    box.addEventListener("change", () => city.setGroup(name, box.checked));
    return make("label", {}, box, text);
  });
  const lights = [
    ["light:normal", _("正常")], ["light:at_risk", _("临期")], ["light:overdue", _("超期")], ["light:suspended", _("挂账")],
  ];
  // as long as `cases/mapping.py` shows them
  const stages = [["swatch-open", _("办理中")], ["swatch-done", _("近 7 天已办结")]];
  const legend = [
    ...(cases === "public-cases" ? stages : city.isListed ? lights : []),
    ["swatch-district", _("区界")], ["swatch-subdistrict", _("街道界")], ["swatch-community", _("社区界")], ["swatch-zone", _("高新区")],
    ["swatch-grid", _("单元网格")], ["swatch-component", _("部件")],
  ].map(([mark, text]) => make("li", {}, markOf(mark), text));
  const panel = make("div", { class: "float map-layers" },
    ...basemap, make("h3", {}, _("图层")), ...switches, make("h3", {}, _("图例")), make("ul", { class: "legend" }, ...legend));
  panel.hidden = true;
  return panel;
}

function markOf(mark) {
  if (!mark.startsWith("light:")) return make("span", { class: `swatch ${mark}` });
  const light = mark.slice("light:".length);
  return make("span", { class: `light light-${light}` }, icon(`light-${light}`));
}

/** Shows what lies at a place: grid, community, street office, district, zone; coordinates to copy. */
export async function showHere(element, city, place) {
  element.querySelector(".here")?.remove();
  const rows = make("dl", {}, make("dt", {}, _("坐标")), make("dd", {}, sayCoordinates(place)));
  const copy = make("button", { type: "button", class: "button" }, _("复制坐标"));
  const shut = make("button", { type: "button", class: "shut", "aria-label": _("关闭") }, icon("close"));
  const panel = make("section", { class: "float here", "aria-label": _("这里是") },
    make("h3", {}, _("这里是"), shut), rows, copy);
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(sayCoordinates(place));
    copy.textContent = _("已复制");
  });
  shut.addEventListener("click", () => {
    panel.remove();
    city.outlineGrid(null);
    city.setPicked(null);
  });
  panel.addEventListener("keydown", (evt) => {
    if (evt.key === "Escape") shut.click();
  });
  element.append(panel);
  city.setPicked(place);
  const found = await locate(place);
  if (!panel.isConnected) return;
  city.outlineGrid(found.unit_grid_code);
  for (const [name, value] of rowsOf(found)) rows.prepend(make("dt", {}, name), make("dd", {}, value));
}

function rowsOf(found) {
  if (found.message) return [[_("网格"), found.message]];
  return [
    [_("单元网格"), found.unit_grid_code], [_("社区"), found.community?.name],
    [_("街道"), found.subdistrict?.name], [_("区"), found.district?.name],
    [_("功能区"), found.zone?.name],
  ].filter(([, value]) => value).reverse();
}

/** What the frame says of a place in degrees; `{message, code}` when it lies outside. */
export async function locate({ lon, lat }, system = "EPSG:4490") {
  try {
    const answer = await fetch(`/api/v1/locate?lon=${lon.toFixed(7)}&lat=${lat.toFixed(7)}&system=${encodeURIComponent(system)}`, {
      headers: { accept: "application/json" },
    });
    return await answer.json();
  } catch {
    return { message: _("现在没有网络，网格在提交时确定。"), code: "offline" };
  }
}
