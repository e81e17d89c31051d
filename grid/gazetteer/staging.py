"""Rows of a file between the file and the gazetteer: in tables of one transaction, compared, written at once.

The tables go with the transaction, kept or not. Doubles are looked for by name and by squares of
30 m, so that a file full of one name takes no longer than another.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.coverage import Shapes
from gis_core.crs import Pairs
from grid.bulk import copy_rows, copy_text
from grid.rules.gazetteer import DOUBLE_WITHIN_M, first_number
from grid.rules.plates import OFF_STREET_M, find_odd_plates, off_street_words, places_along
from grid.rules.seen_places import FINDINGS, Candidate, PlaceFinding
from grid.rules.street_groups import group_streets

PART = 5_000
SAME_STREET_M = 3_000.0
"""Plates of one name farther apart than this hang at two streets of one name (ours)."""
_CREATE = """
    CREATE TEMP TABLE staged_place (
        n bigint, row int, mark text, kind text, name text, category text, geom geometry, east float8,
        north float8, division_code text, street text, number text, width_class text, names jsonb,
        valid_from text, source_key text, weight float8, state text DEFAULT 'good',
        cell_east int GENERATED ALWAYS AS (floor(east / 30)) STORED,
        cell_north int GENERATED ALWAYS AS (floor(north / 30)) STORED,
        is_drawn boolean GENERATED ALWAYS AS (ST_Dimension(geom) > 0) STORED
    ) ON COMMIT DROP;
    CREATE TEMP TABLE place_finding (row int, mark text, kind text, words text) ON COMMIT DROP;
"""
_INDEX = """
    CREATE INDEX ON staged_place (kind, name, cell_east, cell_north, n);
    CREATE INDEX ON staged_place (kind, name) WHERE is_drawn;
    CREATE INDEX ON staged_place (n);
    CREATE INDEX ON staged_place (street) WHERE kind = 'door_plate';
    ANALYZE staged_place;
"""
COLUMNS = (
    "n, row, mark, kind, name, category, geom, east, north, division_code, street, number, width_class,"
    " names, valid_from, source_key, weight"
)
_SKIP = """
    WITH found AS ({found}), noted AS (
        INSERT INTO place_finding SELECT row, mark, '{kind}', words FROM found
    )
    UPDATE staged_place s SET state = '{kind}' FROM found f WHERE s.n = f.n
