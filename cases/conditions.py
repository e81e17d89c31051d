"""What a filter of cases wants, as SQL; whatever lists, counts or draws asks by it, so that counts agree."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    exists,
    false,
    func,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from cases.filtering import CaseFilter
from cases.sight import show_drills
from cases.tables import WORD_PARTS, CaseCounterRow, CaseRow, PhotoRow
from grid.rules.codes import unit_grids_of

NO_APPEAL = "none"
_NOBODY: ColumnElement[int] = literal_column("0")
"""Between drills, whose ids are below it, and all others."""
CASE_NO_DIGITS = 20
SHORT_CASE_NO = re.compile(r"(\d{2})-(\d{4})-(\d{6})", re.ASCII)
"""A case number as rows of a list show it: end of the district's code, month and day, number."""
_WORD_PARTS = WORD_PARTS.replace("description", "seen_case.description").replace(
    "place_text", "seen_case.place_text"
)


def conditions_of(wanted: CaseFilter, at: datetime) -> list[ColumnElement[bool]]:
    """What is wanted, as SQL; the order of the conditions means nothing."""
    equals = {
        CaseRow.zone_code: wanted.zone_code,
        CaseRow.department_code: wanted.department_code,
        CaseRow.kind: wanted.kind,
        CaseRow.type_code: wanted.type_code,
        CaseRow.component_code: wanted.component_code,
        CaseRow.source: wanted.source,
        CaseRow.inspector_id: wanted.inspector_id,
        CaseRow.reporter_id: wanted.reporter_id,
        CaseRow.crew_id: wanted.crew_id,
        CaseRow.is_synthetic: wanted.is_synthetic,
        CaseRow.responsibility_code: wanted.responsibility_code,
        CaseRow.criterion_code: wanted.criterion_code,
    }
    found = [name == value for name, value in equals.items() if value is not None]
    found.append(CaseRow.id < _NOBODY if wanted.is_drill else CaseRow.id >= _NOBODY)
    found += _mark_conditions(wanted)
    if wanted.stages:
        found.append(CaseRow.stage.in_(wanted.stages))
    if wanted.lights:
        is_open = wanted.is_open is True
        found.append(or_(*(_shows(one, at, is_open=is_open) for one in wanted.lights)))
    if wanted.area_code is not None:
        found.append(CaseRow.unit_grid_code.between(*unit_grids_of(wanted.area_code)))
    if wanted.is_open is not None:
        found.append(CaseRow.closed_at.is_(None) if wanted.is_open else CaseRow.closed_at.is_not(None))
    if wanted.reported_from is not None:
        found.append(CaseRow.reported_at >= wanted.reported_from)
    if wanted.reported_until is not None:
        found.append(CaseRow.reported_at < wanted.reported_until)
    if wanted.filed_from is not None:
        found.append(CaseRow.filed_at >= wanted.filed_from)
    if wanted.filed_until is not None:
        found.append(CaseRow.filed_at < wanted.filed_until)
    return [*found, *_text_conditions(wanted.text.strip()), *_box_conditions(wanted)]


def see_wanted(session: Session, wanted: CaseFilter) -> None:
    """Let a transaction see drills when a filter asks for them; the filter then has nothing else."""
    if wanted.is_drill:
        show_drills(session)


def _mark_conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    """What is wanted of a case's marks and of what happened to it, as SQL.

    Written with constants, as `ix_case_reworked` and its like have them: a parameter proves nothing to the
    planner.
    """
    never: ColumnElement[int] = literal_column("0")
    has_photo = exists().where(PhotoRow.case_id == CaseRow.id)
    happened: dict[Any, bool | None] = {
        CaseRow.rework_count > never: wanted.is_reworked,
        CaseRow.extension_count > never: wanted.is_extended,
        CaseRow.suspension_count > never: wanted.was_suspended,
        CaseRow.urge_count > never: wanted.is_urged,
        or_(CaseRow.answer_due_at.is_not(None), CaseRow.has_open_urge): wanted.awaits_answer,
        CaseRow.is_supervised: wanted.is_supervised,
        CaseRow.is_void_asked: wanted.is_void_asked,
        CaseRow.is_handled_at_once: wanted.is_handled_at_once,
        CaseRow.is_overdue_handled: wanted.is_late,  # neither before handling has ended
        has_photo: wanted.has_photos,
    }
    found = [has if value else not_(has) for has, value in happened.items() if value is not None]
    if wanted.appeal is not None:
        found.append(
            CaseRow.appeal.is_(None) if wanted.appeal == NO_APPEAL else CaseRow.appeal == wanted.appeal
        )
    if wanted.major is not None:
        found.append(func.left(CaseRow.type_code, 2) == wanted.major)
    if wanted.helping_code is not None:
        found.append(CaseRow.helping_codes.contains([wanted.helping_code]))
        found.append(CaseRow.helping_codes != literal_column("'{}'"))
    if wanted.closed_from is not None:
        found.append(CaseRow.closed_at >= wanted.closed_from)
    if wanted.closed_until is not None:
        found.append(CaseRow.closed_at < wanted.closed_until)
    return found


