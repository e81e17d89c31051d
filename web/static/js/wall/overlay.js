// The picture that hangs on the wall: the map as it was last drawn, with people, vehicles and calls for help upon it.
//
// The map draws itself only when something in it changes. Its picture is kept, and it is this picture that is seen: one
// opaque canvas instead of two that lie upon each other, which costs a machine without a graphics card half its time.
// Of it just those squares are painted anew in which a mark moved by a whole pixel; where none did, nothing is drawn at
// all. Nothing is allocated for a frame but for a mark that is new.

import { Cells } from "./cells.js";
import { Marks } from "./marks.js";
import { isStale, shareOf } from "./movers.js";
import { now } from "./time.js";

const PULSE_MS = 1600;
const CELL_REM = 3;
const REACH_REM = 4;
const NAME_REM = 1.75;
/** What stands over the map at its edges, in rem: the bar of calls for help, the shade at both sides, the legend. */
const COVERED = { top: 8, side: 3, bottom: 5 };

export class Overlay {
  constructor(parent, { map, movers, alarms, colours, isStill = false }) {
    this.map = map;
    this.movers = movers;
    this.alarms = alarms;
    this.isStill = isStill;
    this.colours = colours;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "wall-overlay";
    this.canvas.setAttribute("aria-hidden", "true");
    parent.append(this.canvas);
    parent.classList.add("has-picture");
    this.pen = this.canvas.getContext("2d", { alpha: false, desynchronized: true });
    this.ground = new OffscreenCanvas(1, 1);
    this.groundPen = this.ground.getContext("2d", { alpha: false });
    this.drawn = new Map();
    this.rings = new Map();
    this.frames = 0;
    this.painted = 0;
    new ResizeObserver(() => this.#fit()).observe(parent);
    this.#fit();
    map.on("move", () => this.#forget());
    map.on("render", () => this.#takeGround());
    const draw = (frameMs) => {
      this.#draw(frameMs);
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  }

  #fit() {
    const { clientWidth, clientHeight } = this.canvas.parentElement;
    const ratio = Math.min(devicePixelRatio, 2);
    for (const canvas of [this.canvas, this.ground]) {
      canvas.width = Math.max(1, Math.round(clientWidth * ratio));
      canvas.height = Math.max(1, Math.round(clientHeight * ratio));
    }
    const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.unit = rem * ratio; // pixels of the canvas in a rem
    this.scale = this.canvas.width / this.map.getContainer().clientWidth; // the map may be drawn smaller and enlarged
    this.marks = new Marks(this.unit, this.colours);
    this.cells = new Cells(this.canvas.width, this.canvas.height, Math.ceil(this.unit * CELL_REM));
    this.#forget();
    this.map.triggerRepaint();
  }

  /** Places have to be asked for anew: the map shows others. */
  #forget() {
    this.drawn.clear();
    this.rings.clear();
    this.cells.touchAll();
  }

  /** The map has just drawn: within this moment its picture can be taken. */
  #takeGround() {
    this.groundPen.drawImage(this.map.getCanvas(), 0, 0, this.ground.width, this.ground.height);
    this.cells.touchAll();
  }

  #draw(frameMs) {
    this.frames += 1;
    this.#placeMovers(now());
    this.#placeAlarms(frameMs);
    if (this.cells.touched.length === 0) return;
    this.painted += 1;
    if (this.cells.areMany) this.#paintAll();
    else this.#paintTouched();
    for (const ring of this.rings.values()) this.#paintRing(ring);
    this.cells.clear();
  }

  // where everything is now; what has changed touches its squares

