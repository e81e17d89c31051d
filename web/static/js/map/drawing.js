// Lines and areas drawn corner by corner, in a form that has a way of drawing (point, line, area) and a field of corners.

import { _ } from "../words.js";
import { cornersIn, shapesOf, textOf } from "./corners.js";

/** Links the field of corners with the map; null in a form without one. `found` says how many corners there are. */
export function linkDrawing(picker, city, found) {
  const field = picker.querySelector("[name=vertices]");
  if (!field) return null;
  const way = () => picker.querySelector("[name=drawn]:checked")?.value ?? "point";
  const buttons = [...picker.querySelectorAll("[data-use=back], [data-use=clear]")];
  const show = ({ isFitted = false } = {}) => {
    const isPoint = way() === "point";
    const corners = isPoint ? [] : cornersIn(field.value);
    for (const button of buttons) button.hidden = isPoint;
    city.setShapes(shapesOf(corners, way()), { isFitted });
    if (!isPoint) {
      city.setPicked(null);
      found.textContent = corners.length === 0 ? _("一点一点地点出折点。") : _("已有 {n} 个折点。", { n: corners.length });
    }
  };
  const change = (corners) => {
    field.value = textOf(corners);
    show();
  };
  for (const button of buttons) {
    button.addEventListener("click", () => change(button.dataset.use === "back" ? cornersIn(field.value).slice(0, -1) : []));
  }
  field.addEventListener("change", () => show({ isFitted: true }));
  for (const choice of picker.querySelectorAll("[name=drawn]")) choice.addEventListener("change", () => show());
  show({ isFitted: true });
  return {
    isUnderWay: () => way() !== "point",
    /** Takes a tap as a corner; false where points are picked. */
    take(place) {
      if (way() === "point") return false;
      change([...cornersIn(field.value), [place.lon, place.lat]]);
      return true;
    },
  };
}
