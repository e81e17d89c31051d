// The map of a page: shows the rows of the list beside it, lights what the list lights, opens what is clicked.

import { featuresOf, filterIn, rowOf } from "../map/features.js";
import { watchVersions } from "../map/versions.js";
import { drawFound } from "../places/on-map.js";

const HOVERED = "case:hover";
const CHOSEN = "case:choose";
const LISTED = "cases:listed";

export async function start(element) {
  const heard = hearVersions(element);
  const [{ openCityMap }, { addTools }, { showHere }, { wallLegend }, { readBasemaps, recallChoice }] = await Promise.all([
    import("../map/city-map.js"), import("../map/tools.js"), import("../map/here.js"), import("../map/layer-panel.js"), import("../map/basemaps.js"),
  ]);
  const { west, south, east, north, lon0, lat0, zoom, theme, cases, attribution, memory } = element.dataset;
  const isListed = element.dataset.alone !== "yes";
  const basemaps = readBasemaps(element);
  const listFilter = filterOfList();
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  element.prepend(canvas);
  const city = await openCityMap(canvas, {
    bounds: [[Number(west), Number(south)], [Number(east), Number(north)]],
    middle: { center: [Number(lon0), Number(lat0)], zoom: Number(zoom) },
    theme, cases: cases || null, attribution, memory: memory ? `citygrid.view.${memory}` : null,
    isListed, isOnWall: element.dataset.wall === "yes", isLinkable: !isListed && element.dataset.wall !== "yes", basemaps,
    filter: filterIn(listFilter),
  });
  element.classList.add("is-open");
  element.cityMap = city;
  const basemap = recallChoice(basemaps);
  if (basemap) city.setBasemap(basemap);
  if (element.dataset.wall === "yes") element.append(wallLegend(cases));
  else addTools(element, city, { cases, mayLocate: element.dataset.locate !== "no", basemaps, basemap, isFilteredByList: listFilter !== null });
  city.onAsk((place) => showHere(element, city, place));
  drawFound(element, city);
  document.addEventListener("live:changed", () => city.refreshCases());
  city.renewTiles(heard.versions);
  if (isListed) {
    if (cases === "cases") city.setGroup("cases", false);
    linkWithList(element, city);
  } else {
    city.onTileCase((caseNo) => location.assign(`/cases/${caseNo}`));
  }
  if (listFilter !== null) linkFilter(city, listFilter);
  linkShapes(element, city);
}

/** The filter of the list beside the map, as its address says it; null where the list filters no components. */
function filterOfList() {
  return document.querySelector("[data-map-filter]")?.dataset.mapFilter ?? null;
}

/** Components on the map are those of the list, whatever the list is changed to. */
function linkFilter(city, first) {
  let shown = first;
  document.addEventListener(LISTED, () => {
    const wanted = filterOfList() ?? "";
    if (wanted === shown) return;
    shown = wanted;
    city.setComponentFilter(filterIn(wanted));
  });
}

/** Keeps the newest versions of layers, from before the map is there; an open map is told of each. */
function hearVersions(element) {
  const heard = { versions: {} };
  const hear = (versions) => {
    heard.versions = versions;
    element.cityMap?.renewTiles(versions);
  };
  document.addEventListener("live:layers", (evt) => hear(evt.detail));
  if (!document.querySelector("[data-part~=live]")) watchVersions(hear);
  return heard;
}

/** Shapes of the page or of the sheet that is open: before and after of a review, grids of a survey. */
function linkShapes(element, city) {
  let shown = null;
  const draw = async () => {
    const address = document.querySelector(".sheet[data-shapes]")?.dataset.shapes ?? element.dataset.shapes ?? null;
    if (address === shown) return;
    shown = address;
    const answer = address ? await fetch(address, { headers: { accept: "application/json" } }) : null;
    if (address === shown) city.setShapes(answer?.ok ? await answer.json() : null);
  };
  draw();
  document.addEventListener(LISTED, draw);
}

function linkWithList(element, city) {
  const tip = document.createElement("div");
  tip.className = "map-tip";
  tip.hidden = true;
  element.append(tip);
  const marked = { selected: element.dataset.selected || null, hovered: null };
  const mark = () => city.mark({ ...marked, open: openCase() });
  const list = () => {
    const rows = [...document.querySelectorAll("[data-case][data-lon]:not(.sheet)")].map((row) => rowOf(row.dataset));
    city.setCases(featuresOf(rows));
    mark();
  };
  list();
  if (openCase()) city.show(openCase());
  document.addEventListener(LISTED, (evt) => {
    if (evt.detail && "selected" in evt.detail) marked.selected = evt.detail.selected;
    list();
    if (openCase() && evt.detail?.isChosen) city.show(openCase());
  });
  document.addEventListener(HOVERED, (evt) => {
    marked.hovered = evt.detail.caseNo;
    mark();
  });
  city.onHover((found) => {
    tip.hidden = found === null;
    if (found) {
      tip.textContent = found.label;
      tip.style.transform = `translate(${found.x}px, ${found.y}px)`;
    }
    if ((found?.caseNo ?? null) === marked.hovered) return;
    marked.hovered = found?.caseNo ?? null;
    mark();
    document.dispatchEvent(new CustomEvent("case:hover-on-map", { detail: { caseNo: marked.hovered } }));
  });
  city.onCase((caseNo) => {
    const { href } = document.querySelector(`[data-case="${CSS.escape(caseNo)}"][data-lon]`)?.dataset ?? {};
    if (href) location.assign(href);
    else document.dispatchEvent(new CustomEvent(CHOSEN, { detail: { caseNo } }));
  });
}

/** The row of the case whose sheet is open; null when none is. */
function openCase() {
  const sheet = document.querySelector(".sheet[data-lon]");
  return sheet ? rowOf(sheet.dataset) : null;
}