  #placeMovers(nowMs) {
    for (const mover of this.movers.byKey.values()) this.#placeMover(mover, nowMs);
    if (this.drawn.size === this.movers.byKey.size) return;
    for (const [key, at] of this.drawn) {
      if (this.movers.byKey.has(key)) continue;
      this.#touch(at);
      this.drawn.delete(key);
    }
  }

  #placeMover(mover, nowMs) {
    let at = this.drawn.get(mover.key);
    if (!at) {
      at = { takes: -1, fromX: 0, fromY: 0, x: 0, y: 0, left: Number.NaN, top: 0, number: 0 };
      this.drawn.set(mover.key, at);
    }
    if (at.takes !== mover.takes) this.#project(mover, at);
    const share = shareOf(mover, nowMs);
    const left = Math.round(at.fromX + (at.x - at.fromX) * share - this.marks.size / 2);
    const top = Math.round(at.fromY + (at.y - at.fromY) * share - this.marks.size / 2);
    const number = this.marks.of(mover, isStale(mover, nowMs));
    if (left === at.left && top === at.top && number === at.number) return;
    this.#touch(at);
    at.left = left;
    at.top = top;
    at.number = number;
    this.#touch(at);
  }

  #project(mover, at) {
    const [from, to] = [this.map.project([mover.fromLon, mover.fromLat]), this.map.project([mover.lon, mover.lat])];
    at.takes = mover.takes;
    at.fromX = from.x * this.scale;
    at.fromY = from.y * this.scale;
    at.x = to.x * this.scale;
    at.y = to.y * this.scale;
  }

  #touch({ left, top }) {
    if (!Number.isNaN(left)) this.cells.touch(left, top, this.marks.size);
  }

  /** Rings around calls for help; one that lies outside what is shown stands at the edge, with an arrow to it. */
  #placeAlarms(frameMs) {
    const { byId } = this.alarms;
    const share = this.isStill ? 0.5 : (frameMs % PULSE_MS) / PULSE_MS;
    for (const [id, ring] of this.rings) {
      if (byId.has(id)) continue;
      this.#touchRing(ring);
      this.rings.delete(id);
    }
    for (const alarm of byId.values()) {
      if (alarm.lon === null) continue;
      const ring = this.rings.get(alarm.id) ?? this.#ringOf(alarm);
      if (ring.share === share && this.cells.touched.length === 0) continue;
      ring.share = share;
      this.#touchRing(ring);
    }
  }

  #ringOf({ id, lon, lat, name }) {
    const { x, y } = this.map.project([lon, lat]);
    const { width, height } = this.canvas;
    const [top, side, bottom] = [COVERED.top, COVERED.side, COVERED.bottom].map((rem) => rem * this.unit);
    const seen = { left: side, top, right: width - side, bottom: height - bottom };
    const ring = { ...nearest(x * this.scale, y * this.scale, seen, REACH_REM * this.unit), name, share: -1 };
    this.pen.font = this.#nameFont();
    ring.nameWidth = Math.ceil(this.pen.measureText(name).width + 1.4 * this.unit);
    ring.nameX = Math.round(Math.min(seen.right - ring.nameWidth, Math.max(seen.left, ring.x - ring.nameWidth / 2)));
    ring.nameY = Math.round(ring.y + (ring.y > seen.bottom - REACH_REM * this.unit - 1 ? -4.4 : 1.6) * this.unit);
    this.rings.set(id, ring);
    return ring;
  }

  #nameFont() {
    return `600 ${NAME_REM * this.unit}px ${this.colours.font}`;
  }

  #touchRing({ x, y, nameX, nameY, nameWidth }) {
    const reach = Math.ceil(this.unit * REACH_REM);
    this.cells.touch(Math.floor(x - reach), Math.floor(y - reach), 2 * reach);
    this.cells.touch(nameX, nameY, nameWidth, Math.ceil(2.6 * this.unit));
  }

  // painting

  #paintAll() {
    this.pen.drawImage(this.ground, 0, 0);
    const { marks, pen } = this;
    for (const { left, top, number } of this.drawn.values()) {
      pen.drawImage(marks.sheet, marks.left(number), marks.top(number), marks.size, marks.size, left, top, marks.size, marks.size);
    }
  }

  #paintTouched() {
    const { cells, marks, pen, ground } = this;
    const { side } = cells;
    cells.eachTouched((left, top) => pen.drawImage(ground, left, top, side, side, left, top, side, side));
    for (const { left, top, number } of this.drawn.values()) {
      cells.eachPart(left, top, marks.size, marks.size, (x, y, width, height) => {
        pen.drawImage(marks.sheet, marks.left(number) + x - left, marks.top(number) + y - top, width, height, x, y, width, height);
      });
    }
  }

  #paintRing(ring) {
    const { x, y, share } = ring;
    const { pen, unit } = this;
    pen.strokeStyle = this.colours.alarm;
    pen.fillStyle = this.colours.alarm;
    pen.globalAlpha = 1 - share;
    pen.lineWidth = unit * 0.35;
    pen.beginPath();
    pen.arc(x, y, unit * (0.8 + 2.9 * share), 0, 2 * Math.PI);
    pen.stroke();
    pen.globalAlpha = 1;
    pen.beginPath();
    pen.arc(x, y, unit * 0.85, 0, 2 * Math.PI);
    pen.fill();
    if (ring.angle !== null) this.#paintArrow(ring);
    this.#paintName(ring);
  }

  #paintArrow({ x, y, angle }) {
    const { pen, unit } = this;
    pen.save();
    pen.translate(x, y);
    pen.rotate(angle);
    pen.beginPath();
    pen.moveTo(unit * 3.2, 0);
    pen.lineTo(unit * 1.5, unit * 1.1);
    pen.lineTo(unit * 1.5, -unit * 1.1);
    pen.closePath();
    pen.fill();
    pen.restore();
  }

  #paintName({ name, nameX, nameY, nameWidth }) {
    const { pen, unit } = this;
    pen.beginPath();
    pen.roundRect(nameX, nameY, nameWidth, 2.6 * unit, 0.4 * unit);
    pen.fill();
    pen.fillStyle = this.colours.edge;
    pen.font = this.#nameFont();
    pen.textBaseline = "middle";
    pen.fillText(name, nameX + 0.7 * unit, nameY + 1.35 * unit);
  }
}

/** The place itself, or the nearest one in the box that is seen with `room` around it, and the angle to where it lies. */
export function nearest(x, y, { left, top, right, bottom }, room) {
  if (x >= left && y >= top && x <= right && y <= bottom) return { x, y, angle: null };
  const [nearX, nearY] = [Math.min(right - room, Math.max(left + room, x)), Math.min(bottom - room, Math.max(top + room, y))];
  return { x: nearX, y: nearY, angle: Math.atan2(y - nearY, x - nearX) };
}
