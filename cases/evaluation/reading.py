"""Reading evaluation: sums of days by object, trends, the cases behind a figure, what was frozen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from cases.evaluation.counting import KIND_NO
from cases.evaluation.tables import EvaluationFactRow, EvaluationFigureRow, EvaluationStateRow
from cases.rules.counting import COUNTERS
from cases.rules.periods import Period
from gis_core.journal import Entry

COUNTER_NAMES = {number: name for name, number in COUNTERS.items()}
MOST_CASES = 200


@dataclass(frozen=True, slots=True)
class Counted:
    """Up to where facts are counted; `revision` goes up with every change of a count."""

    at: datetime
    revision: int


def find_counted(session: Session) -> Counted | None:
    """Up to where facts are counted; None when they never were."""
    row = session.get(EvaluationStateRow, 1)
    return None if row is None else Counted(row.counted_at, row.revision)


Sums = dict[str, dict[str, int]]
"""Counts by counter of each object, by its code."""

_SUMS = text("""
    SELECT o.code, s.counter, s.n FROM (
        SELECT object_id, counter, sum(n)::int AS n FROM cases.evaluation_day
        WHERE kind = :kind AND "on" BETWEEN :first AND :last GROUP BY object_id, counter) s
    JOIN cases.evaluated_object o ON o.id = s.object_id
""")


def sum_days(session: Session, kind: str, period: Period) -> Sums:
    """The counts of a span for every object of a kind that has one."""
    found: Sums = {}
    rows = session.execute(_SUMS, {"kind": KIND_NO[kind], "first": period.first, "last": period.last})
    for code, counter, n in rows:
        found.setdefault(code, {})[COUNTER_NAMES[counter]] = n
    return found


_TREND = text("""
    SELECT o.code, p.place, d.counter, sum(d.n)::int AS n
    FROM unnest(CAST(:firsts AS date[]), CAST(:lasts AS date[])) WITH ORDINALITY AS p (first, last, place)
    JOIN cases.evaluation_day d ON d.kind = :kind AND d."on" BETWEEN p.first AND p.last
    JOIN cases.evaluated_object o ON o.id = d.object_id
    WHERE o.code = ANY(:codes) GROUP BY 1, 2, 3
""")


def sum_periods(
    session: Session, kind: str, codes: Sequence[str], periods: Sequence[Period]
) -> dict[str, list[dict[str, int]]]:
    """The counts of some objects in each of some spans."""
    found: dict[str, list[dict[str, int]]] = {code: [{} for _ in periods] for code in codes}
    asked = {
        "kind": KIND_NO[kind],
        "codes": list(codes),
        "firsts": [one.first for one in periods],
        "lasts": [one.last for one in periods],
    }
    for code, place, counter, n in session.execute(_TREND, asked):
        found[code][place - 1][COUNTER_NAMES[counter]] = n
    return found


@dataclass(frozen=True, slots=True)
class CountedCase:
    """A case behind a figure, and the day on which it counted."""

    case_no: str
    kind: str
    type_code: str
    place_text: str
    stage: str
    on: date
    amount: int
    is_good: bool


_SEEN: Mapping[str, str] = {
    "unit_grid": "c.unit_grid_code = :code",
    "community": "left(c.unit_grid_code, 12) = :code",
    "subdistrict": "left(c.unit_grid_code, 9) = :code",
    "district": "left(c.unit_grid_code, 6) = :code",
    "responsibility_grid": "c.responsibility_code = :code",
    "department": "m.department_id = (SELECT id FROM cases.evaluated_object"
    " WHERE (kind, code) = ('department', :code))",
    "person": "m.person_id = (SELECT id FROM cases.evaluated_object WHERE (kind, code) = ('person', :code))",
    "post": "m.person_id IN (SELECT id FROM cases.evaluated_object WHERE (kind, code) = ('post', :code)"
    " OR kind = 'person' AND split_part(code, ':', 1) = :code)",
}
_CASES = """
    SELECT c.case_no, c.kind, c.type_code, c.place_text, c.stage, m."on", m.amount, m.is_good = 1
    FROM cases.evaluation_mark m JOIN cases.seen_case c ON c.id = m.case_id
    WHERE m.deed = :deed AND m."on" BETWEEN :first AND :last AND {good} AND {seen}
    ORDER BY m."on" DESC, c.id DESC OFFSET :skip LIMIT :most
