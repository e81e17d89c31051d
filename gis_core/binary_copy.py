"""Whole columns in and out of PostgreSQL: COPY in its binary form, read and written by numpy at once.

Only columns of fixed width without NULL. They come as arrays, thousands of values to a message: taking two
million rows of thirteen columns one by one costs more than looking them up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import psycopg
from numpy.typing import NDArray
from sqlalchemy.orm import Session

Ints = NDArray[np.int64]
HEAD = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
TAIL = b"\xff\xff"
WIDTHS: Mapping[str, int] = {"int2": 2, "int4": 4, "int8": 8, "date": 4}
"""Types by their width in bytes; a date is days since 2000-01-01."""
_OIDS: Mapping[str, int] = {"int2": 21, "int4": 23, "int8": 20, "date": 1082}
_ARRAY_HEAD = 20
"""Bytes before an array's values: dimensions, whether there are NULLs, type, length, lower bound."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Stretches of whole numbers, both ends belong to them: what a query reads in turn."""

    lows: Sequence[int]
    highs: Sequence[int]

    @classmethod
    def of(cls, numbers: Ints, *, gap: int = 32, most: int = 4_096) -> "Runs":
        """Stretches that hold these numbers (sorted, each once), and few others between them.

        Numbers at most `gap` apart share a stretch, which is at most `most` long.

        >>> Runs.of(np.array([1, 2, 9, 500, 501]))
        Runs(lows=[1, 500], highs=[9, 501])
        """
        if not len(numbers):
            return cls([], [])
        piece = (numbers - numbers[0]) // most
        begins = np.flatnonzero((np.diff(numbers) > gap) | (np.diff(piece) > 0)) + 1
        return cls(numbers[np.r_[0, begins]].tolist(), numbers[np.r_[begins, len(numbers)] - 1].tolist())


ALL = Runs([0], [2**62])


def read_columns(
    session: Session, query: str, types: Sequence[str], runs: Runs = ALL, **values: object
) -> list[Ints]:
    """The columns of a query, whose types (keys of `WIDTHS`) must be exactly those and never NULL.

    `query` is ours and never somebody's words; `values` stand in it as %(name)s. It is asked once for each
    of the `runs`, whose ends it may name as r.low and r.high; what one run comes to must stay below 1 GB.
    """
    found: list[list[Ints]] = [[] for _ in types]
    names = [f"v{n}" for n in range(len(types))]
    arrays = ", ".join(f"array_agg(q.{name})" for name in names)
    asked = (
        "SELECT x.* FROM unnest(CAST(%(lows)s AS int8[]), CAST(%(highs)s AS int8[])) AS r (low, high)"  # noqa: S608
        f" CROSS JOIN LATERAL (SELECT {arrays} FROM ({query}) AS q ({', '.join(names)})) AS x"
    )
    sent = {"lows": list(runs.lows), "highs": list(runs.highs), **values}
    copying = cast(Any, f"COPY ({asked}) TO STDOUT (FORMAT BINARY)")
    with _connection(session).cursor() as cursor, cursor.copy(copying, sent) as copied:
        for message in copied:
            _take_row(memoryview(message), types, found)
    return [np.concatenate([np.zeros(0, np.int64), *parts]) for parts in found]


def _take_row(message: memoryview, types: Sequence[str], found: list[list[Ints]]) -> None:
    """Add the arrays of one row to the columns; the first message begins with a head, the last is a tail."""
    at = len(HEAD) if message[: len(HEAD)] == HEAD else 0
    if message[at : at + 2] == TAIL:
        return
    at += 2
    for kind, parts in zip(types, found, strict=True):
        size = int(np.frombuffer(message, ">i4", 1, at)[0])
        at += 4
        if size > 0:
            parts.append(_values(message, at, kind))
            at += size


def _values(message: memoryview, at: int, kind: str) -> Ints:
    _, has_null, oid, count, _ = np.frombuffer(message, ">i4", _ARRAY_HEAD // 4, at).tolist()
    if has_null or oid != _OIDS[kind]:
        raise ValueError("a column of the query is NULL, or of another type than was said")
    value = np.dtype([("width", ">i4"), ("value", f">i{WIDTHS[kind]}")])
    return np.frombuffer(message, value, count, at + _ARRAY_HEAD)["value"].astype(np.int64)


def write_columns(
    session: Session, target: str, types: Sequence[str], columns: Sequence[NDArray[np.integer[Any]]]
) -> int:
    """Copy columns into a table, `target` naming it with its columns; answers how many rows."""
    rows = np.zeros(len(columns[0]), _row(types))
    rows["n"] = len(types)
    for n, (kind, column) in enumerate(zip(types, columns, strict=True)):
        rows[f"w{n}"], rows[f"v{n}"] = WIDTHS[kind], column
    told = cast(Any, f"COPY {target} FROM STDIN (FORMAT BINARY)")
    with _connection(session).cursor() as cursor, cursor.copy(told) as copy:
        copy.write(HEAD)
        copy.write(rows.tobytes())
        copy.write(TAIL)
    return len(rows)


def _row(types: Sequence[str]) -> np.dtype[Any]:
    """A row as the wire has it: the number of fields, then each field's width and value, big-endian."""
    parts: list[tuple[str, str]] = [("n", ">i2")]
    for n, kind in enumerate(types):
        parts += [(f"w{n}", ">i4"), (f"v{n}", f">i{WIDTHS[kind]}")]
    return np.dtype(parts)


def _connection(session: Session) -> psycopg.Connection[Any]:
    return cast(psycopg.Connection[Any], session.connection().connection.driver_connection)
