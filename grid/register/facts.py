"""Facts of components as the journal seals them: one form for those written one by one and by the million."""

from collections.abc import Mapping
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
