// A span of the past in memory: how every case stood at a moment of it. Pure: what is shown hangs on the moment alone, so
// that going back and forth gives the same picture.

export const LIGHTS = ["normal", "at_risk", "overdue", "suspended"];
const [NORMAL, AT_RISK, OVERDUE, SUSPENDED, NONE] = [0, 1, 2, 3, 4];
const FINAL = new Set(["declined", "voided", "closed"]);
const NEVER = Infinity;

/** Reads the facts of a span as the server tells them. */
export function readTimeline(told) {
  return new Timeline(told);
}

class Timeline {
  constructor(told) {
    this.told = told;
    this.length = told.length_s;
    this.n = told.cases.length;
    this.isFinal = told.stage_codes.map((code) => FINAL.has(code));
    this.suspended = told.stage_codes.indexOf("suspended");
    this.filed = told.stage_codes.indexOf("filed");
    this.closed = told.stage_codes.indexOf("closed");
    this.numbers = told.cases.map(([number]) => number);
    this.types = Int32Array.from(told.cases, (row) => row[1]);
    this.communities = Int32Array.from(told.cases, (row) => row[4]);
    this.opening = opened(told.cases.map((row) => [row[5], row[6], row[7], row[8], row[2], row[3]]));
    this.steps = told.steps.map(([at, which, action, post, stage, due, risk, department, lon, lat]) => ({ at, which, action, post, stage, due: due ?? NEVER, risk: risk ?? NEVER, department, lon, lat }));
    this.#markMoves();
    this.late = this.#whenLate();
    this.lights = new Uint8Array(this.n);
    this.#rewind();
  }

  /** Brings everything to a moment, seconds from the beginning; answers whether a case looks otherwise than before. */
  goTo(at) {
    if (at < this.at) this.#rewind();
    const { steps, now } = this;
    while (this.done < steps.length && steps[this.done].at <= at) {
      const { which, stage, due, risk, department, lon, lat } = steps[this.done];
      now.stage[which] = stage;
      now.due[which] = due;
      now.risk[which] = risk;
      now.department[which] = department;
      if (lon !== undefined) [now.lon[which], now.lat[which]] = [lon, lat];
      this.done += 1;
    }
    this.at = at;
    return this.#light(at);
  }

  /** Counts at the moment: open cases by light and by stage of the workflow, what has happened since the beginning. */
  counters() {
    const byLight = [0, 0, 0, 0];
    const tracks = this.told.tracks.map(() => ({ standing: 0, overdue: 0 }));
    for (let n = 0; n < this.n; n += 1) {
      const light = this.lights[n];
      if (light === NONE) continue;
      byLight[light] += 1;
      const track = tracks[this.told.track_of[this.now.stage[n]]];
      track.standing += 1;
      if (light === OVERDUE) track.overdue += 1;
    }
    const { reported, filed, closed } = this.done ? this.steps[this.done - 1].sums : NOTHING_YET;
    return {
      open: byLight.reduce((sum, n) => sum + n, 0), at_risk: byLight[AT_RISK], overdue: byLight[OVERDUE], suspended: byLight[SUSPENDED],
      reported, filed, closed, late: countUntil(this.late, this.at), tracks,
    };
  }

  /** Open overdue cases by department, the most first. */
  overdueBy(most) {
    const counts = new Map();
    for (let n = 0; n < this.n; n += 1) {
      const department = this.now.department[n];
      if (this.lights[n] === OVERDUE && department) counts.set(department, (counts.get(department) ?? 0) + 1);
    }
    const rows = [...counts].map(([department, n]) => ({ name: this.told.departments[department], n }));
    return rows.sort((a, b) => b.n - a.n || (a.name < b.name ? -1 : 1)).slice(0, most);
  }

  /** Open cases as GeoJSON, for the map. */
  features() {
    const features = [];
    for (let n = 0; n < this.n; n += 1) {
      if (this.lights[n] === NONE) continue;
      const properties = { case_no: this.numbers[n], light: LIGHTS[this.lights[n]], major: this.told.types[this.types[n]][1].slice(0, 2), order: this.lights[n] };
      features.push({ type: "Feature", properties, geometry: { type: "Point", coordinates: [this.now.lon[n], this.now.lat[n]] } });
    }
    return { type: "FeatureCollection", features };
  }

  /** The last `most` steps up to the moment, the newest first. */
  happened(most) {
    return this.steps.slice(Math.max(0, this.done - most), this.done).reverse().map((step) => this.describe(step));
  }

  /** The last `most` steps of the `seconds` before the moment: where something has just happened. */
  justNow(seconds, most) {
    const found = [];
    for (let n = this.done - 1; n >= 0 && found.length < most && this.steps[n].at > this.at - seconds; n -= 1) {
      const { which, at } = this.steps[n];
      found.push({ lon: this.now.lon[which], lat: this.now.lat[which], age: this.at - at });
    }
    return found;
  }

