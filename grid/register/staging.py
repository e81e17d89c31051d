"""Rows of a file between the file and the register: kept in batches, compared, moved all at once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from grid.bulk import drop_indexes
from grid.layers import recount
from grid.register.facts import around_body
from grid.register.import_state import ERRORS, LOCK, RegisterMoved
from grid.rules.register import Asking

PLAIN_COLUMNS = (
    "unit_grid_code", "authority_code", "owner_code", "maintainer_code", "state", "first_surveyed_on",
    "changed_on", "accuracy_class",
)  # fmt: skip
STAGED_COLUMNS = (
    "import_id, row, is_good, code, alias_code, edition, type_code, name, geom, shape, "
    + ", ".join(PLAIN_COLUMNS)
    + ", source, remark"
)
MANY = 50_000
"""An import of so many rows, and of half the register or more, takes the indexes off while it writes."""


def take_up(
    session: Session, import_id: int, *, rows: int, frame_version: int, heading: Mapping[str, Any]
) -> int:
    """The row after which reading goes on: 0, or the end of the last batch when all of it is still there."""
    state = session.execute(
        text(
            "SELECT i.frame_version, coalesce(max(b.last_row), 0) AS reached,"
            " coalesce(sum(b.staged), 0) AS noted,"
            " (SELECT count(*) FROM grid.component_staged s WHERE s.import_id = :id) AS staged"
            " FROM grid.component_import i LEFT JOIN grid.component_import_batch b ON b.import_id = i.id"
            " WHERE i.id = :id GROUP BY i.id"
        ),
        {"id": import_id},
    ).one()
    reached = int(state.reached)
    if state.noted != state.staged or (reached and state.frame_version != frame_version):
        reached = 0
    if not reached:
        _forget_rows(session, import_id)
    session.execute(
        text(
            "UPDATE grid.component_import SET status = 'reading', rows = :rows, rows_read = :reached,"
            " frame_version = :version, heading = heading || :heading WHERE id = :id"
        ),
        {
            "id": import_id,
            "rows": rows,
            "reached": reached,
            "version": frame_version,
            "heading": Jsonb(dict(heading)),
        },
    )
    return reached


def add_batch(session: Session, import_id: int, *, first: int, last: int, staged: int) -> None:
    """Note that rows up to `last` are staged."""
    session.execute(
        text("INSERT INTO grid.component_import_batch VALUES (:id, :first, :last, :staged)"),
        {"id": import_id, "first": first, "last": last, "staged": staged},
    )
    session.execute(
        text("UPDATE grid.component_import SET rows_read = :last WHERE id = :id"),
        {"id": import_id, "last": last},
    )


def refuse(session: Session, import_id: int, code: str, message: str, at: datetime) -> None:
    """Mark an import as refused, with the reason."""
    _forget_rows(session, import_id, findings=False)
    session.execute(
        text(
            "UPDATE grid.component_import SET status = 'refused', refusal = :refusal, ended_at = :at"
            " WHERE id = :id"
        ),
        {"id": import_id, "refusal": Jsonb({"code": code, "message": message}), "at": at},
    )


def discard(session: Session, import_id: int, at: datetime) -> None:
    """Give up an import that is not done; its findings stay."""
    _forget_rows(session, import_id, findings=False)
    session.execute(
        text(
            "UPDATE grid.component_import SET status = 'discarded', ended_at = :at"
            " WHERE id = :id AND status <> 'done'"
        ),
        {"id": import_id, "at": at},
    )


def find_repeated_codes(session: Session, import_id: int) -> None:
    """Note codes that are in the file twice or registered already.

    Older codes that clash with others get a new number.
    """
    session.execute(text("SET LOCAL work_mem = '128MB'"))
    session.execute(text("ANALYZE grid.component_staged"))
    session.execute(
        text(
            "DELETE FROM grid.component_import_finding WHERE import_id = :id"
            " AND kind IN ('duplicate_code', 'known_code', 'duplicate_place')"
        ),
        {"id": import_id},
    )
    for statement in (_TWICE_IN_FILE, _TWICE_OLDER, _REGISTERED, _OLDER_REGISTERED):
        session.execute(text(statement), {"id": import_id})
    if session.scalar(text(_HAS_OLDER), {"id": import_id}):
        session.execute(text(_RENUMBER), {"id": import_id})


def settle(session: Session, import_id: int) -> None:
    """Mark rows with an error, count what was found, and say that the file is checked."""
    session.execute(text(_MARK_BAD), {"id": import_id})
    session.execute(text(_SETTLE), {"id": import_id})


def read_places(session: Session, import_id: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where the rows of an import stand and where registered components stand that are near them.

    Rows of number (of the row; 0 for registered), type, easting, northing.
    """
    own = _read_numbers(session, _OWN_PLACES, import_id)
    theirs = _read_numbers(session, _THEIR_PLACES, import_id)
    return own, theirs


