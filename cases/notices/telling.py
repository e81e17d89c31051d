"""From a step to its notices: who hears of it and in which words; called once in the step's transaction."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cases.notices.store import HookBody, Notice, tell
from cases.notices.wording import FOLLOW, MERGED, Language, NoticeBook
from cases.private_places import COMMUNITY_DIGITS
from cases.rules.deciding import Asking, CaseState, Decision
from cases.rules.reasons import OTHER, REASONS
from cases.rules.stages import CLOCK_NAMES, ROLE_NAMES, STAGE_NAMES
from cases.rules.telling import Hearer, Topic, hearers, holders
from cases.rules.worktime import day_text
from gis_core.clock import city_time
from grid.catalogue import Catalogue

TOPIC_OF_LEVEL: Mapping[int, Topic] = {1: "at_risk", 2: "overdue"}
_LEADER = Hearer("overdue", "post", post="leader")


@dataclass(frozen=True, slots=True)
class Subject:
    """The case that is told of: what never changes and no rule looks at."""

    case_id: int
    seq: int
    place_text: str
    unit_grid_code: str


@dataclass(frozen=True, slots=True)
class Teller:
    """Makes notices in the words of the city; safe to share between threads."""

    book: NoticeBook
    type_names: Mapping[tuple[str, str], tuple[str, str]]
    departments: Mapping[str, str]
    private_types: Set[tuple[str, str]] = frozenset()

    @classmethod
    def of(
        cls,
        book: NoticeBook,
        catalogue: Catalogue,
        departments: Mapping[str, str],
        private_types: Set[tuple[str, str]],
    ) -> "Teller":
        """A teller that knows the types of the catalogue in both languages, and whose place is private."""
        names: dict[tuple[str, str], tuple[str, str]] = {
            (one.kind, one.code): (one.name, one.name_en) for one in catalogue.types
        }
        return cls(book, names, departments, private_types)

    def tell_step(
        self, session: Session, subject: Subject, before: CaseState | None, decision: Decision, asking: Asking
    ) -> None:
        """Tell of a step that is being written; nothing is told unless the transaction commits."""
        edge, state = decision.edge, decision.state
        told = hearers(edge, before, state)
        values = self._values(subject, state) | self._of_step(before, decision, asking)
        is_merged = state.merged_into is not None and edge.end is not None
        spoken = MERGED if is_merged else edge.action
        notices = self._notices(
            subject, told, edge.action, values, asking.at, by=asking.person_id, spoken=spoken
        )
        tell(session, notices, [self._hook_body(subject, before, decision, asking)], at=asking.at)

    def words_of_following(self, kind: str, type_code: str, at: datetime) -> dict[str, dict[str, str]]:
        """What confirms to a reporter that messages about the case arrive."""
        zh, en = self.type_names.get((kind, type_code), (type_code, type_code))
        return self.book.words(
            city_time(at).date(), "public", FOLLOW, {"zh": {"type": zh}, "en": {"type": en}}
        )

    def alarms_of(
        self, rows: Iterable[Mapping[str, Any]], at: datetime
    ) -> tuple[list[Notice], list[HookBody]]:
        """What is told of clocks: to whoever has the case, and of an overdue one to leaders, too."""
        notices: list[Notice] = []
        bodies: list[HookBody] = []
        for row in rows:
            topic = TOPIC_OF_LEVEL[row["level"]]
            subject = Subject(row["id"], row["revision"], row["place_text"], row["unit_grid_code"])
            state = _state_of(row)
            told = (*holders(state, topic), *((_LEADER,) if topic == "overdue" else ()))
            values = self._values(subject, state) | {
                "clock": (CLOCK_NAMES[row["clock"]], self._english("clocks", row["clock"])),
                "due": _moment(row["stage_due_at"]),
            }
            notices += self._notices(subject, told, topic, values, at)
            facts = {"clock": row["clock"], "due_at": row["stage_due_at"].isoformat()}
            bodies.append(HookBody(subject.case_id, topic, self._codes(subject, topic, state, at) | facts))
        return notices, bodies

    def _notices(
        self,
        subject: Subject,
        told: Iterable[Hearer],
        occasion: str,
        values: Mapping[str, tuple[str, str]],
        at: datetime,
        *,
        by: int | None = None,
        spoken: str = "",
    ) -> list[Notice]:
        """The notices of one occasion; `spoken` is what the reporter is told of where it is another."""
        on = city_time(at).date()
        by_language: dict[Language, dict[str, str]] = {
            "zh": {name: zh for name, (zh, _) in values.items()},
            "en": {name: en for name, (_, en) in values.items()},
        }
        return [
            Notice(
                subject.case_id, subject.seq, at, occasion, self._aloud(hearer, occasion),
                self.book.words(on, hearer.topic, self._spoken(hearer, occasion, spoken), by_language), by,
            )
            for hearer in told
        ]  # fmt: skip

    @staticmethod
    def _spoken(hearer: Hearer, occasion: str, spoken: str) -> str:
        return spoken if spoken and hearer.audience == "public" else occasion

    def _aloud(self, hearer: Hearer, occasion: str) -> Hearer:
        """The reporter reads of some steps on the page of the case, and gets no message."""
        is_quiet = hearer.audience == "public" and occasion in self.book.file.page_only
        return Hearer("quiet", "public") if is_quiet else hearer

    def _values(self, subject: Subject, state: CaseState) -> dict[str, tuple[str, str]]:
        code = state.department_code or ""
        department = self.departments.get(code, code)
        place = subject.place_text or f"单元网格 {subject.unit_grid_code}"
        return {
            "type": self.type_names.get((state.kind, state.type_code), (state.type_code, state.type_code)),
            "place": (place, subject.place_text or f"unit grid {subject.unit_grid_code}"),
            "stage": (STAGE_NAMES[state.stage], self._english("stages", state.stage)),
            "department": (department, department),
        }

    def _of_step(
        self, before: CaseState | None, decision: Decision, asking: Asking
    ) -> dict[str, tuple[str, str]]:
        edge, state, body = decision.edge, decision.state, decision.body
        code = body.get("reason_code", OTHER)
        why = REASONS.get(edge.action, {}).get(code, "") if code != OTHER else ""
        words = str(body.get("reason") or body.get("text") or body.get("note") or "")
        note = "：".join(part for part in (why, words) if part)
        running, case_clock = state.stage_running, state.clocks.get("case")
        until = state.suspended_until or (case_clock.due_at if case_clock else None)
        helper = str(body.get("helper", ""))
        department = state.department_code or (before and before.department_code) or ""
        return {
            "step": (edge.label, self._english("steps", edge.action)),
            "by": (ROLE_NAMES.get(asking.role, asking.role), self._english("posts", asking.role)),
            "due": _moment(running.due_at if running else None),
            "note": (note, note),
            "why": (why, self.book.file.english.reasons.get(code, "") if why else ""),
            "until": _moment(until),
            "helper": (self.departments.get(helper, helper),) * 2,
            "into": (state.merged_into or "",) * 2,
            "department": (self.departments.get(department, department),) * 2,
        }

    def _english(self, kind: str, code: str) -> str:
        names: dict[str, str] = getattr(self.book.file.english, kind)
        return names.get(code, code.replace("_", " "))

    def _hook_body(
        self, subject: Subject, before: CaseState | None, decision: Decision, asking: Asking
    ) -> HookBody:
        action = decision.edge.action
        codes = self._codes(subject, action, decision.state, asking.at)
        return HookBody(subject.case_id, action, codes | {"from_stage": before and before.stage})

    def _codes(self, subject: Subject, occasion: str, state: CaseState, at: datetime) -> dict[str, Any]:
        """What another system is told: nobody's words, names or telephones.

        Of private types it hears the community and no unit grid, as the public does (`publishing`).
        """
        is_private = (state.kind, state.type_code) in self.private_types
        return {
            "event": occasion,
            "seq": subject.seq,
            "at": at.isoformat(),
            "stage": state.stage,
            "kind": state.kind,
            "type_code": state.type_code,
            "unit_grid_code": None if is_private else subject.unit_grid_code,
            "community_code": subject.unit_grid_code[:COMMUNITY_DIGITS],
            "department_code": state.department_code,
        }


def _moment(moment: datetime | None) -> tuple[str, str]:
    if moment is None:
        return "", ""
    return day_text(moment), f"{city_time(moment):%d %b %H:%M}"


def _state_of(row: Mapping[str, Any]) -> CaseState:
    """As much of a case's state as says who has it."""
    names = (
        "stage", "kind", "type_code", "reported_at", "stage_since", "department_code", "crew_id",
        "inspector_id", "is_ask_endorsed",
    )  # fmt: skip
    return CaseState(**{name: row[name] for name in names})
