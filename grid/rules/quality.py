"""What is wrong with a frame, own or surveyed: one check, pure, that takes nothing about a grid for granted.

A frame is to cover its communities without gap or overlap (GB/T 30428.1: seamless; tolerance 0.01 m2, ours),
each grid inside one community, numbered west to east in bands from north to south. Shapes are plane metres.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

from gis_core.coverage import Floats, Ints, Shapes, groups_in_touch
from gis_core.places import GRAIN_PER_M
from grid.rules.codes import BadCode, ResponsibilityCode, UnitGridCode
from grid.rules.numbering import reading_order

Severity = Literal["error", "warning"]

KINDS: dict[str, tuple[str, Severity]] = {
    "bad_code": ("编码不合规", "error"),
    "duplicate_code": ("编码重复", "error"),
    "invalid_ring": ("边界无效", "error"),
    "overlap": ("重叠", "error"),
    "gap": ("空洞", "error"),
    "uncovered": ("社区未覆盖", "error"),
    "unknown_community": ("社区不存在", "error"),
    "wrong_prefix": ("编码前缀与所在社区不符", "error"),
    "crosses_community": ("跨越社区界线", "error"),
    "apart": ("责任网格不相邻", "error"),
    "wrong_responsibility": ("责任网格编码不符", "error"),
    "sliver": ("狭长碎片", "warning"),
    "too_small": ("面积过小", "warning"),
    "too_large": ("面积过大", "warning"),
    "wrong_number": ("顺序号不合规", "warning"),
}
"""Kinds of defect: their Chinese names, and whether a frame with one may come into force."""


HAIR_M = 2 / GRAIN_PER_M
"""What is narrower than two grains (about 2 mm) comes from rounding the vertices of a border."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameLimits:
    """What counts as right. Areas in m2, widths in m; see `frame_limits.yaml` of the city for sources."""

    tolerance_m2: float = 0.01
    crossing_m2: float = 1.0
    least_m2: float = 2_000.0
    most_m2: float = 40_000.0
    sliver_width_m: float = 5.0
    large_uses: frozenset[str] = frozenset({"park", "field", "water", "slope", "riverside"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenGrid:
    """A unit grid as somebody says it is; `row` is where it stands in their file, from 1."""

    code: str
    shape: BaseGeometry | None
    responsibility_code: str | None = None
    land_use: str = ""
    is_first_generation: bool = True
    row: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One thing that is wrong: which grids, a Chinese sentence, where, and how much ground it concerns."""

    kind: str
    codes: tuple[str, ...]
    words: str
    shape: BaseGeometry | None = None
    area_m2: float = 0.0
    row: int | None = None

    @property
    def severity(self) -> Severity:
        """Whether it keeps the frame from coming into force."""
        return KINDS[self.kind][1]

    @property
    def place(self) -> Point | None:
        """A point at the defect."""
        if self.shape is None or self.shape.is_empty:
            return None
        return self.shape.representative_point()


@dataclass(frozen=True, slots=True)
class FrameReport:
    """What a check found: defects in the order of kinds, and figures of the frame."""

    grids: int
    communities: int
    undivided: tuple[str, ...]
    defects: tuple[Defect, ...]
    areas_m2: Floats = field(repr=False)

    @property
    def counts(self) -> dict[str, int]:
        """How many defects of each kind; kinds without one are left out."""
        found = Counter(defect.kind for defect in self.defects)
        return {kind: found[kind] for kind in KINDS if found[kind]}

    @property
    def is_sound(self) -> bool:
        """Whether the frame may come into force: warnings do not keep it from that."""
        return not any(defect.severity == "error" for defect in self.defects)

    def share_between(self, least_m2: float, most_m2: float) -> float:
        """The share of grids whose area lies between two bounds, both included; NaN without grids."""
        if not self.areas_m2.size:
            return float("nan")
        return float(((self.areas_m2 >= least_m2) & (self.areas_m2 <= most_m2)).mean())

    def area_of(self, kind: str) -> float:
        """Ground that the defects of a kind concern, m2."""
        return sum(defect.area_m2 for defect in self.defects if defect.kind == kind)


def check_frame(
    grids: Sequence[SeenGrid],
    communities: Mapping[str, Polygon | MultiPolygon],
    limits: FrameLimits | None = None,
) -> FrameReport:
    """Check a frame. `communities` are the outlines by code of 12 digits; without any, only gaps
    that grids enclose are found, and no grid can be said to lie in the wrong community.

    Communities that no grid lies in count as not divided yet and are named, not blamed.
    """
    check = _Check(grids, communities, limits or FrameLimits())
    order = {kind: place for place, kind in enumerate(KINDS)}
    defects = sorted(check.run(), key=lambda defect: (order[defect.kind], -defect.area_m2, defect.codes))
    return FrameReport(
        grids=len(grids),
        communities=len(communities),
        undivided=check.undivided,
        defects=tuple(defects),
        areas_m2=shapely.area(check.shapes),
    )


class _Check:
    """One run: codes first, then shapes, then what the sound ones have to do with each other."""

    def __init__(
        self,
        grids: Sequence[SeenGrid],
        communities: Mapping[str, Polygon | MultiPolygon],
        limits: FrameLimits,
    ) -> None:
        self.grids, self.limits = grids, limits
        self.names = tuple(communities)
        self.outlines: Shapes = np.array(list(communities.values()), dtype=object)
        self.broken = {n: words for n, grid in enumerate(grids) if (words := _broken(grid.shape))}
        self.sound = np.array([n for n in range(len(grids)) if n not in self.broken], dtype=np.int64)
        self.shapes: Shapes = np.array([grids[n].shape for n in self.sound], dtype=object)
        self.codes = [grids[n].code for n in self.sound]
        self.home = self._find_homes()
        divided = {*self.home[self.home >= 0].tolist()}
        self.undivided = tuple(name for place, name in enumerate(self.names) if place not in divided)
        self.divided: Ints = np.array(sorted(divided), dtype=np.int64)

    def run(self) -> Iterator[Defect]:
        """Every defect."""
        yield from self._check_codes()
        for n, words in self.broken.items():
            yield self._of(n, "invalid_ring", words)
        yield from self._check_overlaps()
        yield from self._check_cover()
        yield from self._check_communities()
        yield from self._check_sizes()
        yield from self._check_numbers()
        yield from self._check_responsibility()

    def _of(self, n: int, kind: str, words: str, **more: object) -> Defect:
        grid = self.grids[n]
        shape = grid.shape if grid.shape is not None and n not in self.broken else None
        given: dict[str, object] = {"shape": shape, "area_m2": shape.area if shape else 0.0} | more
        return Defect(kind=kind, codes=(grid.code,), words=words, row=grid.row, **given)  # type: ignore[arg-type]  # fields of Defect

    def _find_homes(self) -> Ints:
        """For each sound grid the community that most of it lies in, -1 without one."""
        home = np.full(len(self.shapes), -1, dtype=np.int64)
        if not len(self.outlines) or not len(self.shapes):
            return home
        tree = shapely.STRtree(self.outlines)
        grid, community = tree.query(shapely.point_on_surface(self.shapes), predicate="intersects")
        home[grid[::-1]] = community[::-1]
        return home

    def _check_codes(self) -> Iterator[Defect]:
        seen: dict[str, int] = {}
        for n, grid in enumerate(self.grids):
            try:
                UnitGridCode.parse(grid.code)
            except BadCode as problem:
                yield self._of(n, "bad_code", problem.message)
                continue
            if grid.code in seen:
                first = self.grids[seen[grid.code]].row
                where = f"（第 {first} 行也是）" if first is not None else ""
                yield self._of(n, "duplicate_code", f"编码 {grid.code} 出现不止一次{where}。")
            seen.setdefault(grid.code, n)

    def _check_overlaps(self) -> Iterator[Defect]:
        if not len(self.shapes):
            return
        one, other = shapely.STRtree(self.shapes).query(self.shapes, predicate="intersects")
        one, other = one[one < other], other[one < other]
        shared = shapely.intersection(self.shapes[one], self.shapes[other])
        areas = shapely.area(shared)
        for k in np.flatnonzero((areas > self.limits.tolerance_m2) & ~_is_hair(shared)):
            codes = (self.codes[one[k]], self.codes[other[k]])
            yield Defect(
                kind="overlap",
                codes=codes,
                words=f"{codes[0]} 与 {codes[1]} 重叠 {_m2(areas[k])}。",
                shape=_areal(shared[k]),
                area_m2=float(areas[k]),
                row=self.grids[self.sound[one[k]]].row,
            )

    def _check_cover(self) -> Iterator[Defect]:
        """Ground of divided communities that no grid covers: a gap inside the frame, or its rim."""
        if not len(self.shapes):
            return
        covered = shapely.union_all(self.shapes)
        holes = _holes(covered)
        if not len(self.outlines):
            yield from self._open_ground(holes, "gap", "四周都有网格，中间无网格")
            return
        ground = shapely.union_all(self.outlines[self.divided])
        bare = shapely.get_parts(shapely.difference(ground, covered))
        bare = bare[shapely.area(bare) > self.limits.tolerance_m2]
        is_inside = np.zeros(len(bare), dtype=bool)
        if len(holes) and len(bare):
            tree = shapely.STRtree(holes)
            is_inside[np.unique(tree.query(shapely.point_on_surface(bare), predicate="intersects")[0])] = True
        yield from self._open_ground(bare[is_inside], "gap", "四周都有网格，中间无网格")
        yield from self._open_ground(bare[~is_inside], "uncovered", "社区内有地面不属于任何网格")

    def _open_ground(self, bare: Shapes, kind: str, words: str) -> Iterator[Defect]:
        bare = bare[(shapely.area(bare) > self.limits.tolerance_m2) & ~_is_hair(bare)]
        if not len(bare):
            return
        beside: dict[int, list[tuple[bool, float, str]]] = defaultdict(list)
        holes, grids = shapely.STRtree(self.shapes).query(bare, predicate="intersects")
        shared = shapely.length(shapely.intersection(bare[holes], self.shapes[grids]))
        homes = self._communities_of(bare)
        for hole, grid, length in zip(holes.tolist(), grids.tolist(), shared.tolist(), strict=True):
            code = self.codes[grid]
            beside[hole].append((code[:12] != homes.get(hole), -length, code))
        for n, shape in enumerate(bare):
            # Of the same community first, then by how long the border is: whom the ground may be given to.
            near = tuple(code for _, _, code in sorted(beside[n]))
            at = f"，旁边是 {near[0]}" if near else ""
            yield Defect(
                kind=kind,
                codes=near[:6],
                words=f"{words}：{_m2(shape.area)}{at}。",
                shape=shape,
                area_m2=shape.area,
            )

    def _communities_of(self, shapes: Shapes) -> dict[int, str]:
        """In which community each shape has its middle; those in none are left out."""
        if not len(self.outlines):
            return {}
        found = shapely.STRtree(self.outlines).query(shapely.point_on_surface(shapes), predicate="intersects")
        return {int(n): self.names[home] for n, home in zip(*found, strict=True)}

    def _check_communities(self) -> Iterator[Defect]:
        if not len(self.outlines):
            return
        known = {*self.names}
        outside = shapely.area(self.shapes)
        placed = self.home >= 0
        homes = self.outlines[self.home[placed]]
        outside[placed] -= shapely.area(shapely.intersection(self.shapes[placed], homes))
        for k, n in enumerate(self.sound.tolist()):
            code, home = self.codes[k], self.home[k]
            if code[:12] not in known:
                yield self._of(n, "unknown_community", f"编码 {code} 的社区 {code[:12]} 不存在。")
            elif home < 0:
                yield self._of(n, "wrong_prefix", f"{code} 不在任何社区之内。")
            elif self.names[home] != code[:12]:
                words = f"{code} 的前 12 位应为所在社区 {self.names[home]}。"
                yield self._of(n, "wrong_prefix", words)
            if home >= 0 and outside[k] > self.limits.crossing_m2:
                beyond = _areal(shapely.difference(self.shapes[k], self.outlines[home]))
                words = f"{code} 有 {_m2(outside[k])} 越出社区 {self.names[home]}。"
                yield self._of(n, "crosses_community", words, shape=beyond, area_m2=float(outside[k]))

    def _check_sizes(self) -> Iterator[Defect]:
        areas = shapely.area(self.shapes)
        widths = 2 * areas / np.maximum(shapely.length(self.shapes), 1e-9)
        limits = self.limits
        for k, n in enumerate(self.sound.tolist()):
            code, area = self.codes[k], areas[k]
            if widths[k] < limits.sliver_width_m:
                yield self._of(n, "sliver", f"{code} 平均宽度只有 {widths[k]:.1f} 米。")
            elif area < limits.least_m2:
                yield self._of(
                    n, "too_small", f"{code} 只有 {_m2(area)}，小于 {limits.least_m2:,.0f} 平方米。"
                )
            elif area > limits.most_m2 and self.grids[n].land_use not in limits.large_uses:
                yield self._of(n, "too_large", f"{code} 有 {_m2(area)}，大于 {limits.most_m2:,.0f} 平方米。")

    def _check_numbers(self) -> Iterator[Defect]:
        """Grids of the first division stand in reading order; numbers given later follow no order."""
        by_community: dict[str, list[int]] = defaultdict(list)
        for k, n in enumerate(self.sound.tolist()):
            code = self.codes[k]
            if self.grids[n].is_first_generation and len(code) == 15 and code.isascii() and code.isdigit():
                by_community[code[:12]].append(k)
        for community, members in sorted(by_community.items()):
            members.sort(key=lambda k: self.codes[k])
            order = reading_order([self.shapes[k] for k in members])
            wrong = [members[given] for place, given in enumerate(order) if given != place]
            if wrong:
                codes = tuple(self.codes[k] for k in wrong)
                yield Defect(
                    kind="wrong_number",
                    codes=codes,
                    words=f"社区 {community} 有 {len(wrong)} 个网格不按西东、北南次序编号，如 {codes[0]}。",
                    shape=shapely.union_all(self.shapes[np.array(wrong)]),
                )

    def _check_responsibility(self) -> Iterator[Defect]:
        by_code: dict[str, list[int]] = defaultdict(list)
        for k, n in enumerate(self.sound.tolist()):
            code = self.grids[n].responsibility_code
            if code is None:
                continue
            by_code[code].append(k)
            if (words := _wrong_responsibility(code, self.codes[k])) is not None:
                yield self._of(n, "wrong_responsibility", words)
        for code, members in sorted(by_code.items()):
            pieces = groups_in_touch(self.shapes[np.array(members)])
            if pieces.max() == 0:
                continue
            main = np.bincount(pieces).argmax()
            strays = [members[i] for i in np.flatnonzero(pieces != main)]
            codes = tuple(self.codes[k] for k in strays)
            parts = f"责任网格 {code} 分成 {pieces.max() + 1} 块"
            yield Defect(
                kind="apart",
                codes=codes,
                words=f"{parts}，{codes[0]} 等 {len(codes)} 个网格与其余不相邻。",
                shape=shapely.union_all(self.shapes[np.array(strays)]),
            )


def _is_hair(shapes: Shapes) -> NDArray[np.bool_]:
    """Whether shapes are thinner than the stored grain: borders rounded, not ground lost or taken twice."""
    thin: NDArray[np.bool_] = 2 * shapely.area(shapes) < HAIR_M * shapely.length(shapes)
    return thin


def _broken(shape: BaseGeometry | None) -> str | None:
    """Why a shape cannot be a unit grid, in Chinese; None when it can."""
    if shape is None or shape.is_empty:
        return "没有图形。"
    if not isinstance(shape, Polygon):
        return f"应为单个面，实为 {shape.geom_type}。"
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return "坐标中有无效数值。"
    if not shape.is_valid:
        return f"边界自相交或有误：{explain_validity(shape)}。"
    return None


def _holes(covered: BaseGeometry) -> Shapes:
    """What an area encloses without holding it."""
    holes = [Polygon(ring) for part in shapely.get_parts(covered) for ring in part.interiors]
    return np.array(holes, dtype=object)


def _wrong_responsibility(code: str, grid_code: str) -> str | None:
    try:
        parsed = ResponsibilityCode.parse(code)
    except BadCode as problem:
        return problem.message
    if parsed.subdistrict_code != grid_code[:9]:
        return f"{grid_code} 的责任网格 {code} 属于另一个街道（镇）。"
    return None


def _areal(shape: BaseGeometry) -> BaseGeometry:
    """The parts of a shape that have an area."""
    parts: Iterable[BaseGeometry] = shapely.get_parts(shape)
    return shapely.union_all([part for part in parts if isinstance(part, Polygon)])


def _m2(area: float) -> str:
    return f"{area:,.2f} 平方米" if area < 100 else f"{area:,.0f} 平方米"