def _read_numbers(session: Session, query: str, import_id: int) -> NDArray[np.float64]:
    """Rows of four numbers, sent as one block: row by row they would take ten times as long."""
    block = session.scalar(text(query), {"id": import_id})
    return np.frombuffer(block or b"", dtype=">f8").astype(np.float64).reshape(-1, 4)


def read_codes(session: Session, import_id: int, rows: Sequence[int]) -> dict[int, str]:
    """Codes of staged rows."""
    found = session.execute(
        text("SELECT row, code FROM grid.component_staged WHERE import_id = :id AND row = ANY(:rows)"),
        {"id": import_id, "rows": list(rows)},
    )
    return {one.row: one.code for one in found}


def apply(session: Session, import_id: int, asking: Asking, progress: Callable[[str, int, int], None]) -> int:
    """Move the good rows of a checked import into the register with their first facts; how many.

    Readers see none of it before the transaction ends, and all of it after.
    """
    state = session.execute(
        text("SELECT status, file_name, rows_good FROM grid.component_import WHERE id = :id FOR UPDATE"),
        {"id": import_id},
    ).one_or_none()
    if state is None or state.status not in ("checked", "applying"):
        raise RegisterMoved("这次导入已经写入、放弃或尚未检查完，请刷新页面查看。")
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    clash = session.scalar(text(_CLASH), {"id": import_id})
    if clash:
        raise RegisterMoved(
            f"检查之后登记册有变化（如 {clash} 已登记），什么都没有写入。请重新导入以再次检查。"
        )
    good = int(state.rows_good)
    many = _is_many(session, good)
    session.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    indexes = drop_indexes(session, "grid", ("component", "component_count")) if many else []
    if many:  # counted once at the end: a trigger over all rows would keep them a second time
        session.execute(text("ALTER TABLE grid.component DISABLE TRIGGER components_come"))
    steps = len(indexes) + 3
    progress("写入登记册", 0, steps)
    before, after = around_body(asking, f"由测绘文件 {state.file_name} 导入（第 {import_id} 次导入）。")
    sealing = {"id": import_id, "before": before, "after": after}
    moved = (
        session.connection()
        .exec_driver_sql(_MOVE, {"id": import_id, "before": before, "after": after})
        .rowcount
    )
    if many:
        session.execute(text("ALTER TABLE grid.component ENABLE TRIGGER components_come"))
        recount(session)
    progress("写入登记册", 1, steps)
    for done, statement in enumerate(indexes, start=2):
        session.execute(text(statement))
        progress("建立索引", done, steps)
    session.connection().exec_driver_sql(
        _ADD_FACTS,
        sealing
        | {
            "at": asking.at,
            "person": asking.person_id,
            "name": asking.name,
            "role": asking.role,
            "organisation": asking.organisation_code,
            "reason": f"由测绘文件 {state.file_name} 导入（第 {import_id} 次导入）。",
        },
    )
    session.execute(
        text(
            "UPDATE grid.component_import SET status = 'done', rows_applied = :moved, ended_at = :at"
            " WHERE id = :id"
        ),
        {"id": import_id, "moved": moved, "at": asking.at},
    )
    _forget_rows(session, import_id, findings=False)
    session.execute(text("ANALYZE grid.component"))
    progress("完成", steps, steps)
    return moved


def _is_many(session: Session, good: int) -> bool:
    if good < MANY:
        return False
    return good * 2 >= int(session.scalar(text("SELECT count(*) FROM grid.component")) or 0)


