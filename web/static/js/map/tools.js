// What floats on the map: zoom, position, layers with legend. Plain elements, no MapLibre.

import { _ } from "../words.js";
import { make, tool } from "./elements.js";
import { layersPanel } from "./layer-panel.js";

/** Puts zoom, position and layers on the map's element. */
export function addTools(element, city, { mayLocate = true, cases = "", basemaps = [], basemap = "", isFilteredByList = false, resources = "" } = {}) {
  const { button, panel } = layersPanel(city, { cases, basemaps, basemap, isFilteredByList, resources });
  const box = make("div", { class: "float map-tools", role: "group", "aria-label": _("地图工具") },
    tool("plus", _("放大"), () => city.zoomBy(1)), tool("minus", _("缩小"), () => city.zoomBy(-1)), button);
  if (mayLocate && navigator.geolocation) {
    box.append(tool("locate", _("到我的位置"), () => navigator.geolocation.getCurrentPosition(({ coords }) => {
      city.showClosely({ lon: coords.longitude, lat: coords.latitude });
    })));
  }
  element.append(box, panel);
}
