// The map of an evaluation: places coloured by grade; a click shows the place with the way to its figures.

import { drawChoropleth, leastZoom } from "../map/choropleth.js";
import { make } from "../map/elements.js";
import { showCard } from "../map/side.js";
import { _ } from "../words.js";

export async function start(element) {
  const [city, answer] = await Promise.all([
    opened(element), fetch(element.dataset.values, { headers: { accept: "application/json" } }),
  ]);
  if (!answer.ok) return;
  const values = await answer.json();
  showWhole(city.map, element.dataset, leastZoom(values.kind) + 0.2);
  drawChoropleth(city, values.kind, values, (code) => tell(element, values, code));
  element.dataset.coloured = "yes";
}

function tell(element, { grades, places }, code) {
  const [grade, total, name] = places[code];
  const named = grades.find((one) => one.code === grade)?.name;
  const words = total === null ? _("没有可评价的案件") : `${total.toFixed(1)}　${grade} ${_(named)}`;
  const address = `${element.dataset.object}${encodeURIComponent(code)}?period=${element.dataset.period}`;
  showCard(element, { title: name, kind: "evaluated-card", content: [make("p", {}, words), make("p", {}, make("a", { href: address }, _("看各项指标")))] });
}

/** The whole city, or its middle where the kind of place is drawn from a nearer zoom on. */
function showWhole(map, { west, south, east, north, lon0, lat0 }, least) {
  map.fitBounds([[Number(west), Number(south)], [Number(east), Number(north)]], { animate: false, padding: 16 });
  if (map.getZoom() < least) map.jumpTo({ center: [Number(lon0), Number(lat0)], zoom: least });
}

function opened(element) {
  return new Promise((resolve) => {
    const wait = () => (element.cityMap ? resolve(element.cityMap) : requestAnimationFrame(wait));
    wait();
  });
}