def _forget_rows(session: Session, import_id: int, *, findings: bool = True) -> None:
    """Take staged rows away; the whole table at once when they are many and nobody else has rows in it."""
    mine = (
        "SELECT count(*) FROM (SELECT FROM grid.component_staged WHERE import_id = :id LIMIT :many) AS mine"
    )
    others = "SELECT EXISTS (SELECT FROM grid.component_staged WHERE import_id <> :id)"
    has_many = session.scalar(text(mine), {"id": import_id, "many": MANY}) == MANY
    if has_many and not session.scalar(text(others), {"id": import_id}):
        session.execute(text("TRUNCATE grid.component_staged"))
    else:
        session.execute(text("DELETE FROM grid.component_staged WHERE import_id = :id"), {"id": import_id})
    session.execute(text("DELETE FROM grid.component_import_batch WHERE import_id = :id"), {"id": import_id})
    if findings:
        session.execute(
            text("DELETE FROM grid.component_import_finding WHERE import_id = :id"), {"id": import_id}
        )


_BLOCK = (
    "SELECT string_agg(float8send({row}) || float8send(type_code::int) || float8send(ST_X(geom))"
    " || float8send(ST_Y(geom)), ''::bytea{order}) FROM "
)
_OWN_PLACES = _BLOCK.format(row="row", order=" ORDER BY row") + "grid.component_staged WHERE import_id = :id"
_THEIR_PLACES = _BLOCK.format(row="0", order="") + (
    "grid.component WHERE state <> '移除' AND geom && (SELECT ST_Expand(ST_SetSRID(ST_Extent(geom)::geometry,"
    " min(ST_SRID(geom))), 1) FROM grid.component_staged WHERE import_id = :id)"
)
_NOTE = "INSERT INTO grid.component_import_finding (import_id, row, kind, code, words) "
_TWICE = """
    SELECT :id, s.row, 'duplicate_code', s.{code}, '编码与第 ' || t.first || ' 行相同。'
    FROM grid.component_staged s JOIN (
        SELECT {code}, min(row) AS first FROM grid.component_staged
        WHERE import_id = :id AND {code} IS NOT NULL {only} GROUP BY {code} HAVING count(*) > 1
    ) t ON t.{code} = s.{code}
    WHERE s.import_id = :id AND s.row <> t.first {only}
"""
_TWICE_IN_FILE = _NOTE + _TWICE.format(code="code", only="AND alias_code IS NULL")
_TWICE_OLDER = _NOTE + _TWICE.format(code="alias_code", only="")
_REGISTERED = (
    _NOTE
    + """
    SELECT :id, s.row, 'known_code', s.code, '编码已在登记册中，不能重复登记。'
    FROM grid.component_staged s JOIN grid.component c ON c.code = s.code
    WHERE s.import_id = :id AND s.alias_code IS NULL
"""
)
_OLDER_REGISTERED = (
    _NOTE
    + """
    SELECT :id, s.row, 'known_code', s.alias_code, '旧编码已在登记册中，现编码为 ' || c.code || '。'
    FROM grid.component_staged s JOIN grid.component c ON c.alias_code = s.alias_code
    WHERE s.import_id = :id
"""
)
_HAS_OLDER = (
    "SELECT EXISTS (SELECT FROM grid.component_staged WHERE import_id = :id AND alias_code IS NOT NULL)"
)
_RENUMBER = """
    WITH clashing AS (
        SELECT s.row, s.alias_code, left(s.code, 11) AS kind,
               row_number() OVER (PARTITION BY left(s.code, 11) ORDER BY s.row) AS nth
        FROM grid.component_staged s
        WHERE s.import_id = :id AND s.alias_code IS NOT NULL AND (
            EXISTS (SELECT FROM grid.component c WHERE c.code = s.code)
            OR EXISTS (SELECT FROM grid.component_staged o WHERE o.import_id = :id AND o.code = s.code
                       AND (o.alias_code IS NULL OR o.row < s.row) AND o.row <> s.row))
    ), taken AS (
        SELECT k.kind, greatest(
            (SELECT max(c.code) FROM grid.component c WHERE c.code BETWEEN k.kind AND k.kind || '999999'),
            (SELECT max(o.code) FROM grid.component_staged o
             WHERE o.import_id = :id AND left(o.code, 11) = k.kind)) AS last
        FROM (SELECT DISTINCT kind FROM clashing) k
    ), renewed AS (
        UPDATE grid.component_staged s
        SET code = left(t.last, 11) || lpad((right(t.last, 6)::int + c.nth)::text, 6, '0')
        FROM clashing c JOIN taken t ON t.kind = c.kind
        WHERE s.import_id = :id AND s.row = c.row AND right(t.last, 6)::int + c.nth <= 999999
        RETURNING s.row, s.alias_code, s.code
    )
    INSERT INTO grid.component_import_finding (import_id, row, kind, code, words)
    SELECT :id, row, 'renumbered', alias_code, '旧编码的顺序号已被占用，现编码为 ' || code || '。'
    FROM renewed
"""
_MARK_BAD = f"""
    UPDATE grid.component_staged s SET is_good = false
    FROM grid.component_import_finding f
    WHERE s.import_id = :id AND f.import_id = :id AND f.row = s.row AND s.is_good AND f.kind IN {ERRORS}
"""
_SETTLE = """
    UPDATE grid.component_import SET status = 'checked',
        rows_good = (SELECT count(*) FROM grid.component_staged WHERE import_id = :id AND is_good),
        counts = (SELECT coalesce(jsonb_object_agg(kind, n), '{}') FROM (
            SELECT kind, count(*) AS n FROM grid.component_import_finding
            WHERE import_id = :id GROUP BY kind) k)
    WHERE id = :id
"""
_CLASH = """
    SELECT s.code FROM grid.component_staged s JOIN grid.component c ON c.code = s.code
    WHERE s.import_id = :id AND s.is_good LIMIT 1
"""
# The canonical text of a fact's body, key by key as `gis_core.journal.canonical` writes it.
_BODY = """
    '{"authority_code":' || coalesce(to_json({t}.authority_code)::text, 'null')
    || ',"code":"' || {t}.code || '","easting_m":"' || round(ST_X({t}.geom)::numeric, 3)
    || '","import_id":' || {t}.import_id || ',"northing_m":"' || round(ST_Y({t}.geom)::numeric, 3)
    || '","owner_code":' || coalesce(to_json({t}.owner_code)::text, 'null') || ',"row":' || {row}
    || ',"state":"' || {t}.state || '","type_code":"' || {t}.type_code
    || '","unit_grid_code":"' || {t}.unit_grid_code || '"}'
"""


