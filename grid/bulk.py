"""Many rows into PostgreSQL at once: COPY, and indexes built after the rows rather than with them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

_SPECIAL = re.compile(r"[\\\t\n\r\x00]")
_ESCAPED = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\x00": ""}


def drop_indexes(session: Session, schema: str, tables: Sequence[str]) -> list[str]:
    """Take the plain indexes off tables that are about to be filled; returns how to build them again."""
    rows = session.execute(
        text(
            "SELECT format('%I.%I', schemaname, indexname), indexdef FROM pg_indexes"
            " WHERE schemaname = :schema AND tablename = ANY(:tables)"
            " AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        ),
        {"schema": schema, "tables": list(tables)},
    ).all()
    for name, _ in rows:
        session.execute(text(f"DROP INDEX {name}"))
    return [definition for _, definition in rows]


def copy_rows(session: Session, table: str, columns: str, rows: Iterable[tuple[str, ...]]) -> int:
    """COPY rows of text without tabs, backslashes or line ends; `\\N` is NULL. Returns how many went in."""
    raw: Any = session.connection().connection.driver_connection
    count = 0
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
        for part in _parts(rows, 4000):
            count += len(part)
            copy.write("\n".join(map("\t".join, part)) + "\n")
    return count


def _parts(rows: Iterable[tuple[str, ...]], size: int) -> Iterator[list[tuple[str, ...]]]:
    part: list[tuple[str, ...]] = []
    for row in rows:
        part.append(row)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def copy_text(value: str) -> str:
    """A text as COPY takes it; an empty one is NULL, a zero character is left out.

    >>> copy_text("a\\tb"), copy_text("")
    ('a\\\\tb', '\\\\N')
    """
    if not value:
        return r"\N"
    if _SPECIAL.search(value) is None:
        return value
    return _SPECIAL.sub(lambda found: _ESCAPED[found[0]], value)
