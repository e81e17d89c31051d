"""Checks of surveyed components, a batch at a time: what would enter the register, and what is wrong with it.

Each check looks at a whole column; only rows at fault cost a sentence. Shapes are plane metres. What needs
the other rows of the file or the register (codes and places taken twice) is found after the last batch, in
the database.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gis_core.coverage import Shapes
from gis_core.shapes import snap_points
from grid.rules.locating import Locator
from grid.rules.register import ALIAS_DIGITS, CODE_DIGITS, STATES, code_fault

Severity = Literal["error", "warning"]
Points = NDArray[np.float64]

FINDINGS: Mapping[str, tuple[str, Severity]] = {
    "bad_shape": ("图形无效", "error"),
    "wrong_geometry": ("图形种类不符", "error"),
    "bad_code": ("编码不合规", "error"),
    "unknown_type": ("类型不存在", "error"),
    "ambiguous_type": ("旧版类型有歧义", "error"),
    "duplicate_code": ("编码重复", "error"),
    "known_code": ("编码已登记", "error"),
    "duplicate_place": ("位置重复", "error"),
    "outside_frame": ("在网格之外", "error"),
    "unknown_grid": ("网格不存在", "error"),
    "grid_disagrees": ("网格与位置不符", "error"),
    "missing_attribute": ("缺少必填属性", "error"),
    "bad_value": ("属性值不合规", "error"),
    "unknown_organisation": ("单位不存在", "error"),
    "missing_owner": ("缺少权属单位", "warning"),
    "point_for_shape": ("以点代替线或面", "warning"),
    "district_disagrees": ("编码与所在区不符", "warning"),
    "name_disagrees": ("名称与类型不符", "warning"),
    "area_disagrees": ("街道社区与网格不符", "warning"),
    "renumbered": ("旧编码已换新号", "warning"),
}
"""Kinds of finding: their Chinese names, and whether a row with one may enter the register."""
GEOMETRY_NAMES = {"point": "点", "line": "线", "polygon": "面"}
KIND_OF_TYPE = {
    0: "point", 1: "line", 2: "line", 3: "polygon", 4: "points", 5: "line", 6: "polygon", 7: "mixture",
}  # fmt: skip
SHAPE_NAMES = {"points": "多点", "mixture": "混合图形", **GEOMETRY_NAMES}
MISSING_NAMES = {
    "name": "管理部件名称", "unit_grid_code": "所在单元网格标识码", "state": "管理部件状态",
    "first_surveyed_on": "初始日期",
}  # fmt: skip
ORGANISATION_NAMES = {"authority": "主管部门", "owner": "权属单位", "maintainer": "养护单位"}
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong or doubtful with a row of a file (rows count from 1)."""

    row: int
    code: str
    kind: str
    words: str

    @property
    def severity(self) -> Severity:
        """Whether it keeps the row out."""
        return FINDINGS[self.kind][1]

    @property
    def name(self) -> str:
        """The kind in Chinese."""
        return FINDINGS[self.kind][0]


@dataclass(frozen=True, slots=True)
class KnownType:
    """A type in force: its name and older names, the geometry it has, its accuracy class."""

    name: str
    aliases: tuple[str, ...] = ()
    geometry: str | None = None
    accuracy_class: str | None = None


