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
from cases.evaluation.figures import Evaluating, Figure
from cases.evaluation.formulas import Formulas
from cases.evaluation.reading import EvaluationFact, find_counted, list_evaluation_facts, list_figures
from cases.rules.deciding import Asking
from cases.rules.evidence import clean_text
from cases.rules.periods import Period
from cases.rules.scoring import FormulaSet
from gis_core.clock import city_time
from gis_core.db import Sessions
from gis_core.errors import Conflict, NotAllowed, Refused
from gis_core.journal import canonical, seal, verify
from gis_core.digests import digest
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
            figures = self._figures(session, period, today)
            formulas = self.formulas.in_force(period.last)
            body = {
                "formulas": formulas.code,
                "version": formulas.version,
                "weights": {
                    family: {one.code: one.weight_pct for one in indicators}
                    for family, indicators in formulas.families.items()
                },
                "objects": len(figures),
                "digest": digest_of(figures),
                "note": clean_text(note, "说明"),
            }
            return _add(session, "freeze", period, body, asking, figures)

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
            return _add(session, "sign", period, body, asking, ())

    def _need_over(self, session: Session, period: Period, at: datetime) -> None:
        counted = find_counted(session)
        is_over = city_time(at).date() > period.last
        if not is_over or counted is None or city_time(counted.at).date() <= period.last:
            raise PeriodNotOver("时段结束并统计完成后才能冻结，请到期后再办。")

    def _figures(self, session: Session, period: Period, today: date) -> list[Figure]:
        evaluating = Evaluating.read(session, self.formulas, self.city.districts)
        return [row for kind in KINDS for row in evaluating.table(session, kind, period, today=today).rows]


def figure_body(one: Figure) -> dict[str, Any]:
    """A figure as it is kept: counts, total, grade, place, scores."""
    return {
        "name": one.name,
        "counts": dict(sorted(one.counts.items())),
        "total": None if one.total is None else round(one.total, 4),
        "grade": one.result.grade and one.result.grade.code,
        "place": one.place,
        "scores": {
            each.indicator.code: None if each.score is None else round(each.score, 4) for each in one.result.scores
        },
    }


def digest_of(figures: Sequence[Figure]) -> str:
    """A digest of figures, by which they are told to be those that were frozen."""
    return digest_of_bodies({(one.kind, one.code): figure_body(one) for one in figures})


def digest_of_bodies(bodies: Mapping[tuple[str, str], Mapping[str, Any]]) -> str:
    """The digest of kept figures."""
    return digest(*(canonical({"kind": kind, "code": code, **body}) for (kind, code), body in sorted(bodies.items())))


def _add(
    session: Session,
    action: str,
    period: Period,
    body: dict[str, Any],
    asking: Asking,
    figures: Sequence[Figure],
) -> EvaluationFact:
    seq, prev_hash = store.last_link(session)
    seq += 1
    fact = EvaluationFact(
        seq, asking.at, asking.person_id, asking.name, asking.role, action, period.key, body, prev_hash, b""
    )
    row = {**fact.content(), "prev_hash": prev_hash, "hash": seal(fact.content(), prev_hash)}
    rows = [{"fact_seq": seq, "kind": one.kind, "code": one.code, "body": figure_body(one)} for one in figures]
    store.add_fact(session, row, rows)
    return list_evaluation_facts(session, period.key)[-1]


def find_fault(session: Session) -> int | None:
    """The place of the first fact of freezing that does not fit its chain or its figures; None when all do."""
    facts = list_evaluation_facts(session)
    broken = verify(one.entry() for one in facts)
    for one in facts:
        if one.action == "freeze" and one.body["digest"] != digest_of_bodies(list_figures(session, one.seq)):
            return one.seq if broken is None else min(broken, one.seq)
    return broken


def differences(frozen: Mapping[tuple[str, str], Mapping[str, Any]], rows: Sequence[Figure]) -> list[Difference]:
    """Which objects say something else now than when they were frozen; `rows` are of the same kinds."""
    now = {(one.kind, one.code): one for one in rows}
    found = []
    for key in sorted({*frozen, *now}):
        before: Mapping[str, Any] = frozen.get(key, {})
        one = now.get(key)
        counts: Mapping[str, int] = one.counts if one else {}
        told: Mapping[str, int] = before.get("counts", {})
        changed = {
            name: (told.get(name, 0), counts.get(name, 0))
            for name in sorted({*told, *counts})
            if told.get(name, 0) != counts.get(name, 0)
        }
        if changed:
            name = one.name if one else str(before.get("name", key[1]))
            found.append(Difference(*key, name, before.get("total"), one.total if one else None, changed))
    return found


def formulas_of(fact: EvaluationFact, formulas: Formulas) -> FormulaSet | None:
    """The set by which a period was frozen, when the file still has just that version."""
    return next((s for s in formulas.sets if (s.code, s.version) == (fact.body["formulas"], fact.body["version"])), None)
