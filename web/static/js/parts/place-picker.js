// Picks a place: by words in the search box, by the phone's position with its accuracy, by a tap on the map, by hand. Where
// the map cannot open, all but the tap still work. Where a form draws lines and areas, taps are their corners.

import { linkDrawing } from "../map/drawing.js";
import { locate } from "../map/here.js";
import { reverse } from "../places/asking.js";
import { drawFound, tellMap } from "../places/on-map.js";
import { isFine } from "../places/wording.js";
import { sayDistance } from "../wording.js";
import { _ } from "../words.js";

export function start(picker) {
  return new PlacePicker(picker).open();
}

class PlacePicker {
  constructor(picker) {
    this.picker = picker;
    this.element = picker.querySelector(".map");
    this.found = picker.querySelector(".found");
    this.asking = this.found.textContent;
    this.fields = fieldsOf(picker);
    [this.city, this.drawing, this.picked] = [null, null, null];
    this.element.addEventListener("places:choose", ({ detail }) => this.#choose(detail));
    this.#linkPosition();
    picker.addEventListener("place:correct", ({ detail }) => this.#pick(detail.place, { source: "map" }));
    for (const name of ["lon", "lat"]) this.fields[name].addEventListener("change", () => this.#takeWritten());
    this.#takeWritten({ isKept: true });
    picker.closest("form")?.addEventListener("draft:restored", () => this.picked || this.#takeWritten({ isKept: true }));
  }

  /** Opens the map, when it is seen; taps and keys on it pick from then on. */
  async open() {
    const { picker, element } = this;
    const city = await this.#opened();
    this.city = city;
    drawFound(element, city);
    this.drawing = linkDrawing(picker, city, this.found);
    this.#show();
    this.#draw();
    const take = (place) => this.drawing?.take(place) || this.#pick(place, { source: "map" });
    city.onTap(take);
    element.addEventListener("keydown", (evt) => {
      if (evt.key !== "Enter" || evt.target.tagName === "BUTTON") return;
      evt.preventDefault();
      take(city.middle());
    });
  }

  /** The map; where it cannot open, the fields for coordinates unfold instead. */
  async #opened() {
    const byHand = this.picker.querySelector(".by-hand");
    if (byHand) byHand.open = false;
    await unfolded(this.picker);
    try {
      return await openPickerMap(this.element);
    } catch (fault) {
      if (byHand) byHand.open = true;
      throw fault;
    }
  }

  async #pick(place, { source, accuracy = null, name = "" }) {
    const { fields, found } = this;
    const mine = { place, accuracy, grid: null };
    this.picked = mine;
    if (this.element.foundPlaces) tellMap(this.element, null);
    fields.lon.value = place.lon.toFixed(7);
    fields.lat.value = place.lat.toFixed(7);
    fields.position_source.value = source;
    fields.accuracy_m.value = accuracy === null ? "" : accuracy.toFixed(1);
    this.#draw();
    found.textContent = _("正在查找网格…");
    this.picker.dispatchEvent(new CustomEvent("place:picked", { bubbles: true, detail: { place } }));
    const system = source === "gps" ? "WGS84" : "EPSG:4490";
    const [located, told] = await Promise.all([locate(place, system), reverse(place, { system, accuracy })]);
    if (this.picked !== mine) return;
    mine.grid = located.unit_grid_code ?? null;
    found.textContent = sayFound(located, told, accuracy, source, name);
    found.classList.toggle("field-error", Boolean(located.message) && located.code !== "offline");
    this.#draw();
  }

  /** A place chosen by words: a spot is picked; a street or an area is only shown, unless nothing finer is meant. */
  #choose(chosen) {
    if (chosen === null) {
      this.#drop();
      return;
    }
    const { place, isMeant } = chosen;
    const isDrawing = this.drawing?.isUnderWay() ?? false;
    if (isDrawing || (!isMeant && !isFine(place.level))) {
      // what was picked before is not where these words are
      if (!isDrawing) this.#drop();
      tellMap(this.element, { places: [place], active: 0, isChosen: true });
      if (!isDrawing) this.found.textContent = _("{name}是一片地方，请在地图上点一下准确的位置。", { name: place.name });
      return;
    }
    this.#pick(place, { source: "map", accuracy: place.radius_m > 0 ? place.radius_m : null, name: place.name });
    if (isFine(place.level)) this.#show();
    else this.city?.showFound([place]);
  }

  /** What the fields hold: written just now, or kept from before with its source and accuracy. */
  #takeWritten({ isKept = false } = {}) {
    const { fields } = this;
    const place = written(fields);
    if (!place) return;
    const accuracy = isKept && fields.accuracy_m.value ? Number(fields.accuracy_m.value) : null;
    this.#pick(place, { source: (isKept && fields.position_source.value) || "map", accuracy });
    this.#show();
  }

