// A shape under way on a CityMap: its line or area with corners that can be taken hold of. No MapLibre of its own.

const NOTHING = { type: "FeatureCollection", features: [] };
const INK = "#6a3fa0";
const HOLD_PX = { mouse: 10, touch: 24 };

/** Puts a sketch on a map once; answers how to fill it and how to hear of hands on it. */
export function sketchOn(city) {
  const { map } = city;
  if (!map.getSource("sketch")) {
    map.addSource("sketch", { type: "geojson", data: NOTHING });
    map.addLayer({ id: "sketch-area", type: "fill", source: "sketch", filter: ["==", ["get", "role"], "area"], paint: { "fill-color": INK, "fill-opacity": 0.15 } });
    map.addLayer({ id: "sketch-line", type: "line", source: "sketch", filter: ["in", ["get", "role"], ["literal", ["area", "line"]]], paint: { "line-color": INK, "line-width": 2.5, "line-dasharray": [2, 1] } });
    map.addLayer({ id: "sketch-corner", type: "circle", source: "sketch", filter: ["==", ["get", "role"], "corner"], paint: { "circle-radius": 6, "circle-color": "#ffffff", "circle-stroke-color": INK, "circle-stroke-width": 2.5 } });
  }
  return {
    /** Whether a tap is on one of the corners, and so means none of its own. */
    isOnCorner: (corners, { lon, lat }) => nearest(corners.map((corner) => map.project(corner)), map.project([lon, lat]), HOLD_PX.mouse) !== null,
    show: (collection) => map.getSource("sketch").setData(collection ?? NOTHING),
    /** Calls `grab()` for the corners, `move(n, corner)` while one is moved by mouse or finger, `drop(n)` at its end. */
    onCorner({ corners, move, drop }) {
      let held = null;
      const begin = (within) => (evt) => {
        if (evt.points && evt.points.length !== 1) return;
        const found = nearest(corners().map((corner) => map.project(corner)), evt.point, within);
        if (found === null) return;
        evt.preventDefault(); // the map stays where it is
        held = { n: found, isMoved: false };
      };
      const go = (evt) => {
        if (held === null) return;
        held.isMoved = true;
        move(held.n, [evt.lngLat.lng, evt.lngLat.lat]);
      };
      const end = () => {
        if (held?.isMoved) drop(held.n);
        held = null;
      };
      map.on("mousedown", begin(HOLD_PX.mouse));
      map.on("touchstart", begin(HOLD_PX.touch));
      for (const name of ["mousemove", "touchmove"]) map.on(name, go);
      for (const name of ["mouseup", "touchend", "touchcancel"]) map.on(name, end);
    },
  };
}

/** The position of the point nearest to a spot within some pixels; null when none is so near. Pure: tested with node. */
export function nearest(points, spot, within) {
  let [best, found] = [within, null];
  points.forEach(({ x, y }, n) => {
    const away = Math.hypot(x - spot.x, y - spot.y);
    if (away <= best) [best, found] = [away, n];
  });
  return found;
}
