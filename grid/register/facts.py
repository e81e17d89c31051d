"""Facts of components as the journal seals them: one form for those written one by one and by the million."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gis_core.journal import FIRST, canonical, moment_text, seal
from grid.rules.register import Asking

REGISTERED, CHANGED = "registered", "changed"
ACTION_NAMES = {REGISTERED: "登记", CHANGED: "变更"}


def content_of(
    asking: Asking, *, seq: int, action: str, reason: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    """What a fact's hash is taken over."""
    return {
        "seq": seq,
        "at": moment_text(asking.at),
        "by_person_id": asking.person_id,
        "by_name": asking.name,
        "by_role": asking.role,
        "by_organisation_code": asking.organisation_code,
        "action": action,
        "reason": reason,
        "body": body,
    }


def sealed(content: Mapping[str, Any], prev_hash: bytes | None) -> bytes:
    """The hash of a fact after the one before it; `prev_hash` is None for the first."""
    return seal(content, prev_hash or FIRST)


@dataclass(frozen=True, slots=True)
class NextFact:
    """A fact of something in a register, sealed after the one before it."""

    content: Mapping[str, Any]
    at: datetime
    prev_hash: bytes
    hash: bytes

    @property
    def left_behind(self) -> dict[str, Any]:
        """What the row of the thing keeps of it."""
        return {"revision": self.content["seq"], "last_hash": self.hash}

    def columns(self, **owner: int) -> dict[str, Any]:
        """The row of the fact; `owner` is the column that numbers the thing."""
        return {**self.content, "at": self.at, "prev_hash": self.prev_hash, "hash": self.hash, **owner}


def next_fact(
    asking: Asking,
    action: str,
    body: Mapping[str, Any],
    *,
    reason: str,
    revision: int = 0,
    last_hash: bytes | None = None,
) -> NextFact:
    """The fact that follows a revision; without one, the first."""
    content = content_of(asking, seq=revision + 1, action=action, reason=reason, body=body)
    return NextFact(content, asking.at, last_hash or FIRST, sealed(content, last_hash))


BODY_KEYS = (
    "authority_code", "code", "easting_m", "import_id", "northing_m", "owner_code", "row", "state",
    "type_code", "unit_grid_code",
)  # fmt: skip
"""What the fact of a registration by file says, in canonical order."""
_MARK = '"body":null'


def around_body(asking: Asking, reason: str) -> tuple[str, str]:
    """The canonical text of a first fact before and after its body, for a database that fills in the body."""
    content = content_of(asking, seq=1, action=REGISTERED, reason=reason, body={})
    text = canonical(content | {"body": None}).decode()
    before, after = text.split(_MARK)
    return f'{before}"body":', after