  #drop() {
    this.picked = null;
    for (const name of ["lon", "lat", "accuracy_m"]) this.fields[name].value = "";
    this.city?.setPicked(null);
    this.city?.outlineGrid(null);
    this.found.textContent = this.asking;
  }

  #draw() {
    if (!this.picked) return;
    this.city?.setPicked(this.picked.place, this.picked.accuracy);
    this.city?.outlineGrid(this.picked.grid);
  }

  #show() {
    if (this.picked) this.city?.showClosely(this.picked.place);
  }

  #linkPosition() {
    const button = this.picker.querySelector("[data-use=position]");
    if (!button || !navigator.geolocation) return;
    button.hidden = false;
    const ask = () => usePosition(button, this.found, (place, accuracy) => {
      this.#pick(place, { source: "gps", accuracy });
      this.#show();
    });
    button.addEventListener("click", ask);
    if (this.picker.dataset.ask === "at-once" && !this.fields.lon.value) ask();
  }
}

/** Waits until a picker in a part of the page that is folded up is seen: a map is opened for nobody else. */
function unfolded(picker) {
  const fold = picker.closest("details:not([open])");
  return fold ? new Promise((resolve) => { fold.addEventListener("toggle", resolve, { once: true }); }) : null;
}

async function openPickerMap(element) {
  const [{ openCityMap }, { addTools }] = await Promise.all([import("../map/city-map.js"), import("../map/tools.js")]);
  const { west, south, east, north, lon0, lat0, zoom, attribution } = element.dataset;
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  element.prepend(canvas);
  const city = await openCityMap(canvas, {
    bounds: [[Number(west), Number(south)], [Number(east), Number(north)]],
    middle: { center: [Number(lon0), Number(lat0)], zoom: Number(zoom) }, attribution, isListed: false,
    theme: document.documentElement.dataset.theme === "night" ? "night" : undefined,
  });
  element.classList.add("is-open");
  element.cityMap = city;
  addTools(element, city, { mayLocate: false });
  return city;
}

function fieldsOf(picker) {
  const names = ["lon", "lat", "position_source", "accuracy_m"];
  return Object.fromEntries(names.map((name) => [name, picker.querySelector(`[name="${name}"]`)]));
}

/** The place in the fields in degrees; null when they hold none. */
function written({ lon, lat }) {
  const place = { lon: Number(lon.value), lat: Number(lat.value) };
  return lon.value && lat.value && Number.isFinite(place.lon + place.lat) ? place : null;
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
      found.textContent = _("没有取得定位，请查地点或在地图上点选位置。");
    },
    { enableHighAccuracy: true, timeout: 10_000, maximumAge: 15_000 },
  );
}

/** What was picked in words: the name it was chosen by, the address, the grid, how exact. */
export function sayFound(located, told, accuracy, source, name = "") {
  if (located.message) return located.message;
  const where = told?.address || [located.district?.name, located.subdistrict?.name, located.community?.name].filter(Boolean).join(" ");
  return [where.includes(name) ? "" : name, where, _("网格 {code}{how}", { code: located.unit_grid_code, how: sayExact(accuracy, source) })].filter(Boolean).join(" · ");
}

function sayExact(accuracy, source) {
  if (accuracy === null) return "";
  if (source === "gps") return _("（定位误差约 {n} 米，可在地图上点选更正）", { n: Math.round(accuracy) });
  return _("（误差约 {text}，可在地图上点选更正）", { text: sayDistance(accuracy) });
}
