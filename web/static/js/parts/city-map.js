// The map of a page: shows the rows of the list beside it, lights what the list lights, opens what is clicked.

import { featuresOf, filterIn, rowOf } from "../map/features.js";
import { watchVersions } from "../map/versions.js";
import { drawFound } from "../places/on-map.js";

const HOVERED = "case:hover";
const CHOSEN = "case:choose";
const LISTED = "cases:listed";

export async function start(element) {
  const heard = hearVersions(element);
  const [{ openCityMap }, { addTools }, { showHere }, { showPublicCases }, { wallLegend }, { readBasemaps, recallChoice }] = await Promise.all([
    import("../map/city-map.js"), import("../map/tools.js"), import("../map/here.js"), import("../map/public-case.js"), import("../map/layer-panel.js"), import("../map/basemaps.js"),
  ]);
  const { west, south, east, north, lon0, lat0, zoom, theme, cases, attribution, memory, resources = "" } = element.dataset;
  const isListed = element.dataset.alone !== "yes";
  const basemaps = readBasemaps(element);
  const listFilter = filterOfList();
  const caseFilter = cases === "cases" ? casesOfList() : null;
  const canvas = document.createElement("div");
  canvas.className = "canvas";
  element.prepend(canvas);
  const city = await openCityMap(canvas, {
    bounds: [[Number(west), Number(south)], [Number(east), Number(north)]],
    middle: { center: [Number(lon0), Number(lat0)], zoom: Number(zoom) },
    theme: theme ?? themeOfPage(), cases: cases || null, attribution, memory: memory ? `citygrid.view.${memory}` : null,
    isListed, isOnWall: element.dataset.wall === "yes", isLinkable: !isListed && element.dataset.wall !== "yes", basemaps,
    filter: filterIn(listFilter), caseFilter: caseFilter === null ? null : filterIn(caseFilter),
  });
  element.classList.add("is-open");
  element.cityMap = city;
  const basemap = recallChoice(basemaps);
  if (basemap) city.setBasemap(basemap);
  if (element.dataset.wall === "yes") element.append(wallLegend(cases));
  else addTools(element, city, { cases, mayLocate: element.dataset.locate !== "no", basemaps, basemap, isFilteredByList: listFilter !== null, resources });
  city.onResource((href) => location.assign(href));
  city.onAsk((place) => showHere(element, city, place));
  if (cases === "public-cases") city.onPublicCase((found, place) => showPublicCases(element, city, found, place));
  drawFound(element, city);
  document.addEventListener("live:changed", () => city.refreshCases());
  city.renewTiles(heard.versions);
  if (isListed) {
    if (cases === "cases" && !city.areTilesListed) city.setGroup("cases", false);
    linkWithList(element, city);
  } else {
    city.onTileCase((caseNo) => location.assign(`/cases/${caseNo}`));
  }
  if (listFilter !== null) linkFilter(listFilter, filterOfList, (filter) => city.setComponentFilter(filter));
  if (caseFilter !== null) linkFilter(caseFilter, casesOfList, (filter) => city.setCaseFilter(filter));
  linkShapes(element, city);
}

/** A page by night has its map by night. */
function themeOfPage() {
  return document.documentElement.dataset.theme === "night" ? "night" : undefined;
}

/** The filter of the list beside the map, as its address says it; null where the list filters no components. */
function filterOfList() {
  return document.querySelector("[data-map-filter]")?.dataset.mapFilter ?? null;
}

/** The filter of the cases that the list beside the map shows, its part of the queue included; null for lists without one. */
function casesOfList() {
  return document.querySelector("[data-case-filter]")?.dataset.caseFilter ?? null;
}

/** What is on the map is what is in the list, whatever the list is changed to. */
function linkFilter(first, read, set) {
  let shown = first;
  document.addEventListener(LISTED, () => {
    const wanted = read() ?? "";
    if (wanted === shown) return;
    shown = wanted;
    set(filterIn(wanted));
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
  const draw = async ({ isFitted } = { isFitted: true }) => {
    const address = document.querySelector(".sheet[data-shapes]")?.dataset.shapes ?? element.dataset.shapes ?? null;
    if (address === shown) return;
    shown = address;
    const answer = address ? await fetch(address, { headers: { accept: "application/json" } }) : null;
    if (address === shown) city.setShapes(answer?.ok ? await answer.json() : null, { isFitted });
  };
  draw();
  document.addEventListener(LISTED, () => draw());
  document.addEventListener("shapes:changed", () => {
    shown = null;
    draw({ isFitted: false });
  });
}

function linkWithList(element, city) {
  const tip = document.createElement("div");
  tip.className = "map-tip";
  tip.hidden = true;
  element.append(tip);
  const marked = { selected: element.dataset.selected || null, hovered: null, pointed: null };
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
    marked.pointed = null;
    mark();
  });
  city.onHover((found) => {
    tip.hidden = found === null;
    if (found) {
      tip.textContent = labelOf(found);
      tip.style.transform = `translate(${found.x}px, ${found.y}px)`;
    }
    if ((found?.caseNo ?? null) === marked.hovered) return;
    marked.hovered = found?.caseNo ?? null;
    marked.pointed = found;
    mark();
    document.dispatchEvent(new CustomEvent("case:hover-on-map", { detail: { caseNo: marked.hovered } }));
  });
  const choose = (caseNo) => {
    const { href } = document.querySelector(`[data-case="${CSS.escape(caseNo)}"][data-lon]`)?.dataset ?? {};
    if (href) location.assign(href);
    else document.dispatchEvent(new CustomEvent(CHOSEN, { detail: { caseNo } }));
  };
  if (city.areTilesListed) city.onTileCase(choose);
  else city.onCase(choose);
}

/** What a case under the pointer is called: as its row says it, else by its number. */
function labelOf({ caseNo, label }) {
  const row = document.querySelector(`[data-case="${CSS.escape(caseNo)}"][data-label]`);
  return label || row?.dataset.label || `${caseNo.slice(0, 6)} ${caseNo.slice(6, 14)} ${caseNo.slice(14)}`;
}

/** The row of the case whose sheet is open; null when none is. */
function openCase() {
  const sheet = document.querySelector(".sheet[data-lon]");
  return sheet ? rowOf(sheet.dataset) : null;
}
