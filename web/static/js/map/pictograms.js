// Which picture stands for which type, and the pins that carry it, drawn from the SVG files at run time.

const RATIO = 2;
const base = new URL("../../icons/", import.meta.url);
const pictures = new Map();

/** The name of the picture of a type or, without one of its own, of its class. Pure. */
export function pictureOf(table, code) {
  return table.types[code] ?? table.majors[code.slice(0, 2)] ?? "circle";
}

/** The table of pictures: by type and by class. */
export async function loadTable() {
  const answer = await fetch(new URL("pictograms.json", base));
  return answer.json();
}

/** The paths of one SVG file on a grid of 15. */
async function loadPicture(name) {
  if (!pictures.has(name)) {
    const answer = await fetch(new URL(`${name}.svg`, base));
    const svg = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
    pictures.set(name, [...svg.querySelectorAll("path")].map((path) => new Path2D(path.getAttribute("d"))));
  }
  return pictures.get(name);
}

function canvas(width, height) {
  const element = document.createElement("canvas");
  element.width = width * RATIO;
  element.height = height * RATIO;
  const pen = element.getContext("2d");
  pen.scale(RATIO, RATIO);
  return pen;
}

function imageOf(pen) {
  return [pen.getImageData(0, 0, pen.canvas.width, pen.canvas.height), { pixelRatio: RATIO }];
}

function drawPicture(pen, paths, { x, y, size, colour }) {
  pen.save();
  pen.translate(x - size / 2, y - size / 2);
  pen.scale(size / 15, size / 15);
  pen.fillStyle = colour;
  for (const path of paths) pen.fill(path, "evenodd");
  pen.restore();
}

/** The outline of a light's head: circle, triangle, square, or a square with cut corners for suspended. */
function headPath(light, x, y, r) {
  const path = new Path2D();
  if (light === "at_risk") {
    const top = y - r * 1.22;
    path.moveTo(x, top);
    path.lineTo(x + r * 1.3, y + r * 0.86);
    path.lineTo(x - r * 1.3, y + r * 0.86);
    path.closePath();
  } else if (light === "overdue") {
    path.roundRect(x - r * 0.95, y - r * 0.95, r * 1.9, r * 1.9, 2);
  } else if (light === "suspended") {
    path.roundRect(x - r, y - r, r * 2, r * 2, r * 0.6);
  } else {
    path.arc(x, y, r, 0, 2 * Math.PI);
  }
  return path;
}

async function drawPin(light, picture, look, { ring = null } = {}) {
  const pen = canvas(40, 46);
  const [x, y, r] = [20, 19, 12];
  const colour = look.lights[light] ?? look.lights.suspended;
  const head = headPath(light, x, y, r);
  const tip = new Path2D();
  tip.moveTo(x - 6, y + r * 0.7);
  tip.lineTo(x, 44);
  tip.lineTo(x + 6, y + r * 0.7);
  tip.closePath();
  pen.lineJoin = "round";
  pen.strokeStyle = ring ?? look.edge;
  pen.lineWidth = ring ? 7 : 3;
  for (const path of [tip, head]) pen.stroke(path);
  if (ring) {
    pen.strokeStyle = look.edge;
    pen.lineWidth = 2.5;
    for (const path of [tip, head]) pen.stroke(path);
  }
  pen.fillStyle = colour;
  for (const path of [tip, head]) pen.fill(path);
  drawPicture(pen, await loadPicture(picture), { x, y: light === "at_risk" ? y + 1.5 : y, size: light === "at_risk" ? 11 : 14, colour: look.glyph });
  return imageOf(pen);
}

async function drawComponent(picture, { sign }, isFaulty) {
  const pen = canvas(24, 24);
  pen.beginPath();
  pen.arc(12, 12, 10, 0, 2 * Math.PI);
  pen.fillStyle = isFaulty ? sign.faultyFace : sign.face;
  pen.fill();
  pen.strokeStyle = isFaulty ? sign.faultyEdge : sign.edge;
  pen.lineWidth = isFaulty ? 1.8 : 1;
  pen.stroke();
  drawPicture(pen, await loadPicture(picture), { x: 12, y: 12, size: 13, colour: isFaulty ? sign.faultyGlyph : sign.glyph });
  return imageOf(pen);
}

function drawCluster(light, look) {
  const pen = canvas(34, 34);
  pen.beginPath();
  pen.arc(17, 17, 14, 0, 2 * Math.PI);
  pen.fillStyle = look.lights[light] ?? look.lights.normal;
  pen.strokeStyle = look.edge;
  pen.lineWidth = 3;
  pen.stroke();
  pen.fill();
  return imageOf(pen);
}

/** The pin of a place that was searched for: dark and plain, so that it is taken for no case. */
function drawFoundPin(look) {
  const pen = canvas(34, 46);
  const [x, y, r] = [17, 16, 12];
  const shape = new Path2D();
  shape.moveTo(x, 44);
  shape.bezierCurveTo(x - 4, 34, x - r, 27, x - r, y);
  shape.arc(x, y, r, Math.PI, 0);
  shape.bezierCurveTo(x + r, 27, x + 4, 34, x, 44);
  shape.closePath();
  pen.lineJoin = "round";
  pen.strokeStyle = look.edge;
  pen.lineWidth = 4;
  pen.stroke(shape);
  pen.fillStyle = look.found;
  pen.fill(shape);
  pen.beginPath();
  pen.arc(x, y, 5, 0, 2 * Math.PI);
  pen.fillStyle = look.glyph;
  pen.fill();
  return imageOf(pen);
}

/** The image for an id such as `case:overdue:01`, `component:01037:faulty`, `cluster:at_risk`, `found:place` in a palette's `pins`; null for strangers. */
export async function drawImage(id, table, look) {
  const [kind, first, second = ""] = id.split(":");
  if (kind === "component") return drawComponent(pictureOf(table, first), look, second === "faulty");
  if (kind === "cluster") return drawCluster(first, look);
  if (kind === "found") return drawFoundPin(look);
  if (kind === "case") return drawPin(first, pictureOf(table, second), look);
  if (kind === "selected") return drawPin(first, pictureOf(table, second), look, { ring: look.selected });
  if (kind === "hovered") return drawPin(first, pictureOf(table, second), look, { ring: look.hovered });
  return null;
}