"""
_TWICE = _SKIP.format(
    kind="twice_in_file",
    found="""
        SELECT s.n, s.row, s.mark, '与第 ' || o.row || ' 行是同一个地名（同类、同名，30 米内）。' AS words
        FROM staged_place s CROSS JOIN LATERAL (
            (SELECT o.row FROM staged_place o
             WHERE o.kind = s.kind AND o.name = s.name AND o.n < s.n AND o.state = 'good'
               AND o.cell_east = ANY(ARRAY[s.cell_east - 1, s.cell_east, s.cell_east + 1])
               AND o.cell_north = ANY(ARRAY[s.cell_north - 1, s.cell_north, s.cell_north + 1])
               AND ST_DWithin(o.geom, s.geom, :within) LIMIT 1)
            UNION ALL
            (SELECT o.row FROM staged_place o
             WHERE o.is_drawn AND o.kind = s.kind AND o.name = s.name AND o.n < s.n AND o.state = 'good'
               AND ST_DWithin(o.geom, s.geom, :within) LIMIT 1)
            UNION ALL
            (SELECT o.row FROM staged_place o
             WHERE s.is_drawn AND o.kind = s.kind AND o.name = s.name AND o.n < s.n AND o.state = 'good'
               AND ST_DWithin(o.geom, s.geom, :within) LIMIT 1)
            LIMIT 1) o
        WHERE s.state = 'good'
    """,
)
_KNOWN_KEY = _SKIP.format(
    kind="known_place",
    found="""
        SELECT DISTINCT ON (s.n) s.n, s.row, s.mark,
               '地名库已有来自同一来源、编号相同的“' || p.name || '”（编号 ' || p.id || '）。' AS words
        FROM staged_place s JOIN grid.place p ON p.source = :source AND p.source_key = s.source_key
        WHERE s.state = 'good' AND s.source_key IS NOT NULL ORDER BY s.n
    """,
)
_KNOWN_NUMBER = _SKIP.format(
    kind="known_place",
    found="""
        SELECT s.n, s.row, s.mark, '与地名库编号 ' || p.id || ' 是同一个地名。' AS words
        FROM staged_place s JOIN grid.place p
          ON p.id = CASE WHEN s.source_key ~ '^[0-9]{1,18}$' THEN s.source_key::bigint END
        WHERE s.state = 'good' AND p.kind = s.kind AND p.name = s.name AND ST_DWithin(p.geom, s.geom, :within)
    """,
)
"""Rows that our own files brought out: of places that are no more, too."""
_KNOWN = _SKIP.format(
    kind="known_place",
    found="""
        SELECT s.n, s.row, s.mark, '地名库已有同类、同名的地名（编号 ' || p.id || '），在 30 米内。' AS words
        FROM staged_place s CROSS JOIN LATERAL (
            SELECT p.id FROM grid.place p
            WHERE p.valid_to IS NULL AND p.kind = s.kind AND p.name = s.name
              AND ST_DWithin(p.geom, s.geom, :within) LIMIT 1) p
        WHERE s.state = 'good'
    """,
)
_KNOWN_STREET = _SKIP.format(
    kind="known_place",
    found="""
        SELECT s.n, s.row, s.mark, '底图道路中已有“' || s.name || '”，在 30 米内。' AS words
        FROM staged_place s
        WHERE s.state = 'good' AND s.kind = 'street' AND s.names = '[]' AND EXISTS (
            SELECT FROM grid.street t WHERE t.name = s.name AND ST_DWithin(t.geom, s.geom, :within))
    """,
)
_KNOWN_GROUND = _SKIP.format(
    kind="known_place",
    found="""
        SELECT s.n, s.row, s.mark, '底图中已有“' || s.name || '”，在 30 米内。' AS words
        FROM staged_place s
        WHERE s.state = 'good' AND s.kind IN ('block', 'zone', 'poi') AND s.names = '[]' AND EXISTS (
            SELECT FROM grid.ground g WHERE g.name = s.name AND g.kind <> 'building'
              AND ST_DWithin(g.geom, s.geom, :within))
    """,
)
_UNKNOWN_STREETS = text("""
    INSERT INTO place_finding
    SELECT s.row, s.mark, 'unknown_street',
           '街巷或小区“' || s.street || '”不在地名库、底图和本文件中。请核对名称。'
    FROM staged_place s
    WHERE s.state = 'good' AND s.kind = 'door_plate' AND NOT EXISTS (
        SELECT FROM (
            SELECT name FROM grid.street WHERE name = s.street
            UNION ALL SELECT name FROM grid.ground WHERE name = s.street
            UNION ALL SELECT name FROM grid.place WHERE name = s.street AND kind <> 'door_plate'
            UNION ALL SELECT n.name FROM grid.place_name n WHERE n.name = s.street
            UNION ALL SELECT name FROM grid.division WHERE name = s.street AND valid_to IS NULL
            UNION ALL SELECT o.name FROM staged_place o
                WHERE o.kind IN ('street', 'block', 'zone', 'poi') AND o.name = s.street
        ) AS known)
""")
_PLATES_ELSEWHERE = text("""
    INSERT INTO place_finding
    SELECT s.row, s.mark, 'plate_elsewhere',
           '地名库已有“' || s.name || '”（编号 ' || p.id || '），在 ' || round(p.away_m)
           || ' 米外。请核对号码和位置。'
    FROM staged_place s CROSS JOIN LATERAL (
        SELECT p.id, ST_Distance(p.geom, s.geom) AS away_m FROM grid.place p
        WHERE p.valid_to IS NULL AND p.kind = 'door_plate' AND p.name = s.name
          AND ST_DWithin(p.geom, s.geom, :reach)
        ORDER BY away_m LIMIT 1) p
    WHERE s.state = 'good' AND s.kind = 'door_plate'
    UNION ALL
    SELECT s.row, s.mark, 'plate_elsewhere',
           '第 ' || o.row || ' 行也是“' || s.name || '”，在 ' || round(o.away_m)
           || ' 米外。请核对号码和位置。'
    FROM staged_place s CROSS JOIN LATERAL (
        SELECT o.row, ST_Distance(o.geom, s.geom) AS away_m FROM staged_place o
        WHERE o.state = 'good' AND o.kind = 'door_plate' AND o.name = s.name AND o.n < s.n
          AND ST_DWithin(o.geom, s.geom, :reach)
        ORDER BY away_m LIMIT 1) o
    WHERE s.state = 'good' AND s.kind = 'door_plate'
""")
_STREETS = text("""
    SELECT n, row, name, ST_AsBinary(geom) AS wkb, names FROM staged_place
    WHERE kind = 'street' AND state = 'good' ORDER BY n
