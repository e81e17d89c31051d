// The map of the city. The only module that knows MapLibre; others use the CityMap it opens.

import * as maplibre from "../../vendor/maplibre-gl/maplibre-gl.mjs";
import { _ } from "../words.js";
import { BasemapSwitch } from "./basemaps.js";
import { boxOf, circle, cornersOf, featuresOf } from "./features.js";
import { FOUND, FOUND_DOT, foundFeatures, foundLayers, reachFeatures } from "./found.js";
import { drawImage, loadTable } from "./pictograms.js";
import { resourceLayers, shapeLayers } from "./shapes.js";
import { CLUSTERING, GROUPS, buildStyle, documentOf, listedLayers, paletteOf } from "./style.js";
import { filteredPaint } from "./style/ours.js";
import { renewedAddresses } from "./versions.js";

const NOTHING = { type: "FeatureCollection", features: [] };
const LONG_PRESS_MS = 550;
const CLOSE_ZOOM = 16.5;
const FOUND_ZOOM = 17;
const ROOM_PX = 48;
const DOCUMENT_WITHIN_MS = 10_000;
const LISTED = ["listed-case", "listed-cluster"];
const TILED = ["other-cases-icon", "other-cases-dot", "other-cases-cluster"];
const RESOURCES = ["shapes-resource", "resources-resource"];
const PUBLIC = ["public-cases-icon", "public-cases-dot", "public-cases-done"];

function locale() {
  return {
    "Map.Title": _("地图"), "AttributionControl.ToggleAttribution": _("数据来源"), "AttributionControl.MapFeedback": _("数据来源"),
    "ScaleControl.Meters": _("米"), "ScaleControl.Kilometers": _("公里"),
  };
}

// A service worker answers for its own scope alone: there the map's worker has an address of its own.
const workerAddress = document.querySelector('meta[name="map-worker"]')?.content;
if (workerAddress) maplibre.setWorkerUrl(new URL(workerAddress, location.href).href);

/** Opens the map in `element`; answers when its style is there. */
export async function openCityMap(element, options) {
  const map = new CityMap(element, options);
  await map.ready;
  return map;
}

