"""Taking readings in, and noting who has seen an alarm; one transaction each."""

from collections.abc import Sequence
from dataclasses import dataclass

from cases.rules.deciding import Asking
from emergency.measurements import store
from emergency.measurements.reading import get_alarm, moment_of
from emergency.measurements.situations import ListInstruments
from emergency.measurements.store import Brought
from emergency.rules.drill_clock import ClockTold
from emergency.rules.readings import Reading, RefusedReading, as_sent, by_code_and_name, judge_reading
from gis_core.db import Sessions
from gis_core.errors import Conflict
from gis_core.jobs import send_named

WATCH = "emergency.watch"
"""The job that looks for alarms; readings wake it as they commit."""


class AlarmSeen(Conflict):
    """Somebody has acknowledged the alarm before."""

    code = "alarm_seen"


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of a batch: how many were new, how many known already, and those refused with their place."""

    n_new: int
    n_repeat: int
    refused: tuple[tuple[int, RefusedReading], ...]


@dataclass(frozen=True, slots=True)
class Measurements:
    """The operations on readings and alarms, wired once; safe to share between threads."""

    sessions: Sessions
    list_instruments: ListInstruments

    def take(self, sent: Sequence[object], brought: Brought) -> Taken:
        """Write a batch: what is believed once, what is not kept apart. Nothing of it poisons the rest."""
        with self.sessions.begin() as session:
            known = by_code_and_name(tuple(self.list_instruments(session)))
            moment = moment_of(session, brought.at, is_drill=brought.is_drill)
            judged = [judge_reading(one, known, moment) for one in sent]
            refused = {n: one for n, one in enumerate(judged) if isinstance(one, RefusedReading)}
            first: dict[tuple[object, ...], Reading] = {}
            for n, one in enumerate(judged):
                if isinstance(one, Reading) and first.setdefault(_key(one), one).value != one.value:
                    refused[n] = _contradicting(one, sent[n])
            n_new, otherwise = store.add_readings(session, list(first.values()), brought)
            for n, one in enumerate(judged):
                if isinstance(one, Reading) and _key(one) in set(otherwise):
                    refused[n] = _contradicting(one, sent[n])
            store.add_refused(session, list(refused.values()), brought)
            send_named(WATCH, session)
        return Taken(n_new, len(sent) - n_new - len(refused), tuple(sorted(refused.items())))

    def tell_clock(self, told: ClockTold, *, begins: bool = False) -> None:
        """Say what time it is in the drill being played; `begins` empties what gauges said in drills before.

        :raises BadDrillClock: for one that runs backwards or too fast.
        """
        told.check()
        with self.sessions.begin() as session:
            store.tell_clock(session, told, begins=begins)
            send_named(WATCH, session)

    def acknowledge(self, alarm_id: int, asking: Asking) -> None:
        """Note that somebody on duty has seen an alarm.

        :raises AlarmNotFound, AlarmSeen: nothing is written then.
        """
        with self.sessions.begin() as session:
            seen = get_alarm(session, alarm_id)
            if not store.acknowledge(session, alarm_id, asking):
                raise AlarmSeen(f"{seen.acknowledged_by or '别人'}已经确认过这条告警。请刷新页面查看。")


def _key(one: Reading) -> tuple[str, str, object]:
    return one.instrument, one.measure, one.at


def _contradicting(one: Reading, sent: object) -> RefusedReading:
    return RefusedReading(one.instrument, "contradicts", as_sent(sent))
