// What the map of the wall shows in each scene. The map is drawn for 1080 lines and enlarged to the wall it hangs on, so
// that names and signs are as large for the eye at every size.

import { boxOf, cornersOf } from "../map/features.js";
import { FONTS_STRONG, paletteOf } from "../map/style/palette.js";

const REM_PX = 16;
const FAULTY = { state: ["破损", "丢失"] };
const CASE_ZOOM = 16.4;
const NIGHT_DRAWN = "#d9a0ea";
const NOTHING = { type: "FeatureCollection", features: [] };
const UNWALKED = "#b58ad6";
const HEAT = ["#f6d365", "#f79b4b", "#f2603c", "#d62f3f"];

export class WallView {
  constructor(frame, city, { theme, bounds }) {
    this.frame = frame;
    this.city = city;
    this.map = city.map;
    this.bounds = bounds;
    this.theme = theme;
    this.colours = paletteOf(theme);
    this.scene = "";
    this.caseAt = null;
    city.setComponentFilter(FAULTY);
    this.#paintFaulty();
    this.#sizeClusters();
    this.#addHot();
    this.#addUnwalked();
    this.#addMarked();
    new ResizeObserver(() => this.fit()).observe(frame);
    this.fit();
  }

  /** Sizes the map's element so that, enlarged, it fills its frame. */
  static size(frame, canvas) {
    const times = enlargement();
    canvas.style.inlineSize = `${frame.clientWidth / times}px`;
    canvas.style.blockSize = `${frame.clientHeight / times}px`;
    canvas.style.transform = `scale(${times})`;
    return times;
  }

  fit() {
    const times = WallView.size(this.frame, this.city.element);
    this.map.setPixelRatio(devicePixelRatio * times);
    this.map.resize();
    this.#look(false);
  }

