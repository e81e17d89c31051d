"""Components: each where such things stand, along streets, at crossings and inside estates and parks."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gis_core.coverage import Ints, Shapes
from grid.sample_city.plan import Floats
from grid.sample_city.streets import Streets


@dataclass(frozen=True, slots=True)
class AlongStreet:
    """A type that stands along streets of some ranks.

    `place` is `both` (each side), `turns` (sides by turns), `one` (one side) beyond the kerb, or
    `road` (in the carriageway); `offset_m` counts outward from the kerb, in the carriageway it is the
    part of the half width. `share` of the places is taken.
    """

    type_code: str
    ranks: str  # first letters of ranks: a c l n (lane)
    every_m: float
    place: str
    offset_m: float
    share: float = 1.0


ALONG: tuple[AlongStreet, ...] = (
    AlongStreet("01037", "a", 30, "both", 1.2),
    AlongStreet("01037", "c", 32, "turns", 1.0),
    AlongStreet("01037", "l", 34, "turns", 0.8),
    AlongStreet("01037", "n", 42, "one", 0.6, 0.85),
    AlongStreet("04002", "a", 7, "both", 2.4, 0.93),
    AlongStreet("04002", "c", 7.5, "both", 2.0, 0.9),
    AlongStreet("04002", "l", 9, "both", 1.4, 0.6),
    AlongStreet("01002", "acln", 40, "road", -0.35, 0.95),
    AlongStreet("01003", "acl", 44, "road", 0.4, 0.95),
    AlongStreet("01003", "n", 70, "road", 0.4, 0.8),
    AlongStreet("01001", "acln", 85, "road", 0.7, 0.9),
    AlongStreet("01011", "acln", 130, "road", -0.7, 0.8),
    AlongStreet("01010", "acl", 150, "road", 0.15, 0.7),
    AlongStreet("01007", "acln", 95, "one", 1.8, 0.85),
    AlongStreet("01005", "acl", 90, "one", 2.6, 0.85),
    AlongStreet("01017", "cln", 160, "one", 2.2, 0.6),
    AlongStreet("01006", "acl", 120, "turns", 1.7, 0.6),
    AlongStreet("01008", "acln", 260, "one", 2.0, 0.5),
    AlongStreet("01009", "acl", 280, "one", 2.3, 0.5),
    AlongStreet("01012", "ac", 320, "turns", 1.6, 0.6),
    AlongStreet("01014", "ac", 300, "turns", 3.0, 0.6),
    AlongStreet("01023", "ln", 900, "road", 0.0, 0.5),
    AlongStreet("01004", "ac", 40, "both", -0.35),
    AlongStreet("01004", "l", 42, "turns", -0.35),
    AlongStreet("01004", "n", 60, "one", -0.3, 0.7),
    AlongStreet("03005", "a", 90, "both", 1.9, 0.95),
    AlongStreet("03005", "c", 95, "turns", 1.7, 0.9),
    AlongStreet("03005", "l", 140, "turns", 1.3, 0.8),
    AlongStreet("03007", "a", 26, "both", 7.0, 0.38),
    AlongStreet("03007", "c", 20, "both", 5.5, 0.42),
    AlongStreet("03007", "l", 18, "both", 4.0, 0.34),
    AlongStreet("02038", "l", 55, "turns", 4.2, 0.7),
    AlongStreet("02038", "n", 60, "turns", 2.2, 0.6),
    AlongStreet("01030", "n", 48, "one", 0.9, 0.45),
    AlongStreet("01031", "ln", 110, "turns", 1.1, 0.4),
    AlongStreet("02010", "a", 120, "both", 0.9, 0.8),
    AlongStreet("02010", "cl", 190, "turns", 0.9, 0.75),
    AlongStreet("02017", "a", 160, "road", 0.0, 0.7),
    AlongStreet("02021", "a", 70, "both", 3.2, 0.35),
    AlongStreet("01013", "acl", 120, "turns", 1.5, 0.85),
    AlongStreet("01027", "acl", 330, "turns", 3.6, 0.7),
    AlongStreet("01028", "acl", 280, "turns", 3.9, 0.7),
    AlongStreet("01048", "cln", 380, "turns", 3.3, 0.6),
    AlongStreet("01050", "ac", 210, "turns", 1.4, 0.75),
    AlongStreet("01060", "ac", 520, "one", 3.0, 0.8),
    AlongStreet("02004", "a", 470, "both", 2.0, 0.9),
    AlongStreet("02004", "c", 640, "both", 1.8, 0.7),
    AlongStreet("02003", "c", 240, "turns", 1.4, 0.4),
    AlongStreet("02025", "acl", 260, "turns", 3.4, 0.6),
    AlongStreet("02034", "ac", 240, "both", 0.4, 0.4),
    AlongStreet("03006", "a", 420, "turns", 6.5, 0.6),
    AlongStreet("03008", "cl", 420, "turns", 4.4, 0.6),
    AlongStreet("04007", "a", 260, "turns", 3.6, 0.5),
    AlongStreet("04005", "a", 150, "turns", 2.9, 0.3),
    AlongStreet("01042", "a", 1400, "one", 2.9, 0.7),
    AlongStreet("02005", "a", 1300, "turns", 1.5, 0.7),
    AlongStreet("01077", "a", 240, "turns", 1.3, 0.3),
)


@dataclass(frozen=True, slots=True)
class Within:
    """A type that stands inside unit grids of some uses, `number` of them in an average one."""

    type_code: str
    uses: str  # first two letters of land uses
    number: float


WITHIN: tuple[Within, ...] = (
    Within("01002", "re co sc cy in", 4.2),
    Within("01003", "re co sc in", 2.6),
    Within("01001", "re co sc in cy", 1.5),
    Within("01011", "re co cy", 1.2),
    Within("01018", "re co sc cy", 1.6),
    Within("01007", "re co in", 0.8),
    Within("01010", "re", 0.9),
    Within("01037", "re sc pa ri", 2.4),
    Within("03005", "re sc pa", 1.5),
    Within("01046", "re pa", 0.5),
    Within("01075", "re", 0.55),
    Within("01054", "re co in", 0.5),
    Within("01048", "re co in", 0.35),
    Within("01049", "re in", 0.2),
    Within("01059", "re", 0.2),
    Within("02001", "re co in", 0.3),
    Within("03001", "co pa cy ri", 0.22),
    Within("03004", "re cy", 0.2),
    Within("03008", "re sc", 0.4),
    Within("04003", "pa re ri sc", 1.6),
    Within("04007", "pa ri re", 1.4),
    Within("04013", "pa ri", 1.0),
    Within("04006", "pa co", 0.12),
    Within("04001", "pa cy", 0.03),
    Within("01039", "pa ri", 2.5),
    Within("02030", "ri wa", 0.5),
    Within("01067", "ri", 0.12),
    Within("01073", "ri wa", 0.3),
    Within("01062", "in co re", 0.06),
    Within("01047", "sl fi", 0.3),
    Within("01035", "sc", 1.0),
    Within("02035", "sc pa", 0.4),
)
ABBREVIATIONS = {"courtyard": "cy"}


@dataclass(frozen=True, slots=True)
class Placed:
    """Types and plane points of components, not yet on the register."""

    type_codes: "NDArray[np.object_]"
    points: Floats


class Walk:
    """Positions along many lines at once."""

    __slots__ = ("_ahead", "_corners", "_line_start", "_starts", "lengths_m")

    def __init__(self, lines: Shapes) -> None:
        coords, owner = shapely.get_coordinates(lines, return_index=True)
        within = owner[1:] == owner[:-1]
        step = np.where(within, np.hypot(*np.diff(coords, axis=0).T), 0.0)
        self._starts = np.concatenate([[0.0], np.cumsum(step)])
        first = np.flatnonzero(np.r_[True, ~within])
        self._line_start = self._starts[first]
        self.lengths_m: Floats = np.bincount(owner[:-1][within], step[within], minlength=len(lines)).astype(
            np.float64
        )
        self._corners = coords
        run = np.diff(coords, axis=0)
        self._ahead = run / np.maximum(np.hypot(*run.T), 1e-9)[:, None]

    def at(self, line: Ints, distance_m: Floats) -> tuple[Floats, Floats]:
        """Points at distances along lines, and the direction in which each line runs there."""
        along = self._line_start[line] + distance_m
        corner = np.clip(np.searchsorted(self._starts, along, side="right") - 1, 0, len(self._ahead) - 1)
        ahead = self._ahead[corner]
        return self._corners[corner] + ahead * (along - self._starts[corner])[:, None], ahead


def place_components(
    streets: Streets, grids: Shapes, uses: "NDArray[np.object_]", *, wanted: int, seed: int
) -> Placed:
    """About `wanted` components or a few more, evenly denser or sparser than usual to reach the number."""
    rng = np.random.default_rng([seed, 100])
    walk = Walk(streets.lines)
    letters = np.array(["n" if rank == "lane" else rank[0] for rank in streets.ranks])
    usual = _usual_number(walk.lengths_m, letters, uses)
    density = 1.12 * wanted / usual
    parts = [
        _stand_along(kind, walk, letters=letters, widths_m=streets.widths_m, density=density, rng=rng)
        for kind in ALONG
    ]
    parts.append(_at_crossings(streets, rng, share=min(1.0, density)))
    parts += [_stand_within(kind, grids, uses, density, rng) for kind in WITHIN]
    placed = Placed(np.concatenate([p.type_codes for p in parts]), np.concatenate([p.points for p in parts]))
    free = _off_other_carriageways(placed, streets)
    return Placed(placed.type_codes[free], placed.points[free])


def _usual_number(lengths_m: Floats, letters: "NDArray[np.str_]", uses: "NDArray[np.object_]") -> float:
    along = sum(
        lengths_m[np.isin(letters, list(kind.ranks))].sum()
        / kind.every_m
        * kind.share
        * (2 if kind.place == "both" else 1)
        for kind in ALONG
    )
    return float(along + sum(_of_uses(uses, kind.uses).sum() * kind.number for kind in WITHIN))


def _of_uses(uses: "NDArray[np.object_]", wanted: str) -> NDArray[np.bool_]:
    return np.isin([ABBREVIATIONS.get(use, use[:2]) for use in uses], wanted.split())


def _stand_along(
    kind: AlongStreet,
    walk: Walk,
    *,
    letters: "NDArray[np.str_]",
    widths_m: Floats,
    density: float,
    rng: np.random.Generator,
) -> Placed:
    every = kind.every_m / density
    lines = np.flatnonzero(np.isin(letters, list(kind.ranks)) & (walk.lengths_m > 14))
    free = walk.lengths_m[lines] - 12
    counts = np.floor(free / every + rng.random(len(lines))).astype(np.int64)
    line = np.repeat(lines, counts)
    number = np.arange(len(line)) - np.repeat(np.cumsum(counts) - counts, counts)
    spread = np.repeat(free / np.maximum(counts, 1), counts)
    distance = 6 + (number + 0.5) * spread + rng.uniform(-0.08, 0.08, len(line)) * spread
    points, ahead = walk.at(line, distance)
    aside = np.column_stack([-ahead[:, 1], ahead[:, 0]])
    half = widths_m[line] / 2
    reach = half * kind.offset_m if kind.place == "road" else half + kind.offset_m
    sides = {"both": (1.0, -1.0), "road": (1.0,), "one": (1.0,), "turns": (1.0,)}[kind.place]
    if kind.place == "turns":
        reach = reach * np.where(number % 2 == 0, 1.0, -1.0)
    if kind.place == "one":
        reach = reach * np.where(line % 2 == 0, 1.0, -1.0)
    found = np.concatenate([points + aside * (reach * side)[:, None] for side in sides])
    found = found[rng.random(len(found)) < kind.share]
    return Placed(np.full(len(found), kind.type_code, dtype=object), found)


def _stand_within(
    kind: Within, grids: Shapes, uses: "NDArray[np.object_]", density: float, rng: np.random.Generator
) -> Placed:
    mine = grids[_of_uses(uses, kind.uses)]
    counts = np.floor(kind.number * density + rng.random(len(mine))).astype(np.int64)
    yard = np.repeat(mine, counts)
    bounds = shapely.bounds(yard)
    inset = 0.14 + 0.72 * rng.random((len(yard), 2))
    points = bounds[:, :2] + (bounds[:, 2:] - bounds[:, :2]) * inset
    inside = shapely.contains_xy(yard, points)
    points = points[inside]
    return Placed(np.full(len(points), kind.type_code, dtype=object), points)


def _at_crossings(streets: Streets, rng: np.random.Generator, *, share: float) -> Placed:
    """Lights, signs, name plates and crossing bollards where wider streets meet."""
    wide = streets.take(np.isin(streets.ranks, ["arterial", "collector"]))
    left, right = shapely.STRtree(wide.lines).query(wide.lines, predicate="intersects")
    once = (left < right) & (wide.names[left] + wide.ranks[left] != "")
    left, right = left[once], right[once]
    meeting, which = shapely.get_parts(
        shapely.intersection(wide.lines[left], wide.lines[right]), return_index=True
    )
    is_point = shapely.get_type_id(meeting) == 0
    corners, which = shapely.get_coordinates(meeting[is_point]), which[is_point]
    reach = (wide.widths_m[left[which]] + wide.widths_m[right[which]]) / 4 + 3.0
    has_light = (wide.ranks[left[which]] == "arterial") | (wide.ranks[right[which]] == "arterial")
    found: list[Placed] = []
    for type_code, some, only_lit, turn in (
        ("02014", 1.0, True, 0.0),
        ("02015", 0.5, True, 0.12),
        ("02012", 0.5, False, 0.25),
        ("02020", 0.6, False, 0.4),
        ("02010", 0.6, False, 0.6),
        ("01015", 0.5, True, 0.75),
        ("01050", 0.5, True, 0.9),
    ):
        for quarter in range(4):
            angle = np.pi / 4 + quarter * np.pi / 2 + turn * 0.3
            mine = (has_light if only_lit else np.ones(len(corners), dtype=bool)) & (
                rng.random(len(corners)) < some * share
            )
            away = reach[mine] * np.sqrt(2.0)
            points = corners[mine] + np.column_stack([np.cos(angle) * away, np.sin(angle) * away])
            found.append(Placed(np.full(len(points), type_code, dtype=object), points))
    return Placed(np.concatenate([p.type_codes for p in found]), np.concatenate([p.points for p in found]))


IN_THE_ROAD = frozenset(kind.type_code for kind in ALONG if kind.place == "road") | {"01004"}


def _off_other_carriageways(placed: Placed, streets: Streets) -> NDArray[np.bool_]:
    """Whatever stands beside one street must not stand in the carriageway of another."""
    free = np.ones(len(placed.points), dtype=bool)
    in_road = np.array([int(code) for code in IN_THE_ROAD])
    beside = np.flatnonzero(~np.isin(placed.type_codes.astype(np.int64), in_road))
    points = np.asarray(shapely.points(placed.points[beside]))
    wide = streets.take(np.isin(streets.ranks, ["arterial", "collector", "local"]))
    ends, owner = shapely.get_coordinates(wide.lines, return_index=True)
    within = owner[1:] == owner[:-1]
    segments = shapely.linestrings(np.stack([ends[:-1], ends[1:]], axis=1)[within])
    reach = wide.widths_m[owner[:-1][within]] / 2 + 0.3
    roads = shapely.buffer(segments, reach, cap_style="flat", quad_segs=1)
    shapely.prepare(roads)
    hit = shapely.STRtree(points).query(roads, predicate="contains_properly")[1]
    free[beside[hit]] = False
    return free
