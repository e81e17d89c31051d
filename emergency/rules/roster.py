"""The duty roster: who is on duty when, absences with their stand-ins, hours that nobody covers.

Governments keep a duty system with assigned staff round the clock (order 708, article 14).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from gis_core.errors import BadInput, Refused

Post = Literal["duty_officer", "deputy", "duty_leader"]
POST_NAMES: dict[Post, str] = {
    "duty_officer": "值班员",
    "deputy": "副班",
    "duty_leader": "带班领导",
}
LONGEST = timedelta(hours=48)


class BadShift(BadInput):
    """A shift that cannot be."""

    code = "bad_duty_shift"


class AlreadyOnDuty(Refused):
    """Somebody would be on duty twice at once."""

    code = "already_on_duty"


class AbsentAlready(Refused):
    """The absence has been noted, or the shift is over."""

    code = "duty_absence_not_now"


@dataclass(frozen=True, slots=True)
class Shift:
    """A person on duty in a post for some hours."""

    id: int
    post: Post
    person_id: int | None
    person_name: str
    phone: str
    starts_at: datetime
    ends_at: datetime
    absent_why: str | None = None
    stands_in_for: int | None = None
    is_synthetic: bool = False

    def holds_at(self, at: datetime) -> bool:
        """Whether the person is on duty at a moment: from the beginning on, the end not included."""
        return self.absent_why is None and self.starts_at <= at < self.ends_at


@dataclass(frozen=True, slots=True)
class Gap:
    """Hours in which nobody holds a post."""

    post: Post
    starts_at: datetime
    ends_at: datetime


def on_duty(shifts: Iterable[Shift], at: datetime) -> tuple[Shift, ...]:
    """Everybody on duty at a moment, in the order of posts."""
    order = list(POST_NAMES)
    return tuple(sorted((one for one in shifts if one.holds_at(at)), key=lambda one: order.index(one.post)))


def find_gaps(shifts: Sequence[Shift], post: Post, since: datetime, until: datetime) -> tuple[Gap, ...]:
    """The hours between two moments in which nobody holds a post."""
    held = sorted(
        (max(one.starts_at, since), min(one.ends_at, until))
        for one in shifts
        if one.post == post and one.absent_why is None and one.ends_at > since and one.starts_at < until
    )
    gaps, covered = [], since
    for start, end in held:
        if start > covered:
            gaps.append(Gap(post, covered, start))
        covered = max(covered, end)
    if covered < until:
        gaps.append(Gap(post, covered, until))
    return tuple(gaps)


def check_shift(shift: Shift, others: Iterable[Shift]) -> None:
    """Refuse a shift that cannot be.

    :raises BadShift: without a name, with an end before its beginning, or longer than two days.
    :raises AlreadyOnDuty: for a person who is on duty in those hours already.
    """
    if not shift.person_name.strip():
        raise BadShift("请填写值班人员姓名。", field="person_name")
    if not timedelta(0) < shift.ends_at - shift.starts_at <= LONGEST:
        raise BadShift("下班时间应晚于上班时间，一班不超过 48 小时。请检查。", field="ends_at")
    for other in others:
        is_same = (
            other.person_id == shift.person_id
            if shift.person_id is not None
            else other.person_name == shift.person_name
        )
        meets = other.starts_at < shift.ends_at and shift.starts_at < other.ends_at
        if is_same and meets and other.absent_why is None and other.id != shift.id:
            raise AlreadyOnDuty(f"{shift.person_name}在这段时间已经排班，请换人或改时间。")


def copied(shifts: Iterable[Shift], by: timedelta) -> tuple[Shift, ...]:
    """The same roster so much later; stand-ins are not copied, whoever was absent is expected again."""
    return tuple(
        Shift(
            0,
            one.post,
            one.person_id,
            one.person_name,
            one.phone,
            one.starts_at + by,
            one.ends_at + by,
            is_synthetic=one.is_synthetic,
        )
        for one in shifts
        if one.stands_in_for is None
    )