@dataclass(frozen=True, slots=True)
class OlderType:
    """What a four-digit type of an older edition is now."""

    edition: str
    name: str
    type_code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What rows are checked against.

    `organisations` answers our code for every code and name an organisation goes by; `limits_m` the accuracy
    of a class; `lengths` the most characters of an attribute; `edition` is that of 16-digit codes, when said.
    """

    locator: Locator
    grid_shapes: Mapping[str, BaseGeometry]
    types: Mapping[str, KnownType]
    older: Mapping[str, tuple[OlderType, ...]]
    organisations: Mapping[str, str]
    limits_m: Mapping[str, float]
    lengths: Mapping[str, int]
    edition: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenRows:
    """Rows of a file: from which row on, shapes in the plane (None without), texts by attribute.

    `problems` says what is wrong with shapes already: row and words.
    """

    first: int
    shapes: Shapes
    texts: Mapping[str, Sequence[str]]
    problems: Sequence[tuple[int, str]] = ()


@dataclass(slots=True)
class Checked:
    """A batch after its checks: columns as they would enter the register, and what was found.

    `is_good` marks rows without an error; `is_placed` those that have a code, a type and a place at all.
    """

    first: int
    is_placed: NDArray[np.bool_]
    is_good: NDArray[np.bool_]
    points: Points
    shapes: Shapes
    codes: list[str]
    alias_codes: list[str]
    editions: list[str]
    type_codes: list[str]
    columns: dict[str, list[str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def check_rows(rows: SeenRows, known: Known) -> Checked:
    """Check a batch. Every row comes out once; the findings of a row stand in the order of the checks."""
    return _Check(rows, known).run()


class _Check:
    """One batch: columns are read and replaced in place, faults noted as they are found."""

    def __init__(self, rows: SeenRows, known: Known) -> None:
        self.rows, self.known, self.first = rows, known, rows.first
        self.count = len(rows.shapes)
        self.is_bad = np.zeros(self.count, dtype=bool)
        self.findings: list[Finding] = []
        self.given = self.texts("code")
        self.blank = [""] * self.count

    def texts(self, key: str) -> list[str]:
        found = self.rows.texts.get(key)
        return list(found) if found is not None else [""] * self.count

    def note(self, n: int, kind: str, words: str) -> None:
        self.findings.append(Finding(self.first + n, self.given[n][:SHOWN], kind, words))
        if FINDINGS[kind][1] == "error":
            self.is_bad[n] = True

    def run(self) -> Checked:
        for row, words in self.rows.problems:
            self.note(row - self.first, "bad_shape", words)
        codes, alias_codes, editions, types = self.read_codes()
        shapes, points = self.place(types)
        has_place: NDArray[np.bool_] = np.asarray(np.isfinite(points).all(axis=1))
        has_code = np.array([bool(one) for one in types], dtype=bool)
        columns = self.read_attributes(types)
        columns["unit_grid_code"] = self.read_grids(points, has_place, codes, types)
        self.check_areas(columns["unit_grid_code"])
        columns["accuracy_class"] = [
            (found.accuracy_class or "") if (found := self.known.types.get(one)) else "" for one in types
        ]
        return Checked(
            first=self.first,
            is_placed=has_place & has_code,
            is_good=has_place & has_code & ~self.is_bad,
            points=points,
            shapes=shapes,
            codes=codes,
            alias_codes=alias_codes,
            editions=editions,
            type_codes=types,
            columns=columns,
            findings=self.findings,
        )

    def read_codes(self) -> tuple[list[str], list[str], list[str], list[str]]:
        """Codes of 17 digits, the 16-digit ones they come from, editions and types.

        Each is empty where there is none.
        """
        codes, alias_codes, editions = list(self.given), list(self.blank), list(self.blank)
        known = self.known.types
        types = [
            code[6:11]
            if len(code) == CODE_DIGITS and code.isascii() and code.isdigit() and code[11:] != "000000"
            else ""
            for code in codes
        ]
        for n in (n for n, one in enumerate(types) if one not in known):
            code = codes[n]
            if (fault := code_fault(code)) is not None:
                self.note(n, "bad_code", fault)
                codes[n] = types[n] = ""
            elif len(code) == ALIAS_DIGITS:
                found = self.read_older(n, code)
                types[n] = found.type_code if found else ""
                editions[n] = found.edition if found else ""
                alias_codes[n] = code if found else ""
                codes[n] = f"{code[:6]}{found.type_code}{code[10:]}" if found else ""
            else:
                self.note(n, "unknown_type", f"编码“{code}”的类型 {types[n]} 不在现行分类中。")
                codes[n] = types[n] = ""
        return codes, alias_codes, editions, types

    def read_older(self, n: int, code: str) -> OlderType | None:
        """What an older type is now; the name decides where editions gave one number to different things."""
        wanted = self.known.edition
        older = [
            one for one in self.known.older.get(code[6:10], ()) if wanted is None or one.edition == wanted
        ]
        if not older:
            self.note(
                n, "unknown_type", f"旧编码“{code}”的类型 {code[6:10]} 在旧版中不存在或没有对应的现行类型。"
            )
            return None
        if len({one.type_code for one in older}) > 1:
            name = self.rows.texts.get("name", self.blank)[n]
            by_name = [
                one for one in older if name in (one.name, self.known.types[one.type_code].name)
            ] or older
            if len({one.type_code for one in by_name}) > 1:
                may_be = "，".join(f"{one.edition} 为{one.name}" for one in older)
                words = f"旧类型 {code[6:10]} 因版本而异（{may_be}）。请用 --edition 指明版本。"
                self.note(n, "ambiguous_type", words)
                return None
            older = by_name
        return older[0]

    def place(self, types: Sequence[str]) -> tuple[Shapes, Points]:
        """Lines and areas as they are (None for points), and a point for each.

        The point is infinite where there is none.
        """
        shapes = self.rows.shapes.copy()
        kinds = shapely.get_type_id(shapes)
        single = (kinds >= 4) & (kinds <= 6) & (shapely.get_num_geometries(shapes) == 1)
        shapes[single] = shapely.get_geometry(shapes[single], 0)
        kinds = shapely.get_type_id(shapes)
        points = np.full((self.count, 2), np.inf)
        is_point = kinds == 0
        points[is_point] = shapely.get_coordinates(shapes[is_point])
        others = np.flatnonzero(~is_point & (kinds >= 0))
        if len(others):
            whole = others[shapely.is_valid(shapes[others])]
            for n in np.setdiff1d(others, whole).tolist():
                self.note(n, "bad_shape", "图形自相交或有误。请在制图软件中修正。")
            points[whole] = shapely.get_coordinates(_middles(shapes[whole], kinds[whole]))
        points = np.where(np.isfinite(points), snap_points(np.where(np.isfinite(points), points, 0)), np.inf)
        self.check_kinds(kinds, types)
        shapes[is_point | ~np.isfinite(points).all(axis=1)] = None
        return shapes, points

    def check_kinds(self, kinds: NDArray[np.int32], types: Sequence[str]) -> None:
        wanted = {code: one.geometry for code, one in self.known.types.items()}
        for n, (kind, type_code) in enumerate(zip(kinds.tolist(), types, strict=True)):
            asked = wanted.get(type_code)
            if kind < 0 or (kind == 0 and asked in ("point", None)):
                continue
            is_of = KIND_OF_TYPE[kind]
            if is_of in ("points", "mixture") or (asked and is_of not in (asked, "point")):
                shown = SHAPE_NAMES[is_of]
                self.note(
                    n, "wrong_geometry", f"应为{GEOMETRY_NAMES.get(asked or '', '点、线或面')}，实为{shown}。"
                )
            elif asked and is_of != asked:
                self.note(n, "point_for_shape", f"这类部件宜测为{GEOMETRY_NAMES[asked]}，现为点。")

    def read_attributes(self, types: Sequence[str]) -> dict[str, list[str]]:
        columns = {key: self.texts(key) for key in ("name", "state", "source", "remark")}
        for key in ("name", "state", "unit_grid_code", "first_surveyed_on"):
            for n in (n for n, one in enumerate(self.rows.texts.get(key, self.blank)) if not one):
                self.note(n, "missing_attribute", f"没有填写{MISSING_NAMES[key]}。")
        for n in (n for n, one in enumerate(columns["state"]) if one and one not in STATES):
            shown = columns["state"][n][:SHOWN]
            self.note(n, "bad_value", f"状态“{shown}”不是{'、'.join(STATES)}之一。")
            columns["state"][n] = ""
        self.check_names(columns["name"], types)
        self.check_lengths(columns)
        columns |= self.read_dates()
        for role in ORGANISATION_NAMES:
            columns[f"{role}_code"] = self.read_organisations(role)
        return columns

    def check_names(self, names: Sequence[str], types: Sequence[str]) -> None:
        fits = {code: {one.name, *one.aliases, ""} for code, one in self.known.types.items()}
        for n in (
            n
            for n, (name, code) in enumerate(zip(names, types, strict=True))
            if code and name not in fits[code]
        ):
            words = f"名称“{names[n][:SHOWN]}”与类型 {types[n]} {self.known.types[types[n]].name}不同。"
            self.note(n, "name_disagrees", words)

    def check_lengths(self, columns: dict[str, list[str]]) -> None:
        for key, column in columns.items():
            most = self.known.lengths.get(key)
            if most is None or max(map(len, column), default=0) <= most:
                continue
            for n in (n for n, one in enumerate(column) if len(one) > most):
                self.note(n, "bad_value", f"“{column[n][:SHOWN]}…”有 {len(column[n])} 字，最多 {most} 字。")
                column[n] = column[n][:most]

    def read_dates(self) -> dict[str, list[str]]:
        """Days as the database writes them; empty where there is none or it cannot be read."""
        read = _remembered(_day)
        columns = {}
        for key, name in (("first_surveyed_on", "初始日期"), ("changed_on", "变更日期")):
            given = self.texts(key)
            columns[key] = [read(one) if one else "" for one in given]
            for n in (n for n, one in enumerate(columns[key]) if one == "?"):
                self.note(n, "bad_value", f"{name}“{given[n][:SHOWN]}”不是日期，应为 YYYYMMDD。")
                columns[key][n] = ""
        firsts, changes = columns["first_surveyed_on"], columns["changed_on"]
        for n in (
            n
            for n, (first, change) in enumerate(zip(firsts, changes, strict=True))
            if change and change < first
        ):
            self.note(n, "bad_value", f"变更日期 {changes[n]} 早于初始日期 {firsts[n]}。")
        return columns

    def read_organisations(self, role: str) -> list[str]:
        """Our code of each row's organisation, from the code or, failing that, from the name in the file."""
        codes, names = self.texts(f"{role}_code"), self.texts(f"{role}_name")
        known, title = self.known.organisations, ORGANISATION_NAMES[role]
        found = [known.get(code) or known.get(name, "") for code, name in zip(codes, names, strict=True)]
        for n in (n for n, one in enumerate(found) if not one):
            given = codes[n] or names[n]
            if given:
                self.note(
                    n, "unknown_organisation", f"{title}“{given[:SHOWN]}”不在单位名录中。请先登记单位。"
                )
            elif role == "authority":
                self.note(n, "missing_attribute", "没有填写主管部门。")
            elif role == "owner":
                self.note(n, "missing_owner", "没有填写权属单位，损坏时无法直接派给权属单位。")
        return found

    def read_grids(
        self, points: Points, has_place: NDArray[np.bool_], codes: Sequence[str], types: Sequence[str]
    ) -> list[str]:
        """The grid a row says it stands in, where it does.

        Within the accuracy of its class either side of a border will do.
        """
        stated = self.texts("unit_grid_code")
        names = np.array([*self.known.locator.codes, ""], dtype=object)
        located: list[str] = names[self.known.locator.locate_many(points, pulling_in=True)].tolist()
        grids = list(stated)
        differs = (n for n, (one, other) in enumerate(zip(stated, located, strict=True)) if one != other)
        for n in differs:
            if not has_place[n]:
                grids[n] = ""
            elif not located[n]:
                self.note(n, "outside_frame", "位置在所有单元网格之外。请检查坐标和坐标系。")
                grids[n] = ""
            elif stated[n]:
                grids[n] = self.settle_grid(n, stated[n], located[n], points[n], types[n])
        for n in (n for n, (code, grid) in enumerate(zip(codes, grids, strict=True)) if code[:6] != grid[:6]):
            if codes[n] and grids[n]:
                words = f"编码的区为 {codes[n][:6]}，位置在 {grids[n][:6]}。"
                self.note(n, "district_disagrees", words)
        return grids

    def settle_grid(self, n: int, stated: str, located: str, point: Points, type_code: str) -> str:
        shape = self.known.grid_shapes.get(stated)
        if shape is None:
            self.note(n, "unknown_grid", f"网格 {stated[:SHOWN]} 不在现行网格中，实际位于 {located}。")
            return ""
        found = self.known.types.get(type_code)
        limit_m = self.known.limits_m.get(found.accuracy_class or "" if found else "", 0.0)
        away_m = float(shape.distance(shapely.Point(point)))
        if away_m <= limit_m:
            return stated
        self.note(n, "grid_disagrees", f"登记在网格 {stated}，实际位于 {located}，相距 {away_m:,.1f} 米。")
        return located

    def check_areas(self, grids: Sequence[str]) -> None:
        for key, digits, title in (("subdistrict_code", 9, "街道"), ("community_code", 12, "社区")):
            stated = self.rows.texts.get(key)
            if stated is None:
                continue
            for n in (
                n
                for n, (one, grid) in enumerate(zip(stated, grids, strict=True))
                if one and one != grid[:digits]
            ):
                if grids[n]:
                    words = f"{title}代码 {stated[n][:SHOWN]} 与网格所在的 {grids[n][:digits]} 不同。"
                    self.note(n, "area_disagrees", words)