""")
_JOIN = text(
    "UPDATE staged_place SET geom = ST_GeomFromWKB(:wkb, ST_SRID(geom)), names = CAST(:names AS jsonb)"
    " WHERE n = :n"
)
_JOINED = text("UPDATE staged_place SET state = 'joined' WHERE n = ANY(:rest)")
_LINES = text("""
    SELECT name, ST_AsBinary(geom) AS wkb FROM grid.street WHERE name = ANY(:names)
    UNION ALL
    SELECT name, ST_AsBinary(geom) FROM grid.place
    WHERE kind = 'street' AND valid_to IS NULL AND name = ANY(:names)
    UNION ALL
    SELECT name, ST_AsBinary(geom) FROM staged_place WHERE kind = 'street' AND name = ANY(:names)
""")
_PLATES = text("""
    SELECT street, row, mark, number, east, north FROM staged_place
    WHERE kind = 'door_plate' AND state = 'good'
    UNION ALL
    SELECT street, 0, '', number, ST_X(geom), ST_Y(geom) FROM grid.place
    WHERE kind = 'door_plate' AND valid_to IS NULL
      AND street IN (SELECT street FROM staged_place WHERE kind = 'door_plate')
    ORDER BY 1, 2
""")
_FINDINGS = text("SELECT row, mark, kind, words FROM place_finding ORDER BY row, kind, words")
_FIRST_FINDINGS = text("""
    SELECT row, mark, kind, words FROM place_finding
    ORDER BY array_position(CAST(:kinds AS text[]), kind), row, words LIMIT :most
