// The map of the field: movers as they move, grids coloured by how often they were walked.

import { drawChoropleth, leastZoom } from "../map/choropleth.js";
import { make } from "../map/elements.js";
import { moverLayer } from "../map/field.js";
import { showCard } from "../map/side.js";
import { _ } from "../words.js";

const STALE_CHECK_MS = 10_000;
const COLOURS = { none: "#c8372d", one: "#f0d9a8", some: "#8fc3a5", often: "#2b8a57" };

export async function start(element) {
  const city = await opened(element);
  if (element.dataset.tab === "coverage") return showCoverage(element, city);
  if (element.dataset.tab === "people") return showMovers(element, city);
  return undefined;
}

async function showCoverage(element, city) {
  const { from, to, lon0, lat0 } = element.dataset;
  const answer = await fetch(`/api/v1/coverage?from=${from}&to=${to}`, { headers: { accept: "application/json" } });
  if (!answer.ok) return;
  const { days, responsibility_grids: groups } = await answer.json();
  const unwalked = groups.flatMap((one) => one.unwalked);
  const places = Object.fromEntries([
    ...unwalked.map((code) => [code, ["none", 0]]),
    ...Object.entries(days).map(([code, n]) => [code, [n >= 5 ? "often" : n >= 2 ? "some" : "one", n]]),
  ]);
  const grades = Object.entries(COLOURS).map(([code, colour]) => ({ code, colour }));
  if (city.map.getZoom() < leastZoom("unit_grid")) city.map.jumpTo({ center: [Number(lon0), Number(lat0)], zoom: leastZoom("unit_grid") + 0.2 });
  drawChoropleth(city, "unit_grid", { grades, places }, (code) => {
    const n = places[code][1];
    showCard(element, { title: code, kind: "evaluated-card", content: [make("p", {}, n ? _("{n} 天有人走过", { n }) : _("没有人走过"))] });
  });
  element.dataset.coloured = "yes";
}

async function showMovers(element, city) {
  const movers = new Map();
  let staleAfterS = 120;
  const layer = moverLayer(city, (told) => tell(element, told));
  const draw = () => {
    const nowS = Date.now() / 1000;
    const features = [...movers.values()].map((one) => ({ ...one, properties: { ...one.properties, is_stale: nowS - one.properties.epoch_s > staleAfterS } }));
    layer.show(features);
    element.dataset.movers = String(features.length);
  };
  const read = async () => {
    const answer = await fetch("/api/v1/movers", { headers: { accept: "application/json" } });
    if (!answer.ok) return;
    const told = await answer.json();
    staleAfterS = told.stale_after_s;
    movers.clear();
    for (const one of told.features) {
      one.properties.epoch_s = Date.parse(one.properties.at) / 1000;
      movers.set(one.id, one);
    }
    draw();
  };
  document.addEventListener("live:movers", ({ detail: { rows, gone = [] } }) => {
    for (const key of gone) movers.delete(key);
    let isNew = false;
    for (const [key, lon, lat, heading, epochS, isFree] of rows) {
      const known = movers.get(key);
      isNew ||= !known;
      if (known) movers.set(key, { ...known, geometry: { type: "Point", coordinates: [lon, lat] }, properties: { ...known.properties, heading_deg: heading, epoch_s: epochS, is_free: Boolean(isFree) } });
    }
    if (isNew) read(); // somebody came on duty: names and skills are asked for once
    else draw();
  });
  const calls = new Map();
  document.addEventListener("live:sos", ({ detail }) => {
    if (detail.state === "open") calls.set(detail.id, detail);
    else calls.delete(detail.id);
    layer.showCalls([...calls.values()]);
  });
  await read();
  setInterval(draw, STALE_CHECK_MS);
}

function tell(element, { name, at, skills, tasks }) {
  const known = JSON.parse(skills ?? "[]").join("、");
  const content = [make("p", {}, new Date(at).toLocaleTimeString()), make("p", {}, _("手上 {n} 件", { n: tasks }))];
  if (known) content.push(make("p", {}, known));
  showCard(element, { title: name, kind: "evaluated-card", content });
}

function opened(element) {
  return new Promise((resolve) => {
    const wait = () => (element.cityMap ? resolve(element.cityMap) : requestAnimationFrame(wait));
    wait();
  });
}