def _middles(shapes: Shapes, kinds: NDArray[np.int32]) -> Shapes:
    """The middle of each line, a point inside each area, one of the points of the rest."""
    found: Shapes = shapely.point_on_surface(shapes)
    is_line = kinds == 1
    found[is_line] = shapely.line_interpolate_point(shapes[is_line], 0.5, normalized=True)
    return found


def _day(text: str) -> str:
    """A day as YYYY-MM-DD, from YYYYMMDD, with - or / between, or with a time behind; `?` when it is none.

    >>> _day("20240229"), _day("2024/2/9"), _day("2024-02-30"), _day("2024-02-29T00:00:00")
    ('2024-02-29', '2024-02-09', '?', '2024-02-29')
    """
    plain = re.split("[T ]", text, maxsplit=1)[0].replace("/", "-").replace(".", "-")
    if len(plain) == 8 and plain.isascii() and plain.isdigit():
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    try:
        year, month, day = (int(part) for part in plain.split("-"))
        return date(year, month, day).isoformat() if year >= 1900 else "?"
    except ValueError:
        return "?"


def _remembered(read: Callable[[str], str]) -> Callable[[str], str]:
    known: dict[str, str] = {}

    def look_up(text: str) -> str:
        found = known.get(text)
        if found is None:
            found = known[text] = read(text)
        return found

    return look_up


def list_kinds() -> Iterator[tuple[str, str, Severity]]:
    """Kinds of finding with their names, errors first."""
    for kind, (name, severity) in FINDINGS.items():
        yield kind, name, severity
