// Where maps of other datums draw a place: offsets of GCJ-02 and BD-09 by their public formulas (as
// gis_core/offset_systems.py has them), and how a tile of ours is made of foreign ones. Degrees, longitude first.

const { PI, abs, asinh, atan, atan2, cos, floor, hypot, max, min, sin, sinh, sqrt, tan } = Math;
const rad = (deg) => (deg * PI) / 180;
const SEMI_MAJOR_M = 6378245; // Krasovsky 1940, as the formula has it
/** Side of a patch and the margin around a tile, in tiles; a foreign tile more is asked for when it may just be touched. */
export const PATCH = 0.25;
const MARGIN = 0.01;
const ECCENTRICITY_2 = 0.00669342162296594323;

/** The place as GCJ-02 writes it; unchanged outside the box of China. */
export function toGcj02([lon, lat]) {
  if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [lon, lat];
  const [east, north] = [lon - 105, lat - 35];
  const shared = ((20 * sin(6 * east * PI) + 20 * sin(2 * east * PI)) * 2) / 3;
  const northM = -100 + 2 * east + 3 * north + 0.2 * north * north + 0.1 * east * north + 0.2 * sqrt(abs(east)) + shared
    + ((20 * sin(north * PI) + 40 * sin((north / 3) * PI)) * 2) / 3
    + ((160 * sin((north / 12) * PI) + 320 * sin((north * PI) / 30)) * 2) / 3;
  const eastM = 300 + east + 2 * north + 0.1 * east * east + 0.1 * east * north + 0.1 * sqrt(abs(east)) + shared
    + ((20 * sin(east * PI) + 40 * sin((east / 3) * PI)) * 2) / 3
    + ((150 * sin((east / 12) * PI) + 300 * sin((east / 30) * PI)) * 2) / 3;
  const flat = 1 - ECCENTRICITY_2 * sin(rad(lat)) ** 2;
  const meridianM = (SEMI_MAJOR_M * (1 - ECCENTRICITY_2)) / (flat * sqrt(flat));
  const parallelM = (SEMI_MAJOR_M / sqrt(flat)) * cos(rad(lat));
  return [lon + (eastM * 180) / (parallelM * PI), lat + (northM * 180) / (meridianM * PI)];
}

/** The place as BD-09 writes it. */
export function toBd09(place) {
  const [lon, lat] = toGcj02(place);
  const turn = (PI * 3000) / 180;
  const radius = hypot(lon, lat) + 0.00002 * sin(lat * turn);
  const angle = atan2(lat, lon) + 0.000003 * cos(lon * turn);
  return [radius * cos(angle) + 0.0065, radius * sin(angle) + 0.006];
}

const DATUMS = { "GCJ-02": toGcj02, "BD-09": toBd09 };

/** Whether a map of this datum lies elsewhere than ours. */
export function isShifted(datum) {
  return datum in DATUMS;
}

/** Column and row of a place, with fractions, among the tiles of Web Mercator at a zoom. */
export function toTile([lon, lat], zoom) {
  const side = 2 ** zoom;
  return [((lon + 180) / 360) * side, ((1 - asinh(tan(rad(lat))) / PI) / 2) * side];
}

/** The place at a column and row with fractions. */
export function fromTile([column, row], zoom) {
  const side = 2 ** zoom;
  return [(column / side) * 360 - 180, (atan(sinh(PI * (1 - (2 * row) / side))) * 180) / PI];
}

/**
 * How the tile (zoom, x, y) of ours is put together from tiles of another datum: the box of foreign tiles that cover it,
 * and patches of ours, each with the matrix (as a canvas takes it) that brings positions in the box, in tiles, to
 * positions on our tile. Within a patch the offset is taken as linear: value and slope are those of the patch's middle.
 */
export function planOf(datum, zoom, x, y) {
  const moved = (column, row) => toTile(DATUMS[datum](fromTile([column, row], zoom)), zoom);
  const ends = [0, 0.5, 1].flatMap((down) => [0, 0.5, 1].map((right) => moved(x + right, y + down)));
  const [columns, rows] = [0, 1].map((axis) => ends.map((end) => end[axis]));
  const box = {
    left: floor(min(...columns) - MARGIN), top: floor(min(...rows) - MARGIN),
    right: floor(max(...columns) + MARGIN), bottom: floor(max(...rows) + MARGIN),
  };
  const patches = [];
  for (let top = 0; top < 1; top += PATCH) {
    for (let left = 0; left < 1; left += PATCH) {
      patches.push({ left, top, matrix: matrixOf(moved, box, [x, y], [left + PATCH / 2, top + PATCH / 2]) });
    }
  }
  return { box, patches };
}

function matrixOf(moved, box, [x, y], [right, down]) {
  const [column, row] = [x + right, y + down];
  const [foreignColumn, foreignRow] = moved(column, row);
  const half = PATCH / 2;
  const slope = (there, back) => [(there[0] - back[0]) / PATCH, (there[1] - back[1]) / PATCH];
  const [xx, yx] = slope(moved(column + half, row), moved(column - half, row));
  const [xy, yy] = slope(moved(column, row + half), moved(column, row - half));
  const scale = xx * yy - xy * yx;
  const [a, b, c, d] = [yy / scale, -yx / scale, -xy / scale, xx / scale];
  const [u, v] = [foreignColumn - box.left, foreignRow - box.top];
  return [a, b, c, d, right - a * u - c * v, down - b * u - d * v];
}