"""


def list_counted(
    session: Session,
    kind: str,
    code: str,
    counter: str,
    period: Period,
    *,
    skip: int = 0,
    most: int = MOST_CASES,
) -> list[CountedCase]:
    """The cases behind a count of an object in a span, newest first; a case comes as often as it counts."""
    number = COUNTERS[counter]
    query = _CASES.format(good="m.is_good = 1" if number % 2 else "true", seen=_SEEN[kind])
    asked = {
        "deed": number // 2,
        "code": code,
        "first": period.first,
        "last": period.last,
        "skip": skip,
        "most": most,
    }
    return [CountedCase(*row) for row in session.execute(text(query), asked)]


def count_persons(session: Session, period: Period) -> dict[str, int]:
    """How many people of each post have counts in a span."""
    query = text(
        "SELECT split_part(o.code, ':', 1) AS post, count(DISTINCT o.id) AS n FROM cases.evaluation_day d"
        " JOIN cases.evaluated_object o ON o.id = d.object_id"
        ' WHERE d.kind = :kind AND d."on" BETWEEN :first AND :last'
        " GROUP BY 1"
    )
    asked = {"kind": KIND_NO["person"], "first": period.first, "last": period.last}
    return {row.post: row.n for row in session.execute(query, asked)}


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """What bands need to know of places: land use of each unit grid in force, and its responsibility grid."""

    land_uses: Mapping[str, str]
    duties: Mapping[str, str | None]

    def count_below(self, digits: int) -> dict[str, int]:
        """How many unit grids each division has, by the first digits of their codes."""
        found: dict[str, int] = {}
        for code in self.land_uses:
            found[code[:digits]] = found.get(code[:digits], 0) + 1
        return found

    def count_duties(self) -> dict[str, int]:
        """How many unit grids each responsibility grid has."""
        found: dict[str, int] = {}
        for duty in self.duties.values():
            if duty:
                found[duty] = found.get(duty, 0) + 1
        return found


def read_places(session: Session) -> PlaceFacts:
    """The unit grids in force, as bands need them."""
    rows = session.execute(
        text(
            "SELECT code, land_use, responsibility_code FROM grid.unit_grid"
            " WHERE valid_to IS NULL ORDER BY code"
        )
    ).all()
    return PlaceFacts(
        {row.code: row.land_use or "" for row in rows}, {row.code: row.responsibility_code for row in rows}
    )


_SHAPES: Mapping[str, str] = {
    "unit_grid": "SELECT code, geom, is_synthetic FROM grid.unit_grid WHERE valid_to IS NULL",
    "responsibility_grid": "SELECT responsibility_code AS code, ST_Union(geom) AS geom,"
    " bool_or(is_synthetic) AS is_synthetic FROM grid.unit_grid"
    " WHERE valid_to IS NULL AND responsibility_code IS NOT NULL GROUP BY responsibility_code",
    **{
        level: "SELECT code, geom, is_synthetic FROM grid.division"  # noqa: S608 - words of our own
        f" WHERE level = '{level}' AND valid_to IS NULL AND geom IS NOT NULL"
        for level in ("community", "subdistrict", "district")
    },
}


def list_shapes(session: Session, kind: str) -> dict[str, tuple[BaseGeometry, bool]]:
    """The ground of every place of a kind in degrees (EPSG:4490), and whether it is drawn sample ground."""
    query = (
        f"SELECT code, ST_AsBinary(ST_Transform(geom, 4490)) AS shape, is_synthetic FROM ({_SHAPES[kind]}) s"  # noqa: S608 - words of our own
    )
    return {
        row.code: (shapely.from_wkb(bytes(row.shape)), row.is_synthetic)
        for row in session.execute(text(query))
    }


def list_person_names(session: Session) -> dict[str, tuple[str, str | None]]:
    """Name and organisation of every account, by its number as a text."""
    rows = session.execute(text("SELECT id, name, organisation_code FROM accounts.person"))
    return {str(row.id): (row.name, row.organisation_code) for row in rows}


# -- what was frozen -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EvaluationFact:
    """A period that was frozen, or a signature below it."""

    seq: int
    at: datetime
    by_person_id: int | None
    by_name: str
    by_role: str
    action: str
    period: str
    body: Mapping[str, Any]
    prev_hash: bytes
    hash: bytes

    def content(self) -> dict[str, object]:
        """What the hash covers."""
        names = ("seq", "at", "by_person_id", "by_name", "by_role", "action", "period")
        return {**{name: getattr(self, name) for name in names}, "body": dict(self.body)}

    def entry(self) -> Entry:
        """The fact as the journal checks it."""
        return Entry(self.seq, self.content(), self.prev_hash, self.hash)


_FACT = [getattr(EvaluationFactRow, name) for name in EvaluationFact.__slots__]


def list_evaluation_facts(session: Session, period: str | None = None) -> list[EvaluationFact]:
    """What was frozen and signed, in order; of one period when it is named."""
    query = select(*_FACT).order_by(EvaluationFactRow.seq)
    if period is not None:
        query = query.where(EvaluationFactRow.period == period)
    return [EvaluationFact(*row) for row in session.execute(query)]


def list_figures(
    session: Session, fact_seq: int, kind: str | None = None
) -> dict[tuple[str, str], dict[str, Any]]:
    """The frozen figures of a fact, by kind and code."""
    query = select(EvaluationFigureRow.kind, EvaluationFigureRow.code, EvaluationFigureRow.body).where(
        EvaluationFigureRow.fact_seq == fact_seq
    )
    if kind is not None:
        query = query.where(EvaluationFigureRow.kind == kind)
    return {(row.kind, row.code): row.body for row in session.execute(query)}
