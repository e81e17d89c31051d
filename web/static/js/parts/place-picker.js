// Picks a place: by the phone's position with its accuracy, by a tap on the map, by hand. Where a form has a
// way of drawing (point, line, area) and corners, taps draw lines and areas corner by corner.

import { cornersIn, shapesOf, textOf } from "../map/corners.js";
import { _ } from "../words.js";

export async function start(picker) {
  const fields = fieldsOf(picker);
  const found = picker.querySelector(".found");
  const element = picker.querySelector(".map");
  const byHand = picker.querySelector(".by-hand");
  if (byHand) byHand.open = false;
  await unfolded(picker);
  const [{ openCityMap }, { addTools, locate }] = await Promise.all([import("../map/city-map.js"), import("../map/tools.js")]);
  const { west, south, east, north, lon0, lat0, zoom, attribution } = element.dataset;
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  element.prepend(canvas);
  const city = await openCityMap(canvas, {
    bounds: [[Number(west), Number(south)], [Number(east), Number(north)]],
    middle: { center: [Number(lon0), Number(lat0)], zoom: Number(zoom) }, attribution, isListed: false,
  });
  element.classList.add("is-open");
  addTools(element, city, { mayLocate: false });

  const pick = async (place, { source, accuracy = null }) => {
    fields.lon.value = place.lon.toFixed(7);
    fields.lat.value = place.lat.toFixed(7);
    fields.position_source.value = source;
    fields.accuracy_m.value = accuracy === null ? "" : accuracy.toFixed(1);
    city.setPicked(place, accuracy);
    found.textContent = _("正在查找网格…");
    const answer = await locate(place, source === "gps" ? "WGS84" : "EPSG:4490");
    found.textContent = sayFound(answer, accuracy);
    found.classList.toggle("field-error", Boolean(answer.message) && answer.code !== "offline");
    city.outlineGrid(answer.unit_grid_code ?? null);
  };
  const drawing = linkDrawing(picker, city, found);
  city.onTap((place) => drawing?.take(place) || pick(place, { source: "map" }));
  element.addEventListener("keydown", (evt) => {
    if (evt.key !== "Enter" || evt.target.tagName === "BUTTON") return;
    evt.preventDefault();
    if (!drawing?.take(city.middle())) pick(city.middle(), { source: "map" });
  });
  const position = picker.querySelector("[data-use=position]");
  if (position && navigator.geolocation) {
    position.hidden = false;
    const ask = () => usePosition(position, found, (place, accuracy) => {
      city.showClosely(place);
      pick(place, { source: "gps", accuracy });
    });
    position.addEventListener("click", ask);
    if (picker.dataset.ask === "at-once" && !fields.lon.value) ask();
  }
  for (const name of ["lon", "lat"]) {
    fields[name].addEventListener("change", () => {
      const place = { lon: Number(fields.lon.value), lat: Number(fields.lat.value) };
      if (!fields.lon.value || !fields.lat.value || Number.isNaN(place.lon + place.lat)) return;
      city.showClosely(place);
      pick(place, { source: "map" });
    });
  }
  if (fields.lon.value && fields.lat.value) {
    const place = { lon: Number(fields.lon.value), lat: Number(fields.lat.value) };
    city.showClosely(place);
    const accuracy = fields.accuracy_m.value ? Number(fields.accuracy_m.value) : null;
    pick(place, { source: fields.position_source.value || "map", accuracy });
  }
}

/** Waits until a picker in a part of the page that is folded up is seen: a map is opened for nobody else. */
function unfolded(picker) {
  const fold = picker.closest("details:not([open])");
  return fold ? new Promise((resolve) => { fold.addEventListener("toggle", resolve, { once: true }); }) : null;
}

/** Lines and areas by their corners, in a form that has a field for them; null in any other. */
function linkDrawing(picker, city, found) {
  const field = picker.querySelector("[name=vertices]");
  if (!field) return null;
  const way = () => picker.querySelector("[name=drawn]:checked")?.value ?? "point";
  const buttons = [...picker.querySelectorAll("[data-use=back], [data-use=clear]")];
  const show = ({ isFitted = false } = {}) => {
    const isPoint = way() === "point";
    const corners = isPoint ? [] : cornersIn(field.value);
    for (const button of buttons) button.hidden = isPoint;
    city.setShapes(shapesOf(corners, way()), { isFitted });
    if (!isPoint) {
      city.setPicked(null);
      found.textContent = corners.length === 0 ? _("一点一点地点出折点。") : _("已有 {n} 个折点。", { n: corners.length });
    }
  };
  const change = (corners) => {
    field.value = textOf(corners);
    show();
  };
  for (const button of buttons) {
    button.addEventListener("click", () => change(button.dataset.use === "back" ? cornersIn(field.value).slice(0, -1) : []));
  }
  field.addEventListener("change", () => show({ isFitted: true }));
  for (const choice of picker.querySelectorAll("[name=drawn]")) choice.addEventListener("change", () => show());
  show({ isFitted: true });
  return {
    take(place) {
      if (way() === "point") return false;
      change([...cornersIn(field.value), [place.lon, place.lat]]);
      return true;
    },
  };
}

function fieldsOf(picker) {
  const names = ["lon", "lat", "position_source", "accuracy_m"];
  return Object.fromEntries(names.map((name) => [name, picker.querySelector(`[name="${name}"]`)]));
}

function usePosition(button, found, take) {
  button.disabled = true;
  found.textContent = _("正在定位…");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      button.disabled = false;
      take({ lon: coords.longitude, lat: coords.latitude }, coords.accuracy);
    },
    () => {
      button.disabled = false;
      found.textContent = _("没有取得定位，请在地图上点选位置。");
    },
    { enableHighAccuracy: true, timeout: 10_000, maximumAge: 15_000 },
  );
}

function sayFound(answer, accuracy) {
  if (answer.message) return answer.message;
  const where = [answer.district?.name, answer.subdistrict?.name, answer.community?.name].filter(Boolean).join(" ");
  const how = accuracy === null ? "" : _("（定位误差约 {n} 米，可在地图上点选更正）", { n: Math.round(accuracy) });
  return [where, _("网格 {code}{how}", { code: answer.unit_grid_code, how })].filter(Boolean).join(" · ");
}
