// The shared map of an incident room: what lies on it, and drawing corner by corner for everybody to see.

import { cornersIn, shapesOf, textOf } from "../map/corners.js";
import { _ } from "../words.js";
import { showRefusal } from "./room.js";

const NOTHING = { type: "FeatureCollection", features: [] };

export async function start(element) {
  const city = await opened(element);
  const room = element.closest("[data-incident]");
  const map = new RoomMap(city, element);
  await map.look({ isFitted: true });
  document.addEventListener("live:incident", ({ detail }) => {
    if (detail.incident_no === room.dataset.incident) map.look();
  });
  document.addEventListener("live:hello", () => map.look());
  const form = room.querySelector("form[data-draw]");
  if (form) new Pen(form, city, map, room.querySelector("[data-draw-said]"));
}

function opened(element) {
  return new Promise((resolve) => {
    const wait = () => (element.cityMap ? resolve(element.cityMap) : requestAnimationFrame(wait));
    wait();
  });
}

class RoomMap {
  constructor(city, element) {
    this.city = city;
    this.element = element;
    this.address = element.dataset.roomShapes;
    this.shown = NOTHING;
    this.begun = null;
    this.asked = 0;
  }

  /** Asks what lies on the map; an answer that another overtook is left out. */
  async look({ isFitted = false } = {}) {
    this.asked += 1;
    const own = this.asked;
    const answer = await fetch(this.address, { headers: { accept: "application/json" } });
    if (!answer.ok || own !== this.asked) return;
    this.shown = await answer.json();
    this.paint({ isFitted });
  }

  /** What somebody here has begun to draw lies over what is there. */
  draw(begun) {
    this.begun = begun;
    this.paint();
  }

  paint({ isFitted = false } = {}) {
    const features = [...this.shown.features, ...(this.begun?.features ?? [])].filter((one) => one.geometry);
    this.city.setShapes({ type: "FeatureCollection", features }, { isFitted: isFitted && features.length > 1 });
    this.element.dataset.shapes = this.shown.features.length;
    const [first] = features;
    if (isFitted && features.length === 1 && first.geometry.type === "Point") {
      const [lon, lat] = first.geometry.coordinates;
      this.city.show({ lon, lat }, { zoom: 15 });
    }
  }
}

class Pen {
  constructor(form, city, map, said) {
    Object.assign(this, { form, city, map, said, field: form.querySelector("[name=corners]") });
    city.onTap((place) => this.add(place));
    for (const button of form.querySelectorAll("[data-use]")) button.hidden = false;
    form.querySelector("[data-use=middle]").addEventListener("click", () => this.add(city.middle()));
    form.querySelector("[data-use=back]").addEventListener("click", () => this.change(cornersIn(this.field.value).slice(0, -1)));
    this.field.addEventListener("change", () => this.show());
    form.addEventListener("change", (evt) => { if (evt.target.name === "kind") this.show(); });
    form.closest(".room-middle").addEventListener("keydown", (evt) => this.press(evt));
    form.addEventListener("submit", (evt) => {
      evt.preventDefault();
      this.send();
    });
  }

  get kind() {
    return this.form.querySelector("[name=kind]:checked")?.value ?? null;
  }

  add({ lon, lat }) {
    if (this.kind === null) return;
    const isOne = this.kind === "point" || this.kind === "text";
    this.change([...(isOne ? [] : cornersIn(this.field.value)), [lon, lat]]);
    if (this.kind === "text") this.form.querySelector("[name=label]").focus();
  }

  change(corners) {
    this.field.value = textOf(corners);
    this.show();
  }

  show() {
    const corners = cornersIn(this.field.value);
    this.map.draw(corners.length > 0 ? shapesOf(corners, this.kind) : null);
    this.said.textContent = corners.length > 0
      ? _("已有 {n} 个折点，回车画上，Esc 放弃。", { n: corners.length })
      : this.kind ? _("在地图上点。") : _("选图形，再点地图；大家都看得到。");
  }

  press(evt) {
    if (cornersIn(this.field.value).length === 0 || evt.target === this.field) return;
    if (evt.key === "Escape") this.change([]);
    else if (evt.key === "Enter" && !evt.target.matches("button, summary, input")) this.form.requestSubmit();
  }

  async send() {
    const fields = new FormData(this.form);
    const answer = await fetch(this.form.action, { method: "POST", body: fields, redirect: "manual" });
    if (answer.type !== "opaqueredirect") {
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      return showRefusal(page.querySelector("[data-refusal]"));
    }
    showRefusal(null);
    this.form.querySelector("[name=client_id]").value = crypto.randomUUID();
    this.form.querySelector("[name=label]").value = "";
    this.change([]);
    return this.map.look();
  }
}