class CityMap {
  constructor(element, { bounds, middle, theme = "day", cases = null, attribution = "", memory = null, isListed = true, isOnWall = false, isLinkable = false, basemaps = [], filter = {}, caseFilter = null, pixelRatio = null }) {
    const view = recall(memory);
    this.cases = cases;
    this.colours = paletteOf(theme);
    this.filters = { components: filter, cases: caseFilter };
    this.areTilesListed = caseFilter !== null;
    this.versions = {};
    this.filtered = Promise.resolve();
    this.element = element;
    this.isListed = isListed;
    this.hasView = view !== null;
    this.groups = Object.fromEntries(Object.entries(GROUPS).map(([name, group]) => [name, group.isOn]));
    this.map = new maplibre.Map({
      container: element,
      style: buildStyle({ origin: location.origin, theme, cases, isBesideList: isListed, isOnWall, components: filter, caseFilter }),
      ...(view ?? middle),
      hash: isLinkable ? "map" : false, // `#map=zoom/latitude/longitude`: a view that can be sent to somebody
      maxBounds: widened(bounds),
      minZoom: 8.5, maxZoom: 19.5, maxPitch: 0, dragRotate: false, pitchWithRotate: false,
      attributionControl: { compact: true, customAttribution: attribution },
      ...(pixelRatio ? { pixelRatio } : {}),
      locale: locale(), fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new maplibre.ScaleControl({ maxWidth: 90 }), "bottom-right");
    this.map.setMissingStyleImageResolver((id) => this.#resolveImage(id));
    this.table = loadTable();
    this.basemaps = new BasemapSwitch(this.map, maplibre, basemaps);
    this.ready = new Promise((resolve) => this.map.once("load", resolve)).then(() => this.#addOurs());
    // tests and printers wait for this
    this.map.on("idle", () => { element.parentElement.dataset.drawn = "yes"; });
    this.map.on("movestart", () => { element.parentElement.dataset.drawn = "no"; });
    // a document that was under way when its layer changed
    this.map.on("sourcedata", (evt) => {
      if (evt.sourceDataType === "metadata" && evt.sourceId in this.versions) this.#renewTilesOf(evt.sourceId);
    });
    if (memory) this.map.on("moveend", () => remember(memory, this.map));
  }

  /**
   * Shows exactly these features as the cases of the list; the view is fitted the first time only. Where tiles are the
   * list, they are its first rows: what is marked is taken from them.
   */
  setCases(collection) {
    this.collection = collection;
    if (!this.areTilesListed) this.map.getSource("listed").setData(collection);
    if (!this.hasView && collection.features.length > 0) {
      this.map.fitBounds(boxOf(collection.features), { padding: 56, maxZoom: 16, animate: false });
    }
    this.hasView ||= collection.features.length > 0;
  }

  /**
   * Marks one case as selected and one as hovered, by number; null marks none.
   * `open` is the row of the case that is open beside the map, `pointed` of the one under the pointer: they are marked even
   * when the list has not got them.
   */
  mark({ selected = null, hovered = null, open = null, pointed = null }) {
    const listed = this.collection?.features ?? [];
    const known = new Set(listed.map((feature) => feature.properties.case_no));
    const others = [open, pointed].filter((row, n, rows) => row && !known.has(row.caseNo) && rows.findIndex((one) => one?.caseNo === row.caseNo) === n);
    const features = [...listed, ...featuresOf(others).features].flatMap((feature) => {
      const as = { [hovered ?? ""]: "hovered", [selected ?? ""]: "selected" }[feature.properties.case_no];
      return as ? [{ ...feature, properties: { ...feature.properties, as } }] : [];
    });
    this.map.getSource("marked").setData({ type: "FeatureCollection", features });
  }

  /** Brings a place into view without zooming further out; stays still when it is in view already. */
  show({ lon, lat }, { zoom = null } = {}) {
    this.map.resize(); // a sheet may just have opened beside it
    const inside = this.map.getBounds().contains([lon, lat]);
    if (inside && zoom === null) return;
    this.map.easeTo({ center: [lon, lat], zoom: Math.max(this.map.getZoom(), zoom ?? 14), duration: 200, essential: false });
  }

  showClosely(place) {
    this.show(place, { zoom: CLOSE_ZOOM });
  }

  /** Draws the picked place with its accuracy in metres, or nothing. */
  setPicked(place, accuracy = null) {
    const features = place ? [
      ...(accuracy ? [circle(place, accuracy)] : []),
      { type: "Feature", properties: {}, geometry: { type: "Point", coordinates: [place.lon, place.lat] } },
    ] : [];
    this.map.getSource("picked").setData({ type: "FeatureCollection", features });
  }

  /** Draws the places that were searched for, see `foundFeatures`; nothing for none. */
  setFound(found) {
    this.map.getSource(FOUND).setData(foundFeatures(found ?? {}));
  }

  /**
   * Brings places with their reach into view, beside the pixels `{left, top}` that something floats over. A gentle move is
   * none where all of them are seen well already.
   */
  showFound(places, { covered: { left = 0, top = 0 } = {}, isGentle = false } = {}) {
    if (places.length === 0) return;
    this.map.resize();
    const { clientWidth: width, clientHeight: height } = this.element;
    const room = Math.min(ROOM_PX, width / 6, height / 6);
    const padding = { left: Math.min(left + room, width / 2), top: Math.min(top + room, height / 2), right: room, bottom: room };
    const camera = this.map.cameraForBounds(boxOf(reachFeatures(places)), { padding, maxZoom: FOUND_ZOOM });
    if (!camera || (isGentle && this.#sees(places, camera.zoom))) return;
    this.hasView = true;
    this.map.easeTo({ ...camera, duration: 200, essential: false });
  }

  /** Moves the map just so far that a place does not lie under what floats over its `{left, top}` pixels down to `bottom`. */
  uncover({ lon, lat }, { left = 0, top = 0, bottom = 0 }) {
    const { x, y } = this.map.project([lon, lat]);
    const isBeside = left > 0 && y < bottom + ROOM_PX;
    const [right, down] = [isBeside ? left + ROOM_PX - x : 0, top > 0 ? top + ROOM_PX - y : 0];
    if (right > 0 || down > 0) this.map.panBy([-Math.max(0, right), -Math.max(0, down)], { duration: 200, essential: false });
  }

  /** Shows shapes with a role (see `shapes.js`) and brings them into view unless told not to; null shows none. */
  setShapes(collection, { isFitted = true } = {}) {
    if (!this.map.getSource("shapes")) {
      if (!collection) return;
      this.map.addSource("shapes", { type: "geojson", data: NOTHING });
      for (const layer of shapeLayers()) this.map.addLayer(layer);
    }
    this.map.getSource("shapes").setData(collection ?? NOTHING);
    const corners = (collection?.features ?? []).flatMap((feature) => cornersOf(feature.geometry));
    if (corners.length === 0 || !isFitted) return;
    this.map.resize();
    const maxZoom = corners.length === 1 ? 16 : 18; // a place alone, with the streets around it
    this.map.fitBounds(boxOf(corners), { padding: 72, maxZoom, animate: false });
    this.hasView = true;
  }

  /** Shows emergency resources beside whatever else is on the map; null shows none. */
  setResources(collection) {
    if (!this.map.getSource("resources")) {
      this.map.addSource("resources", { type: "geojson", data: NOTHING });
      for (const layer of resourceLayers("resources")) this.map.addLayer(layer);
    }
    this.map.getSource("resources").setData(collection ?? NOTHING);
  }

  /** Calls with the address of the page of the emergency resource clicked. */
  onResource(listener) {
    this.map.on("click", (evt) => {
      const layers = RESOURCES.filter((layer) => this.map.getLayer(layer));
      const [feature] = layers.length > 0 ? this.map.queryRenderedFeatures(evt.point, { layers }) : [];
      if (feature) listener(feature.properties.href);
    });
  }

  /** Outlines one unit grid. */
  outlineGrid(code) {
    this.map.setFilter("grids-selected", ["==", ["get", "code"], code ?? ""]);
  }

  /** Switches a group of layers. */
  setGroup(name, isOn) {
    this.groups[name] = isOn;
    for (const layer of GROUPS[name].layers) {
      if (this.map.getLayer(layer)) this.map.setLayoutProperty(layer, "visibility", isOn ? "visible" : "none");
    }
  }

  /** Draws a base map of another host under our lines; our own ground for "". */
  setBasemap(id) {
    this.basemaps.choose(id);
  }

  /** Shows only components of a filter, by the names of addresses (`type`, `state`, `area`, …); empty values mean all. */
  setComponentFilter(filter) {
    this.#filter("components", filter);
    this.#paintFiltered();
  }

  /** Shows the cases of a filter, where tiles are the list. */
  setCaseFilter(filter) {
    this.#filter("cases", filter);
  }

  /** Asks for the tiles of cases again; those that have not changed cost next to nothing. */
  refreshCases() {
    if (this.cases) this.map.refreshTiles(this.cases);
  }

  /**
   * Asks again for the tiles of layers whose version, `{components: "3-…"}`, is another than their addresses carry.
   * What is drawn stays until the new tiles are there; the view and every other layer stay as they are.
   */
  renewTiles(versions) {
    this.versions = versions;
    for (const name of Object.keys(versions)) this.#renewTilesOf(name);
  }

  zoomBy(steps) {
    this.map.zoomTo(this.map.getZoom() + steps, { duration: 160 });
  }

  /** Draws what the map shows onto a plain canvas, which paper shows, too. */
  copyTo(canvas) {
    this.map.redraw();
    const drawn = this.map.getCanvas();
    Object.assign(canvas, { width: drawn.width, height: drawn.height });
    canvas.getContext("2d").drawImage(drawn, 0, 0);
  }

  /** The middle of the view. */
  middle() {
    const { lng, lat } = this.map.getCenter();
    return { lon: lng, lat };
  }

  /** Calls with the place of a tap; one on a place that was searched for is not meant. */
  onTap(listener) {
    this.map.on("click", (evt) => {
      if (this.map.queryRenderedFeatures(evt.point, { layers: [FOUND_DOT] }).length > 0) return;
      listener({ lon: evt.lngLat.lng, lat: evt.lngLat.lat });
    });
  }

  /** Calls with the number, from 0, of the place tapped among those to choose from. */
  onFound(listener) {
    this.map.on("click", FOUND_DOT, (evt) => listener(evt.features[0].properties.n - 1));
  }

  /** Calls with the number of the case clicked; a click on a cluster zooms to what is in it. */
  onCase(listener) {
    this.map.on("click", LISTED, async (evt) => {
      const [feature] = evt.features;
      if (feature.properties.case_no) return listener(feature.properties.case_no);
      const zoom = await this.map.getSource("listed").getClusterExpansionZoom(feature.properties.cluster_id);
      return this.map.easeTo({ center: feature.geometry.coordinates, zoom, duration: 200 });
    });
  }

  /** Calls with the number of the case clicked among those of the tiles; a click on several goes closer. */
  onTileCase(listener) {
    const layers = TILED.filter((layer) => this.map.getLayer(layer));
    if (layers.length === 0) return;
    this.map.on("click", layers, (evt) => {
      const [feature] = evt.features;
      if (feature.properties.case_no) return listener(feature.properties.case_no);
      return this.map.easeTo({ center: feature.geometry.coordinates, zoom: this.map.getZoom() + 2, duration: 200 });
    });
  }

  /** Calls with what the public map knows of the cases clicked, and the place of the first. */
  onPublicCase(listener) {
    const layers = PUBLIC.filter((layer) => this.map.getLayer(layer));
    if (layers.length === 0) return;
    this.map.on("click", layers, (evt) => {
      const found = evt.features.map(({ properties, geometry: { coordinates: [lon, lat] } }) => ({ ...properties, lon, lat }));
      listener(found, { lon: found[0].lon, lat: found[0].lat });
    });
    for (const [name, cursor] of [["mouseenter", "pointer"], ["mouseleave", ""]]) {
      this.map.on(name, layers, () => { this.map.getCanvas().style.cursor = cursor; });
    }
  }

  /** Calls with the row of the case under the pointer, or null, and where it is on the element. */
  onHover(listener) {
    const names = this.areTilesListed ? TILED : LISTED;
    this.map.on("mousemove", (evt) => {
      const layers = names.filter((layer) => this.map.getLayer(layer));
      const [feature] = this.map.queryRenderedFeatures(evt.point, { layers });
      this.map.getCanvas().style.cursor = feature ? "pointer" : "";
      const { case_no: caseNo, label = "", light, major = "" } = feature?.properties ?? {};
      const [lon, lat] = feature?.geometry.coordinates ?? [];
      listener(caseNo ? { caseNo, label, light, major, lon, lat, ...this.#at(feature) } : null);
    });
    this.map.on("mouseout", () => listener(null));
  }

  /** Calls with the place of a right click or a long press. */
  onAsk(listener) {
    this.map.on("contextmenu", (evt) => listener({ lon: evt.lngLat.lng, lat: evt.lngLat.lat }));
    let waiting = null;
    this.map.on("touchstart", (evt) => {
      clearTimeout(waiting);
      if (evt.points.length === 1) {
        waiting = setTimeout(() => listener({ lon: evt.lngLat.lng, lat: evt.lngLat.lat }), LONG_PRESS_MS);
      }
    });
    for (const end of ["touchend", "touchmove", "touchcancel"]) this.map.on(end, () => clearTimeout(waiting));
  }

  #filter(source, filter) {
    this.element.parentElement.dataset.drawn = "no";
    this.filters[source] = filter;
    this.filtered = this.filtered.then(() => this.#load(source, filter));
  }

  /** Asks for a layer under a filter, unless another came after it; MapLibre forgets one that overtakes another. */
  async #load(source, filter) {
    if (filter !== this.filters[source]) return;
    this.map.getSource(source).setUrl(documentOf(source, { origin: location.origin, filter }));
    await new Promise((resolve) => {
      const hear = (evt) => {
        if (evt.sourceId !== source || evt.sourceDataType !== "metadata") return;
        this.map.off("sourcedata", hear);
        resolve();
      };
      this.map.on("sourcedata", hear);
      setTimeout(resolve, DOCUMENT_WITHIN_MS);
    });
  }

  #paintFiltered() {
    for (const [layer, name, value] of filteredPaint(this.colours, this.filters.components)) this.map.setPaintProperty(layer, name, value);
  }

  #renewTilesOf(name) {
    const source = this.map.getSource(name);
    const fresh = renewedAddresses(source?.tiles ?? [], this.versions[name]);
    if (!fresh) return;
    // not setTiles: those would stand in the way of the addresses of a filter that is chosen later
    source.tiles = fresh;
    this.map.refreshTiles(name);
  }

  /** Whether places are in view at about the zoom that suits them. */
  #sees(places, zoom) {
    const bounds = this.map.getBounds();
    const isNear = Math.abs(this.map.getZoom() - zoom) < 1.5;
    return isNear && places.every(({ lon, lat }) => bounds.contains([lon, lat]));
  }

  #at(feature) {
    const { x, y } = this.map.project(feature.geometry.coordinates);
    return { x, y };
  }

  #addOurs() {
    if (this.isListed) {
      this.map.addSource("listed", { type: "geojson", data: NOTHING, ...CLUSTERING });
      this.map.addSource("marked", { type: "geojson", data: NOTHING });
      for (const layer of listedLayers(this.colours)) this.map.addLayer(layer);
    }
    this.map.addSource("picked", { type: "geojson", data: NOTHING });
    this.map.addLayer({
      id: "picked-circle", type: "fill", source: "picked", filter: ["==", ["geometry-type"], "Polygon"],
      paint: { "fill-color": this.colours.selection, "fill-opacity": 0.14, "fill-outline-color": this.colours.selection },
    });
    this.map.addLayer({
      id: "picked-pin", type: "symbol", source: "picked", filter: ["==", ["geometry-type"], "Point"],
      layout: { "icon-image": "case:open:place", "icon-anchor": "bottom", "icon-allow-overlap": true, "icon-ignore-placement": true, "icon-size": 1.2 },
    });
    this.map.addSource(FOUND, { type: "geojson", data: NOTHING });
    for (const layer of foundLayers(this.colours)) this.map.addLayer(layer);
    this.#paintFiltered();
    if (this.element.clientWidth < 600) this.#foldAttribution();
    this.element.classList.add("is-open");
  }

  /** On small maps the sources are one tap away instead of over the map. */
  #foldAttribution() {
    const box = this.element.querySelector(".maplibregl-ctrl-attrib");
    box?.classList.remove("maplibregl-compact-show");
    box?.removeAttribute("open");
  }

  async #resolveImage(id) {
    const image = await drawImage(id, await this.table, this.colours.pins);
    if (image && !this.map.hasImage(id)) this.map.addImage(id, image[0], image[1]);
  }
}

/** A box half as large again on every side: how far a reader may go. */
function widened([[west, south], [east, north]]) {
  const [dLon, dLat] = [(east - west) / 2, (north - south) / 2];
  return [[west - dLon, south - dLat], [east + dLon, north + dLat]];
}

function remember(memory, map) {
  const { lng, lat } = map.getCenter();
  try {
    sessionStorage.setItem(memory, JSON.stringify({ center: [lng, lat], zoom: map.getZoom() }));
  } catch {
    // a forbidden store only forgets the view
  }
}

function recall(memory) {
  try {
    return memory ? JSON.parse(sessionStorage.getItem(memory)) : null;
  } catch {
    return null;
  }
}
