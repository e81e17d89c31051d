// Draws an area or a line on the page's map into a form: corners by tap, moved by mouse or finger, taken back one by one; by
// keyboard with the map in focus: Enter adds its middle, Backspace takes back, Escape ends. The text of corners is the truth.

import { openedMap } from "../map/opened.js";
import { cornersIn, shapesOf, textOf } from "../map/corners.js";
import { sketchOn } from "../map/sketch.js";
import { _ } from "../words.js";

export async function start(fields) {
  const element = document.querySelector(".map[data-part~=city-map]");
  if (!element) return;
  const drawing = new Drawing(fields, await openedMap(element), element);
  drawing.begin();
}

class Drawing {
  constructor(fields, city, element) {
    this.fields = fields;
    this.city = city;
    this.element = element;
    this.text = fields.querySelector("[name=vertices], [data-draw-text]");
    this.words = fields.querySelector("[data-draw-words]");
    this.past = [];
    this.isDrawing = false;
    this.sketch = sketchOn(city);
  }

  begin() {
    const { fields, city, element } = this;
    fields.querySelector("[data-draw-tools]").hidden = false;
    fields.addEventListener("click", (evt) => this.#press(evt.target.closest("[data-draw]")?.dataset.draw));
    for (const choice of fields.querySelectorAll("[name=drawn]")) choice.addEventListener("change", () => this.#show());
    this.text.addEventListener("change", () => this.#show());
    city.onTap((place) => this.isDrawing && !this.sketch.isOnCorner(this.corners, place) && this.#add(place));
    this.sketch.onCorner({
      corners: () => (this.isDrawing ? this.corners : []),
      move: (n, corner) => this.sketch.show(shapesOf(this.corners.with(n, corner), this.way)),
      drop: (n) => this.#change(this.corners.with(n, this.moved)),
    });
    city.map.on("mousemove", (evt) => { this.moved = [evt.lngLat.lng, evt.lngLat.lat]; });
    city.map.on("touchmove", (evt) => { this.moved = [evt.lngLat.lng, evt.lngLat.lat]; });
    element.addEventListener("keydown", (evt) => this.#key(evt));
    this.#show();
  }

  get corners() {
    return cornersIn(this.text.value);
  }

  get way() {
    return this.fields.querySelector("[name=drawn]:checked")?.value ?? "area";
  }

  #press(what) {
    if (what === "draw") this.#draw(!this.isDrawing);
    if (what === "undo") this.#undo();
    if (what === "clear") this.#change([]);
  }

  #draw(isOn) {
    this.isDrawing = isOn;
    this.element.dataset.tool = isOn ? "draw" : "";
    const chosenBy = this.fields.querySelector("[data-draw-chooses]");
    if (isOn && chosenBy) chosenBy.checked = true;
    if (isOn) this.element.focus({ preventScroll: true });
    this.#show();
  }

  #add({ lon, lat }) {
    this.#change([...this.corners, [lon, lat]]);
  }

  #change(corners) {
    this.past.push(this.text.value);
    this.text.value = textOf(corners);
    this.#show();
  }

  #undo() {
    if (this.past.length === 0) this.text.value = textOf(this.corners.slice(0, -1));
    else this.text.value = this.past.pop();
    this.#show();
  }

  #key(evt) {
    if (!this.isDrawing || evt.target.tagName === "BUTTON" || evt.target.tagName === "INPUT") return;
    if (evt.key === "Enter") this.#add(this.city.middle());
    else if (evt.key === "Backspace") this.#undo();
    else if (evt.key === "Escape") this.#draw(false);
    else return;
    evt.preventDefault();
  }

  #show() {
    const { corners, way, fields } = this;
    this.sketch.show(shapesOf(corners, way));
    const button = (name) => fields.querySelector(`[data-draw=${name}]`);
    button("draw").setAttribute("aria-pressed", String(this.isDrawing));
    button("undo").disabled = corners.length === 0 && this.past.length === 0;
    button("clear").disabled = corners.length === 0;
    this.words.textContent = sayDrawn(corners.length, way, this.isDrawing);
  }
}

/** What there is so far, and what to do next. Pure: tested with node. */
export function sayDrawn(count, way, isDrawing) {
  const least = way === "area" ? 3 : 2;
  if (!isDrawing) return count < least ? _("点“在地图上画”后逐点点击；或在下面写坐标。") : _("已有 {n} 个折点。", { n: count });
  if (count < least) return _("点地图加折点，还需 {n} 个；键盘：回车加地图中心，退格撤销，Esc 结束。", { n: least - count });
  return _("已有 {n} 个折点，可继续加，或拖动折点调整。", { n: count });
}
