// Pictures of the marks of people and vehicles, all in one sheet: a painter that changes pictures loses time.

const TURNS = 32;
const ROWS = ["person:free", "person:busy", "person:stale", "vehicle:free", "vehicle:busy", "vehicle:stale"];

export class Marks {
  /** Marks for a rem of `unit` pixels, in `{person, vehicle, stale, edge}` colours. */
  constructor(unit, colours) {
    this.unit = unit;
    this.colours = colours;
    this.size = Math.ceil(unit * 2.3);
    this.sheet = new OffscreenCanvas(this.size * (TURNS + 1), this.size * ROWS.length);
    const pen = this.sheet.getContext("2d");
    ROWS.forEach((name, row) => {
      const [kind, state] = name.split(":");
      for (let turn = 0; turn <= TURNS; turn += 1) {
        pen.save();
        pen.translate((turn + 0.5) * this.size, (row + 0.5) * this.size);
        this.#draw(pen, kind, state, turn < TURNS ? (turn * 2 * Math.PI) / TURNS : null);
        pen.restore();
      }
    });
  }

  /** Where on the sheet the mark of a mover begins: by kind, freedom and age, and by direction; without one it is last. */
  of(mover, isStale) {
    const row = (mover.isVehicle ? 3 : 0) + (isStale ? 2 : mover.isFree ? 0 : 1);
    const turn = mover.heading === null || isStale ? TURNS : Math.round((mover.heading / 360) * TURNS) % TURNS;
    return row * (TURNS + 1) + turn;
  }

  left(number) {
    return (number % (TURNS + 1)) * this.size;
  }

  top(number) {
    return Math.floor(number / (TURNS + 1)) * this.size;
  }

  /** One mark around the origin. Who was not heard of for long is hollow and grey: he was here, he may be elsewhere. */
  #draw(pen, kind, state, angle) {
    const r = this.unit * 0.55;
    const { edge, stale } = this.colours;
    const isStale = state === "stale";
    pen.lineWidth = this.unit * (isStale ? 0.2 : 0.16);
    pen.strokeStyle = isStale ? stale : edge;
    pen.fillStyle = isStale ? "transparent" : this.colours[kind];
    if (angle !== null && !isStale) {
      pen.save();
      pen.rotate(angle);
      pen.beginPath();
      pen.moveTo(0, -r * 1.9);
      pen.lineTo(r * 0.8, -r * 0.7);
      pen.lineTo(-r * 0.8, -r * 0.7);
      pen.closePath();
      pen.fill();
      pen.restore();
    }
    pen.beginPath();
    if (kind === "vehicle") pen.roundRect(-r, -r, 2 * r, 2 * r, r * 0.35);
    else pen.arc(0, 0, r, 0, 2 * Math.PI);
    pen.fill();
    pen.stroke();
    if (state !== "busy") return;
    pen.beginPath();
    pen.fillStyle = edge;
    pen.arc(0, 0, r * 0.42, 0, 2 * Math.PI);
    pen.fill();
  }
}