def _body(table: str, row: str) -> str:
    return _BODY.replace("{t}", table).replace("{row}", f"{table}.{row}")


_MOVE = f"""
    INSERT INTO grid.component (code, alias_code, edition, type_code, name, geom, shape, unit_grid_code,
        authority_code, owner_code, maintainer_code, state, first_surveyed_on, changed_on, source, remark,
        accuracy_class, is_synthetic, import_id, import_row, revision, last_hash)
    SELECT s.code, s.alias_code, s.edition, s.type_code, s.name, s.geom, s.shape, s.unit_grid_code,
        s.authority_code, s.owner_code, s.maintainer_code, s.state, s.first_surveyed_on, s.changed_on,
        s.source,
        s.remark, s.accuracy_class, false, s.import_id, s.row, 1,
        sha256(decode(repeat('00', 32), 'hex')
               || convert_to(%(before)s::text || {_body("s", "row")} || %(after)s::text, 'UTF8'))
    FROM grid.component_staged s WHERE s.import_id = %(id)s AND s.is_good
"""
_ADD_FACTS = f"""
    INSERT INTO grid.component_fact (component_id, seq, at, by_person_id, by_name, by_role,
        by_organisation_code, action, reason, body, prev_hash, hash)
    SELECT c.id, 1, %(at)s, %(person)s, %(name)s, %(role)s, %(organisation)s, 'registered', %(reason)s,
        ({_body("c", "import_row")})::jsonb, decode(repeat('00', 32), 'hex'), c.last_hash
    FROM grid.component c WHERE c.import_id = %(id)s
"""