  /** Faulty components glow where there are several: a strong spot for each would be a second map over the first. */
  #paintFaulty() {
    const byCount = (...stops) => ["interpolate", ["linear"], ["get", "n"], ...stops];
    this.map.setPaintProperty("components-few", "circle-opacity", byCount(1, 0, 2, 0.1, 5, 0.4, 10, 0.75));
    this.map.setPaintProperty("components-few", "circle-blur", 1);
    this.map.setLayoutProperty("components-density", "visibility", "none");
  }

  /** A square with many cases is larger than one with few. */
  #sizeClusters() {
    const byCount = (...stops) => ["interpolate", ["linear"], ["sqrt", ["get", "n"]], ...stops];
    this.map.setLayoutProperty("other-cases-cluster", "icon-size", byCount(1, 1.5, 3, 1.9, 7, 2.7));
    this.map.setLayoutProperty("other-cases-cluster", "text-size", byCount(1, 24, 3, 26, 7, 34));
  }

  #addHot() {
    this.map.addSource("hot", { type: "geojson", data: NOTHING });
    const below = "other-cases-cluster";
    const colour = ["interpolate", ["linear"], ["get", "share"], 0, HEAT[0], 0.4, HEAT[1], 0.7, HEAT[2], 1, HEAT[3]];
    const hidden = { visibility: "none" };
    this.map.addLayer({ id: "hot-fill", type: "fill", source: "hot", layout: hidden, paint: { "fill-color": colour, "fill-opacity": 0.72 } }, below);
    this.map.addLayer({ id: "hot-line", type: "line", source: "hot", layout: hidden, paint: { "line-color": colour, "line-width": 3, "line-opacity": 0.95 } }, below);
    this.map.addSource("hot-at", { type: "geojson", data: NOTHING });
    this.map.addLayer({
      id: "hot-glow", type: "circle", source: "hot-at", layout: { ...hidden, "circle-sort-key": ["get", "share"] },
      paint: { "circle-radius": ["interpolate", ["linear"], ["get", "share"], 0, 10, 1, 46], "circle-color": colour, "circle-opacity": 0.62, "circle-stroke-width": 2, "circle-stroke-color": this.colours.halo },
    }, below);
    this.map.addLayer({
      id: "hot-n", type: "symbol", source: "hot-at", filter: ["<=", ["get", "rank"], 12], layout: {
        ...hidden, "text-field": ["to-string", ["get", "n"]], "text-size": 30, "text-font": FONTS_STRONG, "text-allow-overlap": true, "symbol-sort-key": ["get", "rank"],
      }, paint: { "text-color": this.colours.inkStrong, "text-halo-color": this.colours.halo, "text-halo-width": 2.5 },
    });
  }

  #addUnwalked() {
    this.map.addSource("unwalked", { type: "geojson", data: NOTHING });
    const hidden = { visibility: "none" };
    const below = "other-cases-cluster";
    this.map.addLayer({ id: "unwalked-fill", type: "fill", source: "unwalked", layout: hidden, paint: { "fill-color": UNWALKED, "fill-opacity": 0.5 } }, below);
    this.map.addLayer({ id: "unwalked-line", type: "line", source: "unwalked", layout: hidden, paint: { "line-color": UNWALKED, "line-width": 2 } }, below);
  }

  #addMarked() {
    this.map.addSource("shown-case", { type: "geojson", data: NOTHING });
    this.map.addLayer({ id: "shown-case-ring", type: "circle", source: "shown-case", paint: { "circle-radius": 46, "circle-color": "rgba(0,0,0,0)", "circle-stroke-width": 5, "circle-stroke-color": this.colours.pins.selected } });
  }

  /** Draws the hot grids; the first is the hottest. */
  setHot(collection) {
    const most = Math.max(1, ...collection.features.map((one) => one.properties.n));
    const features = collection.features.map((one, n) => ({ ...one, properties: { ...one.properties, rank: n + 1, share: one.properties.n / most } }));
    this.hotAt = features.slice(0, 20).map((one) => [one.properties.lon, one.properties.lat]);
    this.map.getSource("hot").setData({ type: "FeatureCollection", features });
    const points = features.map(({ properties }) => ({ type: "Feature", properties, geometry: { type: "Point", coordinates: [properties.lon, properties.lat] } }));
    this.map.getSource("hot-at").setData({ type: "FeatureCollection", features: points });
    if (this.scene === "hot") this.#look();
  }

  /** Draws the ground that nobody walked: one feature, without geometry where there is none. */
  setUnwalked(feature) {
    this.map.getSource("unwalked").setData(feature.geometry ? feature : NOTHING);
  }

  /** Shows where a case or an incident is, `{lon, lat}`; null for none. */
  setCase(told) {
    this.caseAt = told && [told.lon, told.lat];
    const features = told ? [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: this.caseAt } }] : [];
    this.map.getSource("shown-case").setData({ type: "FeatureCollection", features });
    if (this.#isOfOne) this.#look();
  }

  /** Draws what lies on the map of an incident, and looks at all of it; an empty list draws nothing. */
  setShapes(told) {
    const features = told.filter(({ properties }) => properties.role !== "zone-label").map(brightened);
    this.shapesBox = features.length > 0 ? boxOf(features.flatMap((one) => cornersOf(one.geometry))) : null;
    this.city.setShapes({ type: "FeatureCollection", features }, { isFitted: false });
    if (this.scene === "incident") this.#look();
  }

  /** Whether the scene is of one place: a case, an incident. */
  get #isOfOne() {
    return this.scene === "case" || this.scene === "incident";
  }

  show(scene, box = null) {
    this.scene = scene;
    this.box = box;
    for (const layer of ["hot-fill", "hot-line", "hot-glow", "hot-n"]) this.map.setLayoutProperty(layer, "visibility", scene === "hot" ? "visible" : "none");
    for (const layer of ["unwalked-fill", "unwalked-line"]) this.map.setLayoutProperty(layer, "visibility", scene === "walked" ? "visible" : "none");
    for (const layer of ["components-few"]) this.map.setLayoutProperty(layer, "visibility", ["overview", "district", "case"].includes(scene) ? "visible" : "none");
    const wanted = scene === "overdue" ? "overdue" : ["hot", "people", "walked", "incident"].includes(scene) ? "none" : "";
    this.city.setGroup("cases", wanted !== "none");
    if (wanted !== "none") this.#paintLights(wanted);
    this.#look();
  }

  /** All cases, or only those under one light: by opacity, for new tiles would have to be waited for. */
  #paintLights(light) {
    const opacity = light ? ["case", ["==", ["get", "light"], light], 1, 0] : 0.95;
    for (const [layer, name] of [["other-cases-cluster", "icon-opacity"], ["other-cases-cluster", "text-opacity"], ["other-cases-icon", "icon-opacity"], ["other-cases-dot", "circle-opacity"], ["other-cases-dot", "circle-stroke-opacity"]]) {
      if (this.map.getLayer(layer)) this.map.setPaintProperty(layer, name, opacity);
    }
  }

  #look(isMoved = true) {
    const still = { duration: isMoved ? 200 : 0, essential: false };
    if (this.scene === "incident" && this.shapesBox) return this.map.fitBounds(this.shapesBox, { padding: 120, maxZoom: CASE_ZOOM, ...still });
    if (this.#isOfOne && this.caseAt) return this.map.easeTo({ center: this.caseAt, zoom: CASE_ZOOM, ...still });
    if (this.scene === "hot" && this.hotAt?.length) return this.map.fitBounds(around(this.hotAt), { padding: 90, maxZoom: 14.5, ...still });
    return this.map.fitBounds(this.scene === "district" && this.box ? this.box : this.bounds, { padding: 24, maxZoom: 14, ...still });
  }
}

/** Strokes are light on the night map. */
function brightened(feature) {
  return feature.properties.role.startsWith("drawn") ? { ...feature, properties: { ...feature.properties, colour: NIGHT_DRAWN } } : feature;
}

/** How many times larger than on a wall of 1080 lines things are. */
export function enlargement() {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / REM_PX;
}

function around(places) {
  const [lons, lats] = [places.map(([lon]) => lon), places.map(([, lat]) => lat)];
  return [[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]];
}
