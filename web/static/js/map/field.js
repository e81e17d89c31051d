// People on duty, vehicles and tracks on a CityMap: arrows that fade when stale, the way walked, where one was. No MapLibre of its own.

const NOTHING = { type: "FeatureCollection", features: [] };
const COLOURS = { person: "#1f5fa8", vehicle: "#7d5a99", busy: "#5b6874", sos: "#c8372d", way: "#1f5fa8" };
const SIDE = 44;

/** Draws an arrow that points north, or a dot for who has no heading, as pixels. */
function marker(colour, hasHeading) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const pen = canvas.getContext("2d");
  pen.translate(SIDE / 2, SIDE / 2);
  pen.fillStyle = colour;
  pen.strokeStyle = "#ffffff";
  pen.lineWidth = 3;
  pen.beginPath();
  if (hasHeading) {
    pen.moveTo(0, -17);
    pen.lineTo(13, 14);
    pen.lineTo(0, 7);
    pen.lineTo(-13, 14);
    pen.closePath();
  } else pen.arc(0, 0, 10, 0, 2 * Math.PI);
  pen.fill();
  pen.stroke();
  return pen.getImageData(0, 0, SIDE, SIDE);
}

function addMarkers(map) {
  for (const [name, colour] of Object.entries(COLOURS)) {
    for (const hasHeading of [true, false]) {
      const id = `mover:${name}:${hasHeading ? "arrow" : "dot"}`;
      if (!map.hasImage(id)) map.addImage(id, marker(colour, hasHeading), { pixelRatio: 2 });
    }
  }
}

function look({ kind, is_free: isFree, heading_deg: heading }) {
  return `mover:${isFree ? kind : "busy"}:${heading === null || heading === undefined ? "dot" : "arrow"}`;
}

/** Movers as features of the API; drawn anew by each call. `onMover` is told the properties of one that is clicked. */
export function moverLayer(city, onMover) {
  const { map } = city;
  addMarkers(map);
  map.addSource("movers", { type: "geojson", data: NOTHING });
  map.addSource("sos", { type: "geojson", data: NOTHING });
  map.addLayer({
    id: "sos-ring", type: "circle", source: "sos",
    paint: { "circle-radius": 22, "circle-color": COLOURS.sos, "circle-opacity": 0.25, "circle-stroke-color": COLOURS.sos, "circle-stroke-width": 3 },
  });
  map.addLayer({
    id: "movers", type: "symbol", source: "movers",
    layout: {
      "icon-image": ["get", "look"], "icon-rotate": ["coalesce", ["get", "heading_deg"], 0], "icon-rotation-alignment": "map",
      "icon-allow-overlap": true, "icon-ignore-placement": true,
      "text-field": ["get", "name"], "text-font": namesFont(map), "text-size": 12, "text-offset": [0, 1.4], "text-anchor": "top", "text-optional": true,
    },
    paint: {
      "icon-opacity": ["case", ["get", "is_stale"], 0.4, 1], "text-opacity": ["case", ["get", "is_stale"], 0.5, 1],
      "text-color": "#1c2733", "text-halo-color": "#ffffff", "text-halo-width": 1.5,
    },
  });
  map.on("click", "movers", (evt) => onMover(evt.features[0].properties));
  return {
    show: (features) => map.getSource("movers").setData({
      type: "FeatureCollection", features: features.map((one) => ({ ...one, properties: { ...one.properties, look: look(one.properties) } })),
    }),
    showCalls: (calls) => map.getSource("sos").setData({
      type: "FeatureCollection",
      features: calls.filter(({ lon }) => lon !== null).map(({ lon, lat, name }) => ({ type: "Feature", properties: { name }, geometry: { type: "Point", coordinates: [lon, lat] } })),
    }),
  };
}

/** The fonts that names of the map's own labels are written in. */
function namesFont(map) {
  return map.getStyle().layers.find((layer) => layer.layout?.["text-font"])?.layout["text-font"];
}

/** A track: its parts, the part walked so far, and who walks. */
export function trackLayer(city) {
  const { map } = city;
  addMarkers(map);
  map.addSource("track", { type: "geojson", data: NOTHING });
  map.addSource("walker", { type: "geojson", data: NOTHING });
  map.addLayer({ id: "track-casing", type: "line", source: "track", layout: { "line-join": "round", "line-cap": "round" }, paint: { "line-color": "#ffffff", "line-width": 6 } });
  map.addLayer({
    id: "track-line", type: "line", source: "track", layout: { "line-join": "round", "line-cap": "round" },
    paint: { "line-color": COLOURS.way, "line-width": 3.5, "line-opacity": ["case", ["get", "isDone"], 1, 0.3] },
  });
  map.addLayer({
    id: "walker", type: "symbol", source: "walker",
    layout: { "icon-image": ["get", "look"], "icon-rotate": ["coalesce", ["get", "heading"], 0], "icon-rotation-alignment": "map", "icon-allow-overlap": true, "icon-size": 1.3 },
    paint: { "icon-opacity": ["case", ["get", "isGap"], 0.45, 1] },
  });
  const line = (parts, isDone) => ({ type: "Feature", properties: { isDone }, geometry: { type: "MultiLineString", coordinates: parts } });
  return {
    show: (parts, done, place) => {
      map.getSource("track").setData({ type: "FeatureCollection", features: [line(parts, false), line(done, true)] });
      const look = `mover:person:${place.heading === null ? "dot" : "arrow"}`;
      map.getSource("walker").setData({ type: "Feature", properties: { look, heading: place.heading, isGap: place.isGap }, geometry: { type: "Point", coordinates: [place.lon, place.lat] } });
    },
    fit: (points) => {
      const [lons, lats] = [points.map(({ lon }) => lon), points.map(({ lat }) => lat)];
      map.fitBounds([[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]], { padding: 72, maxZoom: 17, animate: false });
    },
  };
}
