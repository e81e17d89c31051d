"""What is done to the duty roster, one transaction each."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.duty import store
from emergency.duty.reading import get_handover, get_shift, list_shifts
from emergency.incidents.reading import list_open, list_owed_next
from emergency.rules.incidents import need_words
from emergency.rules.roster import AbsentAlready, AlreadyOnDuty, Shift, check_shift, copied
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import Conflict, Refused

AHEAD = timedelta(hours=24)


class HandoverTaken(Conflict):
    """Somebody has taken over already."""

    code = "handover_taken"


class OwnHandover(Refused):
    """Whoever hands over does not take over."""

    code = "own_handover"


@dataclass(frozen=True, slots=True)
class Roster:
    """The operations on the duty roster; safe to share between threads."""

    sessions: Sessions
    plane: PlaneSystem

    def add(self, shift: Shift, asking: Asking) -> None:
        """Put somebody on duty.

        :raises BadShift, AlreadyOnDuty: nothing is written then.
        """
        with self.sessions.begin() as session:
            store.lock_roster(session)
            check_shift(shift, list_shifts(session, shift.starts_at, shift.ends_at))
            store.add_shifts(session, [shift], asking)

    def note_absent(self, shift_id: int, *, why: str, stand_in: Shift | None, asking: Asking) -> None:
        """Note that somebody is absent, and who stands in; hours that nobody covers stay visible as a gap.

        :raises NoSuchShift, AbsentAlready, AlreadyOnDuty, IncidentWordsMissing: nothing is written then.
        """
        with self.sessions.begin() as session:
            store.lock_roster(session)
            shift = get_shift(session, shift_id)
            if shift.absent_why is not None or shift.ends_at <= asking.at:
                raise AbsentAlready("这一班已经登记缺勤，或者已经结束。请刷新后查看。")
            store.note_absent(session, shift_id, need_words(why, "缺勤的理由", most=200))
            if stand_in is not None:
                instead = replace(
                    stand_in,
                    post=shift.post,
                    starts_at=max(shift.starts_at, asking.at)
                    if shift.starts_at < asking.at
                    else shift.starts_at,
                    ends_at=shift.ends_at,
                    stands_in_for=shift_id,
                )
                check_shift(instead, list_shifts(session, instead.starts_at, instead.ends_at))
                store.add_shifts(session, [instead], asking)

    def copy_week(self, monday: datetime, asking: Asking) -> int:
        """Copy the week before `monday` into the week that begins with it; how many shifts were added.

        A shift that would put somebody on duty twice is left out: the week may be filled in part already.
        """
        week = timedelta(days=7)
        with self.sessions.begin() as session:
            store.lock_roster(session)
            before = [
                one for one in list_shifts(session, monday - week, monday) if one.starts_at >= monday - week
            ]
            known = list_shifts(session, monday, monday + week + timedelta(days=2))
            added: list[Shift] = []
            for shift in copied(before, week):
                if _fits(shift, [*known, *added]):
                    added.append(shift)
            store.add_shifts(session, added, asking)
        return len(added)

    def give(self, words: str, asking: Asking) -> int:
        """Hand over: what is open goes along as it stands.

        :raises IncidentWordsMissing: without words.
        """
        said = need_words(words, "交接内容")
        with self.sessions.begin() as session:
            return store.give(session, said, self._open_matters(session, asking.at), asking)

    def take(self, handover_id: int, words: str, asking: Asking) -> None:
        """Take over.

        :raises NoSuchHandover, HandoverTaken: OwnHandover for whoever handed over.
        """
        with self.sessions.begin() as session:
            handover = get_handover(session, handover_id)
            if handover.given_by_id is not None and handover.given_by_id == asking.person_id:
                raise OwnHandover("交班的人不能自己接班。请由接班人员登录后接班。")
            if not store.take(session, handover_id, words.strip()[:2_000], asking):
                raise HandoverTaken("这次交班已经有人接了。请刷新后查看。")

    def _open_matters(self, session: Session, at: datetime) -> list[dict[str, Any]]:
        owed = list_owed_next(session, until=at + AHEAD)
        return [
            {
                "incident_no": one.incident_no,
                "title": one.state.title,
                "stage": one.state.stage,
                "event_level": one.state.event_level and int(one.state.event_level),
                "owed": [
                    {"name": report.name, "due_at": store.moment_of(report.due_at)}
                    for report in owed
                    if report.incident_no == one.incident_no
                ][:5],
            }
            for one in list_open(session, self.plane)
        ]


def _fits(shift: Shift, others: list[Shift]) -> bool:
    try:
        check_shift(shift, others)
    except AlreadyOnDuty:
        return False
    return True
