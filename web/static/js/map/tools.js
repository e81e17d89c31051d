// What floats on the map: zoom, position, layers with legend, "what is here". Plain elements, no MapLibre.

import { sayCoordinates } from "../wording.js";
import { _ } from "../words.js";
import { icon, make, tool } from "./elements.js";
import { layersPanel } from "./layer-panel.js";

/** Puts zoom, position and layers on the map's element. */
export function addTools(element, city, { mayLocate = true, cases = "", basemaps = [], basemap = "", isFilteredByList = false } = {}) {
  const { button, panel } = layersPanel(city, { cases, basemaps, basemap, isFilteredByList });
  const box = make("div", { class: "float map-tools", role: "group", "aria-label": _("地图工具") },
    tool("plus", _("放大"), () => city.zoomBy(1)), tool("minus", _("缩小"), () => city.zoomBy(-1)), button);
  if (mayLocate && navigator.geolocation) {
    box.append(tool("locate", _("到我的位置"), () => navigator.geolocation.getCurrentPosition(({ coords }) => {
      city.showClosely({ lon: coords.longitude, lat: coords.latitude });
    })));
  }
  element.append(box, panel);
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
