"""An append-only journal: each fact of a stream carries the hash of the one before it.

A stream is the story of one thing (a case). Changing, dropping or inserting a fact breaks the chain
from that fact on, and `verify` tells where; a trigger (`data/migrations/sql/append_only.sql`)
refuses the change in the first place.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

FIRST = bytes(32)
"""What the first fact of a stream has as its predecessor's hash."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact as it is sealed: its place in the stream, its content and the two hashes."""

    seq: int
    content: Mapping[str, object]
    prev_hash: bytes
    hash: bytes


def canonical(content: Mapping[str, object]) -> bytes:
    """The one way to write `content` as bytes: JSON, keys sorted, UTF-8, moments in UTC to the microsecond.

    Naive moments, NaN and values without a canonical form raise ValueError or TypeError.

    >>> canonical({"b": 1, "a": "井盖"}).decode()
    '{"a":"井盖","b":1}'
    """
    text = json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_plain
    )
    return text.encode()


def moment_text(moment: datetime) -> str:
    """A moment as the journal writes it.

    >>> moment_text(datetime(2026, 9, 18, 9, 30, tzinfo=UTC))
    '2026-09-18T09:30:00.000000Z'
    """
    if moment.tzinfo is None:
        raise ValueError("a moment in the journal names its zone")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return moment_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no canonical form")


def seal(content: Mapping[str, object], prev_hash: bytes = FIRST) -> bytes:
    """SHA-256 over the predecessor's hash and the canonical content, 32 bytes."""
    return hashlib.sha256(prev_hash + canonical(content)).digest()


def chain(contents: Sequence[Mapping[str, object]], *, first: int = 1) -> list[Entry]:
    """Seal a whole stream at once; `seq` counts from `first`."""
    entries, prev = [], FIRST
    for seq, content in enumerate(contents, start=first):
        digest = seal(content, prev)
        entries.append(Entry(seq, content, prev, digest))
        prev = digest
    return entries


def verify(entries: Iterable[Entry], *, head: bytes | None = None) -> int | None:
    """The place of the first fact that does not fit, or None when the whole chain holds.

    With `head` (the last hash, kept apart from the facts) a chain cut short at its end is found too;
    its place is then one past the last fact.
    """
    expected, prev = 1, FIRST
    for entry in entries:
        fits = entry.seq == expected and entry.prev_hash == prev and entry.hash == seal(entry.content, prev)
        if not fits:
            return expected
        expected, prev = expected + 1, entry.hash
    return expected if head is not None and head != prev else None
