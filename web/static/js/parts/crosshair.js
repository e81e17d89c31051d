// Corrects a position with one thumb: the map fills the screen under a fixed crosshair and is moved beneath it. The circle of
// the fix stays, so that one sees how far the correction goes. Nothing changes before "here it is"; without network the map
// is the packed one.

import { distance } from "../metres.js";
import { _ } from "../words.js";

export function start(button) {
  const picker = button.closest("form").querySelector(".place-picker");
  const element = picker.querySelector(".map");
  button.hidden = false;
  button.addEventListener("click", () => {
    if (element.cityMap) aim(button, picker, element);
    else picker.querySelector(".found").textContent = _("地图还没有打开，请稍等再试，或直接填写坐标。");
  });
}

function aim(button, picker, element) {
  const city = element.cityMap;
  const said = make("p", { class: "aim-said", role: "status" });
  const here = make("button", { class: "button button-main button-large", type: "button" }, _("就是这里"));
  const back = make("button", { class: "button button-large", type: "button" }, _("取消"));
  const bar = make("div", { class: "aim-bar" }, said, make("div", { class: "two-buttons" }, back, here));
  const cross = make("div", { class: "aim-cross", "aria-hidden": "true" });
  const before = pickedOf(picker);
  const tell = () => {
    said.textContent = before ? _("离原来的位置 {n} 米", { n: Math.round(distance(before, city.middle())) }) : _("移动地图，把十字对准问题所在的位置");
  };
  const end = () => {
    city.map.off("move", tell);
    document.removeEventListener("keydown", onKey);
    element.classList.remove("is-aiming");
    document.documentElement.classList.remove("has-aim");
    bar.remove();
    cross.remove();
    city.map.resize();
    button.focus();
  };
  const onKey = (evt) => evt.key === "Escape" && end();
  element.classList.add("is-aiming");
  document.documentElement.classList.add("has-aim");
  element.append(cross, bar);
  city.map.resize();
  if (before) city.map.jumpTo({ center: [before.lon, before.lat], zoom: Math.max(city.map.getZoom(), 17.5) });
  city.map.on("move", tell);
  document.addEventListener("keydown", onKey);
  back.addEventListener("click", end);
  here.addEventListener("click", () => {
    const place = city.middle();
    end();
    picker.dispatchEvent(new CustomEvent("place:correct", { detail: { place } }));
  });
  tell();
  here.focus();
}

/** The place that the form holds; null when it holds none. */
function pickedOf(picker) {
  const [lon, lat] = ["lon", "lat"].map((name) => Number.parseFloat(picker.querySelector(`[name=${name}]`).value));
  return Number.isFinite(lon + lat) ? { lon, lat } : null;
}

function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}