def _shows(light: str, at: datetime, *, is_open: bool) -> ColumnElement[bool]:
    """Whether a case, of which it may be known that it is open, shows a light; so written that the planner
    takes every other open case to show it.

    Statistics of deadlines lie here: nearly all rows have none, and those that have are the open ones. The
    planner took ten thousand overdue cases for three and sorted them all for one page.
    """
    runs = CaseRow.stage != "suspended"
    is_live = runs if is_open else and_(CaseRow.closed_at.is_(None), runs)
    is_due = func.coalesce(CaseRow.stage_due_at <= at, false())
    is_near = func.coalesce(CaseRow.stage_at_risk_at <= at, false())
    if light == "suspended":
        return CaseRow.stage == "suspended"
    if light == "overdue":
        return and_(is_live, is_due)
    if light == "at_risk":
        return and_(is_live, is_near, not_(is_due))
    is_calm = and_(runs, not_(or_(is_due, is_near)))
    return is_calm if is_open else or_(CaseRow.closed_at.is_not(None), is_calm)


def _text_conditions(words: str) -> list[ColumnElement[bool]]:
    """Cases whose description or place has every word, or whose number is, begins as or is short for them."""
    if not words:
        return []
    digits = "".join(words.split())
    if digits.isascii() and digits.isdecimal() and len(digits) == CASE_NO_DIGITS:
        return [CaseRow.case_no == digits]
    if short := SHORT_CASE_NO.fullmatch(words):
        return [CaseRow.case_no.in_(_numbers_of(short))]
    found = [and_(*(_says(word) for word in words.split()))]
    if digits.isascii() and digits.isdecimal() and len(digits) < CASE_NO_DIGITS:
        # as a range of full numbers, which sorts alike in every collation
        first, last = digits.ljust(CASE_NO_DIGITS, "0"), digits.ljust(CASE_NO_DIGITS, "9")
        found.append(CaseRow.case_no.between(first, last))
    return [or_(*found)]


def _says(word: str) -> ColumnElement[bool]:
    return and_(
        *_has_parts(word),
        or_(
            CaseRow.description.icontains(word, autoescape=True),
            CaseRow.place_text.icontains(word, autoescape=True),
        ),
    )


def _has_parts(words: str) -> list[ColumnElement[bool]]:
    """What lets the index on words find them: pairs of characters side by side, or the one character.

    Letters whose case differs from language to language are left to the comparison itself.
    """
    signs = words.lower()
    starts = [*range(0, len(signs) - 1, 2), len(signs) - 2] if len(signs) > 1 else []
    pairs = {signs[n : n + 2] for n in starts} if starts else {signs}
    sure = sorted(p for p in pairs if all(c.isascii() or c.lower() == c.upper() for c in p))
    if not sure:
        return []
    parts: ColumnElement[Any] = literal_column(_WORD_PARTS, ARRAY(Text))
    return [parts.contains(sure)]


def _numbers_of(short: re.Match[str]) -> Select[Any]:
    """The full numbers, of any year, that lists show as 02-1126-000014."""
    area, day, number = short.groups()
    on, district = CaseCounterRow.on, CaseCounterRow.district_code
    return select(district + func.to_char(on, "YYYYMMDD") + number).where(
        district.like(f"____{area}"), func.to_char(on, "MMDD") == day
    )


def _box_conditions(wanted: CaseFilter) -> list[ColumnElement[bool]]:
    if wanted.box is None:
        return []
    low, high = wanted.box.south_west, wanted.box.north_east
    degrees = func.ST_MakeEnvelope(low.lon_deg, low.lat_deg, high.lon_deg, high.lat_deg, 4490)
    # A sub-query is worked out once; the bare expression would be worked out for every row.
    plane = select(func.ST_Transform(degrees, func.Find_SRID("cases", "case", "geom"))).scalar_subquery()
    return [CaseRow.geom.intersects(plane)]


def plain(code: str) -> str:
    """A code as PostgreSQL can compare it: without zero characters and broken surrogates."""
    return code.strip().replace("\x00", "").encode("utf-8", "replace").decode()
