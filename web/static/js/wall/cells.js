// Which squares of a picture have to be painted anew, so that a mark that moved costs its own square and not the picture. Pure.

export class Cells {
  constructor(width, height, side) {
    this.side = side;
    this.columns = Math.max(1, Math.ceil(width / side));
    this.rows = Math.max(1, Math.ceil(height / side));
    this.isTouched = new Uint8Array(this.columns * this.rows);
    this.touched = [];
  }

  /** Touches the squares under a box of whole pixels; what lies outside the picture touches none. */
  touch(left, top, width, height = width) {
    this.#under(left, top, width, height, (cell) => {
      if (this.isTouched[cell]) return;
      this.isTouched[cell] = 1;
      this.touched.push(cell);
    });
  }

  touchAll() {
    this.touch(0, 0, this.columns * this.side, this.rows * this.side);
  }

  /** Whether so much is touched that painting everything is cheaper. */
  get areMany() {
    return this.touched.length * 2 > this.isTouched.length;
  }

  clear() {
    for (const cell of this.touched) this.isTouched[cell] = 0;
    this.touched.length = 0;
  }

  /** Calls `paint(left, top)` with the corner of each touched square. */
  eachTouched(paint) {
    for (const cell of this.touched) paint((cell % this.columns) * this.side, Math.floor(cell / this.columns) * this.side);
  }

  /** Calls `paint(left, top, width, height)` with each part of a box that lies in a touched square. */
  eachPart(left, top, width, height, paint) {
    const { side } = this;
    this.#under(left, top, width, height, (cell, column, row) => {
      if (!this.isTouched[cell]) return;
      const [x, y] = [Math.max(left, column * side), Math.max(top, row * side)];
      paint(x, y, Math.min(left + width, (column + 1) * side) - x, Math.min(top + height, (row + 1) * side) - y);
    });
  }

  #under(left, top, width, height, visit) {
    const { side, columns, rows } = this;
    const [first, last] = [Math.max(0, Math.floor(left / side)), Math.min(columns - 1, Math.floor((left + width - 1) / side))];
    const [upper, lower] = [Math.max(0, Math.floor(top / side)), Math.min(rows - 1, Math.floor((top + height - 1) / side))];
    for (let row = upper; row <= lower; row += 1) {
      for (let column = first; column <= last; column += 1) visit(row * columns + column, column, row);
    }
  }
}
