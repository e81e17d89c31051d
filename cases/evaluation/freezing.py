"""Freezing a period: its figures are kept with their formulas and a digest, sealed, and signed by a leader.

What changes afterwards in the cases changes the running figures, and never these: pages show the difference.
The facts of freezing are one hash chain (`gis_core/journal`), append-only like those of cases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from cases.evaluation import store
from cases.evaluation.counting import KINDS
from cases.evaluation.figures import Evaluating
from cases.evaluation.formulas import Formulas
from cases.evaluation.reading import EvaluationFact, find_counted, list_evaluation_facts, list_figures
from cases.evaluation.sheets import Sheet, SheetRow, method_body, method_of, row_body, row_of, sheet_from
from cases.rules.deciding import Asking
from cases.rules.evidence import clean_text
from cases.rules.periods import Period
from gis_core.clock import city_time
from gis_core.db import Sessions
from gis_core.digests import digest
from gis_core.errors import Conflict, NotAllowed, Refused
from gis_core.journal import canonical, seal, verify
from grid.city import City

MAY_FREEZE = ("leader", "duty_chief")
MAY_SIGN = ("leader",)


class PeriodNotOver(Refused):
    """A period is frozen when it is over and counted."""

    code = "period_not_over"


class AlreadyFrozen(Conflict):
    """The period is frozen already, or signed already."""

    code = "already_frozen"


class NotFrozen(Refused):
    """Only what is frozen can be signed."""

    code = "not_frozen"


class NotYourSignature(NotAllowed):
    """Freezing and signing belong to other posts."""

    code = "not_your_signature"


@dataclass(frozen=True, slots=True)
class Difference:
    """What an object's frozen figures say, and what its cases say now."""

    kind: str
    code: str
    name: str
    frozen_total: float | None
    total: float | None
    counters: Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Freezing:
    """Freezes and signs, each in one transaction."""

    sessions: Sessions
    city: City
    formulas: Formulas

    def freeze(self, period: Period, asking: Asking, note: str = "") -> EvaluationFact:
        """Keep all figures of a period that is over.

        :raises NotYourSignature: for other posts; PeriodNotOver before its end is counted; AlreadyFrozen.
        """
        if asking.role not in MAY_FREEZE:
            raise NotYourSignature("冻结评价结果由值班长或领导办理。")
        with self.sessions.begin() as session:
            store.take_turns(session)
            self._need_over(session, period, asking.at)
            if any(one.action == "freeze" for one in list_evaluation_facts(session, period.key)):
                raise AlreadyFrozen("这个时段的评价结果已经冻结，不能再次冻结。")
            today = city_time(asking.at).date()
            rows = self._rows(session, period, today)
            body = {
                "method": method_body(method_of(self.formulas.in_force(period.last))),
                "objects": len(rows),
                "digest": digest_of({(one.kind, one.code): row_body(one) for one in rows}),
                "note": clean_text(note, "说明"),
            }
            return _add(session, "freeze", period, asking, body=body, rows=rows)

    def sign(self, period: Period, asking: Asking, note: str = "") -> EvaluationFact:
        """Sign what was frozen, with a note.

        :raises NotYourSignature: for other posts; NotFrozen; AlreadyFrozen when it is signed.
        """
        if asking.role not in MAY_SIGN:
            raise NotYourSignature("评价结果由领导签发。")
        with self.sessions.begin() as session:
            store.take_turns(session)
            facts = list_evaluation_facts(session, period.key)
            frozen = next((one for one in facts if one.action == "freeze"), None)
            if frozen is None:
                raise NotFrozen("请先冻结这个时段的评价结果，再签发。")
            if any(one.action == "sign" for one in facts):
                raise AlreadyFrozen("这个时段的评价结果已经签发。")
            body = {"frozen": frozen.seq, "digest": frozen.body["digest"], "note": clean_text(note, "说明")}
            return _add(session, "sign", period, asking, body=body)

    def _need_over(self, session: Session, period: Period, at: datetime) -> None:
        counted = find_counted(session)
        is_over = city_time(at).date() > period.last
        if not is_over or counted is None or city_time(counted.at).date() <= period.last:
            raise PeriodNotOver("时段结束并统计完成后才能冻结，请到期后再办。")

    def _rows(self, session: Session, period: Period, today: date) -> list[SheetRow]:
        evaluating = Evaluating.read(session, self.formulas, self.city.districts)
        tables = (evaluating.table(session, kind, period, today=today) for kind in KINDS)
        return [row_of(one) for table in tables for one in table.rows]


def digest_of(bodies: Mapping[tuple[str, str], Mapping[str, Any]]) -> str:
    """The digest of kept rows, by kind and code: by it they are told to be those that were frozen."""
    told = ({"kind": kind, "code": code, **body} for (kind, code), body in sorted(bodies.items()))
    return digest(*(canonical(one) for one in told))


def _add(
    session: Session,
    action: str,
    period: Period,
    asking: Asking,
    *,
    body: dict[str, Any],
    rows: Sequence[SheetRow] = (),
) -> EvaluationFact:
    seq, prev_hash = store.last_link(session)
    seq += 1
    fact = EvaluationFact(
        seq, asking.at, asking.person_id, asking.name, asking.role, action, period.key, body, prev_hash, b""
    )
    kept = {**fact.content(), "prev_hash": prev_hash, "hash": seal(fact.content(), prev_hash)}
    figures = [{"fact_seq": seq, "kind": one.kind, "code": one.code, "body": row_body(one)} for one in rows]
    store.add_fact(session, kept, figures)
    return list_evaluation_facts(session, period.key)[-1]


def find_fault(session: Session) -> int | None:
    """The place of the first fact of freezing that does not fit its chain or its figures; or None."""
    facts = list_evaluation_facts(session)
    broken = verify(one.entry() for one in facts)
    for one in facts:
        if one.action == "freeze" and one.body["digest"] != digest_of(list_figures(session, one.seq)):
            return one.seq if broken is None else min(broken, one.seq)
    return broken


def frozen_sheet(session: Session, fact: EvaluationFact, kind: str) -> Sheet:
    """The sheet of a kind as it was frozen."""
    bodies = {code: body for (_, code), body in list_figures(session, fact.seq, kind).items()}
    return sheet_from(kind, fact.body["method"], bodies)


def differences(frozen: Sheet, now: Sheet) -> list[Difference]:
    """Which objects' counts say something else now than when they were frozen."""
    before, after = ({row.code: row for row in sheet.rows} for sheet in (frozen, now))
    found = []
    for code in sorted({*before, *after}):
        then, today = before.get(code), after.get(code)
        told: Mapping[str, int] = then.counts if then else {}
        counts: Mapping[str, int] = today.counts if today else {}
        changed = {
            name: (told.get(name, 0), counts.get(name, 0))
            for name in sorted({*told, *counts})
            if told.get(name, 0) != counts.get(name, 0)
        }
        if changed:
            name = next(row.name for row in (today, then) if row is not None)
            frozen_total, total = (None if row is None else row.total for row in (then, today))
            found.append(Difference(frozen.kind, code, name, frozen_total, total, changed))
    return found
