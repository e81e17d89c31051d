// How names are lettered: size, font and halo. Pure.

import { FONTS } from "./palette.js";

/** The layout of a name. */
export const lettered = (size, more = {}) => ({ "text-field": ["get", "name"], "text-font": FONTS, "text-size": size, ...more });

/** Ink with a halo in the colour of the ground, so that a name is read over anything. */
export const inked = (c, ink, width = 1.6) => ({ "text-color": ink, "text-halo-color": c.halo, "text-halo-width": width });

/** Layers with their names and signs `times` as large, and none below `least` pixels: for a wall read from five metres. */
export function enlarged(layers, times, least) {
  const grow = (size, smallest) => {
    if (typeof size === "number") return Math.max(smallest, size * times);
    const [head, way, input, ...stops] = size;
    if (head !== "interpolate") return ["max", smallest, ["*", times, size]];
    return [head, way, input, ...stops.map((stop, n) => (n % 2 ? grow(stop, smallest) : stop))];
  };
  return layers.map((layer) => {
    if (layer.type !== "symbol") return layer;
    const { "text-size": text, "icon-size": icon, ...rest } = layer.layout;
    return { ...layer, layout: { ...rest, ...(text && { "text-size": grow(text, least) }), ...(icon && { "icon-size": grow(icon, 0) }) } };
  });
}
