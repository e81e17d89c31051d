// Draws people, vehicles, calls for help and what has just happened over the map of a replay, at its moment. Drawn when the
// moment or the map moved, not on every frame.

import { Marks } from "../wall/marks.js";
import { placeOf } from "./ways.js";

const TAU = 2 * Math.PI;

export class ReplayOverlay {
  constructor(parent, map, colours) {
    this.map = map;
    this.colours = colours;
    this.canvas = document.createElement("canvas");
    this.canvas.className = "wall-overlay";
    this.canvas.setAttribute("aria-hidden", "true");
    parent.append(this.canvas);
    this.pen = this.canvas.getContext("2d");
    this.shown = { ways: [], calls: [], rings: [], at: 0, staleAfter: 120, ringsFor: 30 };
    new ResizeObserver(() => this.#fit()).observe(parent);
    map.on("move", () => this.draw());
    this.#fit();
  }

  /** Draws the moment. */
  show(shown) {
    this.shown = { ...this.shown, ...shown };
    this.draw();
  }

  #fit() {
    const { clientWidth, clientHeight } = this.canvas.parentElement;
    const ratio = Math.min(devicePixelRatio, 2);
    this.canvas.width = Math.round(clientWidth * ratio);
    this.canvas.height = Math.round(clientHeight * ratio);
    this.unit = Number.parseFloat(getComputedStyle(document.documentElement).fontSize) * ratio;
    this.scale = this.canvas.width / this.map.getContainer().clientWidth; // the map may be drawn smaller and enlarged
    this.marks = new Marks(this.unit, this.colours);
    this.draw();
  }

  draw() {
    const { pen, canvas, shown } = this;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    for (const ring of shown.rings) this.#ring(ring);
    for (const way of shown.ways) {
      const place = placeOf(way, shown.at, shown.staleAfter);
      if (place) this.#mover(way, place);
    }
    for (const call of shown.calls) if (call.place) this.#call(call.place);
    pen.globalAlpha = 1;
  }

  #project(lon, lat) {
    const { x, y } = this.map.project([lon, lat]);
    return [x * this.scale, y * this.scale];
  }

  #ring({ lon, lat, age }) {
    const [x, y] = this.#project(lon, lat);
    const share = Math.min(1, age / this.shown.ringsFor);
    this.pen.globalAlpha = 1 - share;
    this.pen.strokeStyle = this.colours.ring;
    this.pen.lineWidth = this.unit * 0.25;
    this.#circle(x, y, this.unit * (0.9 + 1.6 * share), "stroke");
  }

  #mover({ isVehicle }, { lon, lat, heading, isStale }) {
    const [x, y] = this.#project(lon, lat);
    const { marks, pen } = this;
    const number = marks.of({ isVehicle, isFree: true, heading }, isStale);
    pen.globalAlpha = 1;
    pen.drawImage(marks.sheet, marks.left(number), marks.top(number), marks.size, marks.size, Math.round(x - marks.size / 2), Math.round(y - marks.size / 2), marks.size, marks.size);
  }

  #call([lon, lat]) {
    const [x, y] = this.#project(lon, lat);
    this.pen.globalAlpha = 1;
    this.pen.fillStyle = this.colours.alarm;
    this.pen.strokeStyle = this.colours.alarm;
    this.pen.lineWidth = this.unit * 0.3;
    this.#circle(x, y, this.unit * 0.75, "fill");
    this.#circle(x, y, this.unit * 2, "stroke");
  }

  #circle(x, y, r, how) {
    this.pen.beginPath();
    this.pen.arc(x, y, r, 0, TAU);
    this.pen[how]();
  }
}
