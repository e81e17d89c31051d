// Base maps of other hosts under our own lines. A map of another datum is put together anew, tile by tile, where it belongs.

import { PATCH, isShifted, planOf } from "./datum.js";

const BELOW = "divisions-casing"; // our borders, grids, components and cases stay on top
const PROTOCOL = "citygrid-datum";
const CHOICE = "citygrid.basemap";

/** What a page knows of base maps; none when it says nothing. */
export function readBasemaps(element) {
  return element.dataset.basemaps ? JSON.parse(element.dataset.basemaps) : [];
}

export function recallChoice(basemaps) {
  try {
    const chosen = localStorage.getItem(CHOICE);
    return basemaps.some((one) => one.id === chosen) ? chosen : "";
  } catch {
    return "";
  }
}

function remember(id) {
  try {
    localStorage.setItem(CHOICE, id);
  } catch {
    // a forbidden store only forgets the choice
  }
}

/** Draws one base map, or our own ground for "". */
export class BasemapSwitch {
  constructor(map, maplibre, basemaps) {
    Object.assign(this, { map, basemaps, drawn: [] });
    if (basemaps.some((one) => isShifted(one.datum))) maplibre.addProtocol(PROTOCOL, (asked, stop) => this.#shifted(asked.url, stop.signal));
  }

  choose(id) {
    for (const name of this.drawn) {
      this.map.removeLayer(name);
      this.map.removeSource(name);
    }
    const chosen = this.basemaps.find((one) => one.id === id);
    this.drawn = (chosen?.sheets ?? []).map((tiles, n) => {
      const name = `basemap-${n}`;
      this.map.addSource(name, {
        type: "raster", tileSize: chosen.tileSize, maxzoom: chosen.maxZoom, attribution: escaped(chosen.attribution),
        tiles: isShifted(chosen.datum) ? [`${PROTOCOL}://${chosen.id}/${n}/{z}/{x}/{y}`] : tiles,
      });
      this.map.addLayer({ id: name, type: "raster", source: name, paint: { "raster-fade-duration": 0 } }, BELOW);
      return name;
    });
    this.#showOwnNames(!chosen);
    remember(id);
  }

  /** Names of streets and places are on the other map already; names of divisions are ours. */
  #showOwnNames(isShown) {
    for (const layer of this.map.getStyle().layers) {
      const isOurGround = layer.type === "symbol" && layer.source === "base" && /^(streets|ground)/.test(layer["source-layer"]);
      if (isOurGround) this.map.setLayoutProperty(layer.id, "visibility", isShown ? "visible" : "none");
    }
  }

  async #shifted(url, signal) {
    const [id, sheet, zoom, x, y] = url.slice(PROTOCOL.length + 3).split("/");
    const { datum, sheets, tileSize } = this.basemaps.find((one) => one.id === id);
    const { box, patches } = planOf(datum, Number(zoom), Number(x), Number(y));
    const sides = [box.right - box.left + 1, box.bottom - box.top + 1].map((tiles) => tiles * tileSize);
    const foreign = new OffscreenCanvas(...sides);
    await Promise.all(tilesOf(box).map(async ([column, row]) => {
      const addresses = sheets[sheet];
      const address = addresses[(column + row) % addresses.length];
      const answer = await fetch(address.replace("{z}", zoom).replace("{x}", column).replace("{y}", row), { signal });
      if (!answer.ok) return; // no tile there: our own land shows
      const image = await createImageBitmap(await answer.blob());
      foreign.getContext("2d").drawImage(image, (column - box.left) * tileSize, (row - box.top) * tileSize, tileSize, tileSize);
    }));
    const ours = new OffscreenCanvas(tileSize, tileSize);
    const pen = ours.getContext("2d");
    for (const { left, top, matrix: [a, b, c, d, right, down] } of patches) {
      pen.save();
      pen.beginPath();
      pen.rect(left * tileSize, top * tileSize, PATCH * tileSize, PATCH * tileSize);
      pen.clip();
      pen.setTransform(a, b, c, d, right * tileSize, down * tileSize);
      pen.drawImage(foreign, 0, 0);
      pen.restore();
    }
    return { data: ours.transferToImageBitmap() };
  }
}

function tilesOf({ left, top, right, bottom }) {
  const tiles = [];
  for (let row = top; row <= bottom; row += 1) {
    for (let column = left; column <= right; column += 1) tiles.push([column, row]);
  }
  return tiles;
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