  /** A step in words. */
  describe({ at, which, action, post, stage }) {
    const [code, label] = this.told.actions[action];
    return {
      at, caseNo: this.numbers[which], code, label, post: this.told.posts[post], stage: this.told.stages[stage],
      type: this.told.types[this.types[which]][0], community: this.told.communities[this.communities[which]],
    };
  }

  /** The moment of the next step after the present one, or of the one before it; the ends where there is none. */
  neighbour(direction) {
    if (direction > 0) return this.steps[this.done]?.at ?? this.length;
    let n = this.done - 1;
    while (n >= 0 && this.steps[n].at >= this.at) n -= 1;
    return this.steps[n]?.at ?? 0;
  }

  /** How many steps lie in each of so many equal parts of the span. */
  density(parts) {
    const counts = new Array(parts).fill(0);
    for (const { at } of this.steps) counts[Math.min(parts - 1, Math.floor((at / this.length) * parts))] += 1;
    return counts;
  }

  /** Parts in which much happened: the fullest, at least twice the middle one, as moments. */
  peaks(parts, most = 6) {
    const counts = this.density(parts);
    const middle = [...counts].sort((a, b) => a - b)[Math.floor(parts / 2)];
    return counts
      .map((n, part) => ({ n, part, at: ((part + 0.5) / parts) * this.length }))
      .filter(({ n }) => n >= 3 && n >= 2 * middle)
      .sort((a, b) => b.n - a.n || a.part - b.part)
      .slice(0, most);
  }

  #rewind() {
    this.now = copied(this.opening);
    this.done = 0;
    this.at = -1;
  }

  /** The light of every case that is open; NONE for the others. */
  #light(at) {
    const { lights, isFinal, suspended, now } = this;
    let isOther = false;
    for (let n = 0; n < this.n; n += 1) {
      const stage = now.stage[n];
      const light = stage < 0 || isFinal[stage] ? NONE : stage === suspended ? SUSPENDED : at >= now.due[n] ? OVERDUE : at >= now.risk[n] ? AT_RISK : NORMAL;
      isOther ||= light !== lights[n];
      lights[n] = light;
    }
    return isOther;
  }

  #isRunning(stage) {
    return stage >= 0 && !this.isFinal[stage] && stage !== this.suspended;
  }

  /** Sums of the span so far with each step. */
  #markMoves() {
    const stages = Int16Array.from(this.opening.stage);
    let sums = NOTHING_YET;
    for (const step of this.steps) {
      const before = stages[step.which];
      const isMoved = before !== step.stage;
      sums = {
        reported: sums.reported + (before < 0 ? 1 : 0),
        filed: sums.filed + (isMoved && step.stage === this.filed ? 1 : 0),
        closed: sums.closed + (isMoved && step.stage === this.closed ? 1 : 0),
      };
      step.sums = sums;
      stages[step.which] = step.stage;
    }
  }

  /** The moments at which cases became overdue within the span, in order. */
  #whenLate() {
    const found = [];
    const lives = Array.from({ length: this.n }, (_unused, n) => [{ at: -1, stage: this.opening.stage[n], due: this.opening.due[n] }]);
    for (const { which, at, stage, due } of this.steps) lives[which].push({ at, stage, due });
    for (const life of lives) {
      life.forEach(({ at, stage, due }, n) => {
        const ends = life[n + 1]?.at ?? this.length + 1;
        const turns = Math.max(due, at);
        const wasLate = n > 0 && due <= at && this.#isRunning(life[n - 1].stage) && life[n - 1].due <= at;
        if (this.#isRunning(stage) && turns >= 0 && turns < ends && !wasLate) found.push(turns);
      });
    }
    return found.filter((at) => at <= this.length).sort((a, b) => a - b);
  }
}

const NOTHING_YET = { reported: 0, filed: 0, closed: 0 };

function opened(rows) {
  return {
    stage: Int16Array.from(rows, ([stage]) => stage), due: Float64Array.from(rows, (row) => row[1] ?? NEVER), risk: Float64Array.from(rows, (row) => row[2] ?? NEVER),
    department: Int32Array.from(rows, (row) => row[3]), lon: Float64Array.from(rows, (row) => row[4]), lat: Float64Array.from(rows, (row) => row[5]),
  };
}

function copied(state) {
  return Object.fromEntries(Object.entries(state).map(([name, values]) => [name, values.slice()]));
}

/** How many of some sorted moments have come. */
export function countUntil(moments, at) {
  let [low, high] = [0, moments.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (moments[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}
