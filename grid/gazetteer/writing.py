"""Staged rows into the gazetteer: places, their names and their first facts, some thousand at a time."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.journal import FIRST
from grid.bulk import copy_rows, copy_text
from grid.gazetteer.facts import ADDED, content_of, sealed
from grid.gazetteer.staging import PART
from grid.rules.register import Asking

_GOOD = text("""
    SELECT row, kind, name, category, street, number, width_class, names, valid_from, source_key, weight,
           division_code, upper(encode(ST_AsBinary(geom, 'NDR'), 'hex')) AS shape,
           encode(ST_AsEWKB(geom), 'hex') AS ewkb
    FROM staged_place WHERE state = 'good' ORDER BY n
""")


def write_places(
    session: Session,
    import_id: int,
    *,
    source: str,
    is_synthetic: bool,
    asking: Asking,
    reason: str,
    progress: Callable[[int], None],
) -> int:
    """Write the good rows as places with their names and first facts; how many. `progress` hears it too."""
    count = 0
    common = {"import_id": import_id, "source": source, "is_synthetic": is_synthetic}
    with session.execute(_GOOD, execution_options={"yield_per": PART}) as found:
        for rows in found.partitions(PART):
            _write_part(session, rows, common, asking, reason)
            count += len(rows)
            progress(count)
    session.execute(text("ANALYZE grid.place"))
    session.execute(text("ANALYZE grid.place_name"))
    return count


def _write_part(
    session: Session, rows: Sequence[Any], common: Mapping[str, Any], asking: Asking, reason: str
) -> None:
    ids = session.scalars(
        text("SELECT nextval(pg_get_serial_sequence('grid.place', 'id')) FROM generate_series(1, :n)"),
        {"n": len(rows)},
    ).all()
    bodies = [_body(row, common) for row in rows]
    digests = [
        sealed(content_of(asking, seq=1, action=ADDED, reason=reason, body=body), None) for body in bodies
    ]
    copy_rows(
        session,
        "grid.place",
        "id, kind, name, category, geom, division_code, street, number, width_class, weight, source,"
        " source_key, valid_from, is_synthetic, import_id, revision, last_hash",
        (
            (
                str(place_id),
                row.kind,
                copy_text(row.name),
                row.category or "",
                row.ewkb,
                copy_text(row.division_code or ""),
                copy_text(row.street or ""),
                copy_text(row.number or ""),
                copy_text(row.width_class or ""),
                repr(row.weight),
                copy_text(common["source"]),
                copy_text(row.source_key or ""),
                copy_text(row.valid_from or ""),
                "t" if common["is_synthetic"] else "f",
                str(common["import_id"]),
                "1",
                rf"\\x{digest.hex()}",
            )
            for place_id, row, digest in zip(ids, rows, digests, strict=True)
        ),
    )
    copy_rows(
        session,
        "grid.place_name",
        "place_id, name, sort, valid_from, valid_to",
        (
            (str(place_id), copy_text(name), sort, copy_text(since or ""), copy_text(until or ""))
            for place_id, row in zip(ids, rows, strict=True)
            for name, sort, since, until in row.names
        ),
    )
    copy_rows(
        session,
        "grid.place_fact",
        "place_id, seq, at, by_person_id, by_name, by_role, by_organisation_code, action, reason, body,"
        " prev_hash, hash",
        (
            (
                str(place_id),
                "1",
                asking.at.isoformat(),
                r"\N" if asking.person_id is None else str(asking.person_id),
                copy_text(asking.name),
                asking.role,
                copy_text(asking.organisation_code or ""),
                ADDED,
                copy_text(reason),
                copy_text(json.dumps(body, ensure_ascii=False)),
                rf"\\x{FIRST.hex()}",
                rf"\\x{digest.hex()}",
            )
            for place_id, body, digest in zip(ids, bodies, digests, strict=True)
        ),
    )


def _body(row: Any, common: Mapping[str, Any]) -> dict[str, Any]:
    """What the first fact of an imported place says, as `values_of` writes it."""
    return {
        "after": {
            "kind": row.kind,
            "name": row.name,
            "category": row.category or "",
            "street": row.street or "",
            "number": row.number or "",
            "names": row.names,
            "valid_from": row.valid_from,
            "shape": row.shape,
            "division_code": row.division_code or "",
            "source": common["source"],
            "source_key": row.source_key,
        },
        "import_id": common["import_id"],
        "row": row.row,
    }