""")


def create(session: Session) -> None:
    """Make the tables, for as long as the transaction runs."""
    session.connection().exec_driver_sql(_CREATE)


def stage(
    session: Session,
    candidates: Sequence[tuple[Candidate, str, float]],
    pins: Pairs,
    *,
    first: int,
    srid: int,
) -> None:
    """Write candidates, each with its division and weight, and where its pin goes."""
    shapes = np.array([*(one.place.shape for one, _, _ in candidates), None], dtype=object)[:-1]
    wkbs = shapely.to_wkb(shapely.set_srid(shapes, srid), hex=True, include_srid=True, output_dimension=2)
    rows = (
        (
            str(first + n),
            str(one.row),
            copy_text(one.mark),
            one.place.kind.value,
            copy_text(one.place.name),
            copy_text(one.place.category),
            wkb,
            repr(east),
            repr(north),
            copy_text(division),
            copy_text(one.place.street),
            copy_text(one.place.number),
            copy_text(one.width_class),
            copy_text(json.dumps(_names(one), ensure_ascii=False)),
            copy_text(one.place.valid_from.isoformat() if one.place.valid_from else ""),
            copy_text(one.source_key),
            repr(weight),
        )
        for n, ((one, division, weight), wkb, (east, north)) in enumerate(
            zip(candidates, wkbs.tolist(), pins.tolist(), strict=True)
        )
    )
    copy_rows(session, "staged_place", COLUMNS, rows)


def add_findings(session: Session, findings: Iterable[PlaceFinding]) -> None:
    """Write findings."""
    rows = ((str(one.row), copy_text(one.mark), one.kind, copy_text(one.words)) for one in findings)
    copy_rows(session, "place_finding", "row, mark, kind, words", rows)


def compare(session: Session, *, source: str) -> None:
    """Find doubles in the file and of the gazetteer, unknown streets, and plates that do not fit."""
    session.connection().exec_driver_sql(_INDEX)
    join_streets(session)
    within: dict[str, object] = {"within": DOUBLE_WITHIN_M}
    session.execute(text(_KNOWN_KEY), {"source": source})
    for query in (_KNOWN_NUMBER, _TWICE, _KNOWN, _KNOWN_STREET, _KNOWN_GROUND):
        session.execute(text(query), within)
    session.execute(_UNKNOWN_STREETS)
    session.execute(_PLATES_ELSEWHERE, {"reach": SAME_STREET_M})
    judge_plates(session)


def join_streets(session: Session) -> None:
    """Stretches of one street that hang together become one row, the first of them, with all their names."""
    rows = session.execute(_STREETS).all()
    groups = group_streets([row.name for row in rows], _shapes(rows))
    for group in (one for one in groups if len(one.members) > 1):
        first, *rest = (rows[n] for n in group.members)
        names = {tuple(name): name for row in (first, *rest) for name in row.names}
        values = {
            "n": first.n,
            "wkb": shapely.to_wkb(group.shape),
            "names": json.dumps(list(names.values()), ensure_ascii=False),
            "rest": [row.n for row in rest],
        }
        session.execute(_JOIN, values)
        session.execute(_JOINED, values)


def judge_plates(session: Session) -> None:
    """Note plates of the file that stand on the wrong side of their street, or out of order."""
    streets = read_lines(session)
    findings: list[PlaceFinding] = []
    with session.execute(_PLATES, execution_options={"yield_per": PART}) as found:
        for street, group in groupby(found, key=lambda row: row.street):
            lines = streets.get(street)
            if lines is not None:
                findings += _odd_plates(list(group), lines)
    add_findings(session, findings)


def read_lines(session: Session) -> dict[str, Shapes]:
    """Lines of the streets that plates of the file stand on, by name: one for each street of the name."""
    names = session.scalars(text("SELECT DISTINCT street FROM staged_place WHERE kind = 'door_plate'")).all()
    rows = session.execute(_LINES, {"names": list(names)}).all()
    streets: dict[str, list[Any]] = {}
    for group in group_streets([row.name for row in rows], _shapes(rows)):
        streets.setdefault(group.name, []).append(group.shape)
    return {name: np.array(shapes, dtype=object) for name, shapes in streets.items()}


def count_states(session: Session) -> dict[str, int]:
    """How many rows are good, joined with others, or left out, by the kind of finding that left them out."""
    rows = session.execute(text("SELECT state, count(*) FROM staged_place GROUP BY state"))
    return {row[0]: row[1] for row in rows}


def count_good_kinds(session: Session) -> dict[str, int]:
    """How many places of each kind would go in."""
    query = "SELECT kind, count(*) FROM staged_place WHERE state = 'good' GROUP BY kind ORDER BY kind"
    return {row[0]: row[1] for row in session.execute(text(query))}


def count_findings(session: Session) -> dict[str, int]:
    """How many findings of each kind there are."""
    rows = session.execute(text("SELECT kind, count(*) FROM place_finding GROUP BY kind"))
    return {row[0]: row[1] for row in rows}


def count_at_fault(session: Session) -> int:
    """How many rows have an error."""
    errors = [kind for kind, (_, severity) in FINDINGS.items() if severity == "error"]
    query = text("SELECT count(DISTINCT row) FROM place_finding WHERE kind = ANY(:errors)")
    return int(session.scalar(query, {"errors": errors}) or 0)


def list_findings(session: Session) -> Iterator[PlaceFinding]:
    """All findings by row, read as they are needed."""
    with session.execute(_FINDINGS, execution_options={"yield_per": PART}) as found:
        for row in found:
            yield PlaceFinding(row.row, row.mark or "", row.kind, row.words)


def list_first_findings(session: Session, most: int) -> list[list[Any]]:
    """Some findings for the report: errors first, then by row."""
    rows = session.execute(_FIRST_FINDINGS, {"kinds": list(FINDINGS), "most": most})
    return [[row.row, row.mark or "", row.kind, row.words] for row in rows]


def _names(one: Candidate) -> list[list[str | None]]:
    return [
        [
            name.text,
            name.sort.value,
            name.valid_from.isoformat() if name.valid_from else None,
            name.valid_to.isoformat() if name.valid_to else None,
        ]
        for name in one.place.names
    ]


def _odd_plates(rows: Sequence[Any], lines: Shapes) -> Iterator[PlaceFinding]:
    """Plates of one street's name that do not fit; of several streets each plate belongs to the nearest."""
    points = np.array([(row.east, row.north) for row in rows], dtype=np.float64)
    dots = np.asarray(shapely.points(points), dtype=object)
    away = np.asarray(shapely.distance(lines[:, None], dots[None, :]))
    nearest = away.argmin(axis=0)
    for street in range(len(lines)):
        mine = np.flatnonzero(nearest == street)
        for n in mine[away[street, mine] >= OFF_STREET_M].tolist():
            if rows[n].row:
                words = off_street_words(rows[n].street, float(away[street, n]))
                yield PlaceFinding(rows[n].row, rows[n].mark or "", "plate_off_street", words)
        numbers = [first_number(rows[n].number) for n in mine.tolist()]
        for odd in find_odd_plates(places_along(lines[street], points[mine]), numbers):
            row = rows[int(mine[odd.position])]
            if row.row:
                yield PlaceFinding(row.row, row.mark or "", odd.kind, odd.words)


def _shapes(rows: Sequence[Any]) -> Shapes:
    texts = np.array([*(bytes(row.wkb) for row in rows), None], dtype=object)[:-1]
    return np.asarray(shapely.from_wkb(texts), dtype=object)
