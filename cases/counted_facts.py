"""What counting reads of a fact, as columns that PostgreSQL works out of its body when it is written.

Facts are wide and nearly all of them is words: a year of them counted from their bodies is gigabytes read
and millions of JSON texts taken apart. These columns lie in the index by case (`cases/tables.py`), so that
counting reads that alone; they cannot say anything else than the body does. What they mean is said once more
in Python by `cases.rules.counting.marks_of`, and a test compares the two.
"""

from collections.abc import Mapping

from cases.rules.counting import (
    ACTION_NO,
    CASE_CLOCK_ACTIONS,
    CLOCK_OF_ACTION,
    PUBLIC_SOURCES,
    ROLE_NO,
    SATISFIED_FROM,
)
from cases.rules.worktime import UNIT_SECONDS


def numbered(column: str, numbers: Mapping[str, int]) -> str:
    """SQL that answers the number of a column's word, 0 for others."""
    lines = " ".join(f"WHEN '{word}' THEN {n}" for word, n in numbers.items() if word)
    return f"(CASE {column} {lines} ELSE 0 END)::int2"


def _quoted(words: tuple[str, ...]) -> str:
    return ", ".join(repr(word) for word in words)


_CLOCKS = " ".join(f"WHEN '{action}' THEN '{clock}'" for action, clock in CLOCK_OF_ACTION.items())
_OWN = f"(body -> 'clocks' -> (CASE action {_CLOCKS} END))"
_OF_CASE = f"(CASE WHEN action IN ({_quoted(CASE_CLOCK_ACTIONS)}) THEN body -> 'clocks' -> 'case' END)"
_UNITS = " ".join(f"WHEN '{unit}' THEN {seconds}" for unit, seconds in UNIT_SECONDS.items())


def _in_time(clock: str) -> str:
    limit_s = f"({clock} -> 'limit' -> 0)::int8 * CASE {clock} -> 'limit' ->> 1 {_UNITS} END"
    is_good = f"({clock} -> 'used_s')::float8 < {limit_s}"
    return f"(CASE WHEN {clock} IS NULL THEN -1 WHEN {is_good} THEN 1 ELSE 0 END)::int2"


COUNTED: Mapping[str, str] = {
    "action_no": numbered("action", ACTION_NO),
    "role_no": numbered("by_role", ROLE_NO),
    "in_time": (
        "(CASE WHEN action = 'make_safe' THEN CASE WHEN body ->> 'is_late' = 'false' THEN 1 ELSE 0 END"
        f" ELSE {_in_time(_OWN)} END)::int2"
    ),
    "case_in_time": _in_time(_OF_CASE),
    "used_min": (
        f"(CASE WHEN action = 'finish' THEN floor(({_OWN} -> 'used_s')::float8 / 60) ELSE 0 END)::int4"
    ),
    "answer": (
        "(CASE action WHEN 'reply_verification' THEN CASE body ->> 'result' WHEN 'true' THEN 1"
        " WHEN 'false' THEN 0 ELSE -1 END"
        f" WHEN 'rate' THEN CASE WHEN (body ->> 'score')::int4 >= {SATISFIED_FROM} THEN 1 ELSE 0 END"
        " ELSE -1 END)::int2"
    ),
    "is_public": (
        f"(CASE WHEN seq = 1 AND body ->> 'source' IN ({_quoted(PUBLIC_SOURCES)}) THEN 1 ELSE 0 END)::int2"
    ),
    "given_to": (
        "(CASE WHEN action IN ('send_verification', 'send_recheck') THEN (body ->> 'to_person_id')::int8 END)"
    ),
    "given_department": ("(CASE WHEN action = 'dispatch' THEN body ->> 'department' END)::varchar(24)"),
}
"""The expression of each column; a change of one needs a migration."""
