"""The figures of the wall: asked at most once a second by each process, however many walls look.

What lasts longer is kept longer: usual days until midnight, hot grids half a minute, evaluation until it has
counted anew. All walls that ask at once wait for one answer instead of asking the database together.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from threading import Lock
from time import monotonic
from typing import TypeVar, cast

from sqlalchemy.orm import Session

from cases import at_a_glance
from cases.evaluation.figures import Evaluating, Figure
from cases.evaluation.formulas import Formulas
from cases.evaluation.reading import find_counted
from cases.filtering import TypeNames
from cases.rules.periods import Period
from cases.rules.scoring import Grade
from cases.rules.standings import Standing, standings
from cases.rules.usual_day import UsualDay, day_begins, earlier_days, sums_of, usual_day
from cases.summaries import CaseSummary
from gis_core.clock import city_time
from gis_core.db import Sessions
from grid.city import City
from grid.organisations import list_organisations
from grid.positions.city_rules import load_position_rules
from grid.reading import list_division_names
from web.wall_coverage import Week, read_week

T = TypeVar("T")

KEPT_S = 1.0
HOT_KEPT_S = 30.0
WEEK_KEPT_S = 600.0
RANKED_AGAIN_S = 60.0
"""The shortest time between two readings of evaluation: its sums are of whole days."""
HOT_SINCE = timedelta(days=7)
HOT_MOST = 60
DUE_ROWS = 10
OVERDUE_ROWS = 10
FIRST_DAY_OF_MONTH_SHOWN = 5
"""Until then the wall shows the month that ended, as the pages of evaluation do."""


@dataclass(frozen=True, slots=True)
class Names:
    """What divisions and organisations are called, by code; organisations by their short names."""

    divisions: Mapping[str, str]
    organisations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Departments and streets of a month in order, with the grades there are."""

    period: Period
    departments: tuple[Standing, ...]
    subdistricts: tuple[Standing, ...]
    grades: tuple[Grade, ...]
    small_sample: int


@dataclass(frozen=True, slots=True)
class Glance:
    """Everything a wall shows of an area, as of `at`."""

    at: datetime
    area: str
    open: dict[tuple[str, str], int]
    since: at_a_glance.SinceMidnight
    today: tuple[int, ...]
    usual: UsualDay
    next_due: tuple[CaseSummary, ...]
    overdue: tuple[CaseSummary, ...]
    overdue_by: list[at_a_glance.Overdue]
    hot: list[at_a_glance.HotGrid]
    ranking: Ranking | None

    @property
    def hours(self) -> float:
        """Hours since midnight, city time."""
        return (self.at - day_begins(self.at)).total_seconds() / 3600


class Kept:
    """Answers by question, each asked anew when it is older than its time; one asks, the others wait.

    At most `most` are kept, so that no row of strange questions fills the memory.
    """

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._lock = Lock()
        self._locks: dict[Hashable, Lock] = {}
        self._answers: dict[Hashable, tuple[float, object]] = {}

    def get(self, question: Hashable, ask: Callable[[], T], *, kept_s: float) -> T:
        """The answer as it was kept, or asked for now."""
        with self._lock:
            mine = self._locks.setdefault(question, Lock())
        with mine:
            asked_at, answer = self._answers.get(question, (float("-inf"), None))
            if monotonic() - asked_at > kept_s:
                answer = ask()
                self._keep(question, answer)
            return cast("T", answer)

    def _keep(self, question: Hashable, answer: object) -> None:
        with self._lock:
            self._answers.pop(question, None)
            self._answers[question] = (monotonic(), answer)
            while len(self._answers) > self._most:
                oldest = next(iter(self._answers))
                del self._answers[oldest]
                self._locks.pop(oldest, None)


class WallFigures:
    """Reads the figures of one process's walls."""

    def __init__(self, sessions: Sessions, city: City, types: TypeNames) -> None:
        self._sessions = sessions
        self._city = city
        self._types = types
        self._visit_rules = load_position_rules(city).visit_rules()
        self._kept = Kept()
        self._ranked: tuple[Hashable, Ranking | None] = ((), None)
        self.kept_s = KEPT_S

    def read(self, area: str, at: datetime, formulas: Formulas) -> Glance:
        """The figures of an area ("" for the city), at most a second old."""
        return self._kept.get(("glance", area), lambda: self._read(area, at, formulas), kept_s=self.kept_s)

    def hot_grids(self, at: datetime) -> list[at_a_glance.HotGrid]:
        """The unit grids with most reports of the last seven days, at most half a minute old."""

        def ask() -> list[at_a_glance.HotGrid]:
            with self._sessions() as session:
                return at_a_glance.list_hot_grids(session, since=at - HOT_SINCE, at=at, most=HOT_MOST)

        return self._kept.get("hot", ask, kept_s=HOT_KEPT_S if self.kept_s else 0.0)

    def week(self, at: datetime) -> Week:
        """Which grids were walked in seven days, at most ten minutes old."""
        kept_s = WEEK_KEPT_S if self.kept_s else 0.0
        return self._kept.get("week", lambda: read_week(self._sessions, self._visit_rules, at), kept_s=kept_s)

    def districts(self) -> list[at_a_glance.District]:
        """The districts of the city with their boxes; asked once an hour."""

        def ask() -> list[at_a_glance.District]:
            with self._sessions() as session:
                return at_a_glance.list_districts(session, self._city.districts)

        return self._kept.get("districts", ask, kept_s=3600.0)

    def names(self) -> Names:
        """Names of divisions and organisations; asked once an hour."""

        def ask() -> Names:
            with self._sessions() as session:
                short = {one.code: one.short_name or one.name for one in list_organisations(session)}
                return Names(list_division_names(session), short)

        return self._kept.get("names", ask, kept_s=3600.0)

    def _read(self, area: str, at: datetime, formulas: Formulas) -> Glance:
        usual = self._usual(area, at)
        hot = self.hot_grids(at)
        midnight = day_begins(at)
        with self._sessions() as session:
            reported = at_a_glance.count_by_hour(session, area, [midnight])[0]
            return Glance(
                at=at,
                area=area,
                open=at_a_glance.count_open(session, area, at=at),
                since=at_a_glance.read_since(session, area, midnight),
                today=sums_of(reported)[: int((at - midnight).total_seconds() // 3600) + 1],
                usual=usual,
                next_due=at_a_glance.list_next_due(session, area, at=at, most=DUE_ROWS, types=self._types),
                overdue=at_a_glance.list_overdue(session, area, at=at, most=OVERDUE_ROWS, types=self._types),
                overdue_by=at_a_glance.count_overdue(session, area, at=at),
                hot=[one for one in hot if one.code.startswith(area)],
                ranking=self._ranking(session, city_time(at).date(), formulas),
            )

    def _usual(self, area: str, at: datetime) -> UsualDay:
        def ask() -> UsualDay:
            with self._sessions() as session:
                return usual_day(at_a_glance.count_by_hour(session, area, earlier_days(at)))

        return self._kept.get(("usual", area, day_begins(at)), ask, kept_s=86_400.0 if self.kept_s else 0.0)

    def _ranking(self, session: Session, today: date, formulas: Formulas) -> Ranking | None:
        """The ranking of the month, read anew when more was counted, at most once a minute."""
        counted = find_counted(session)
        if counted is None:
            return None
        key = (counted.revision, today, formulas.version)
        if key == self._ranked[0]:
            return self._ranked[1]

        def ask() -> tuple[Hashable, Ranking | None]:
            return key, self._read_ranking(session, today, formulas)

        kept_s = RANKED_AGAIN_S if self.kept_s else 0.0
        self._ranked = self._kept.get(("ranking", today), ask, kept_s=kept_s)
        return self._ranked[1]

    def _read_ranking(self, session: Session, today: date, formulas: Formulas) -> Ranking:
        month = Period.holding("month", today)
        period = month if today.day >= FIRST_DAY_OF_MONTH_SHOWN else month.before()
        evaluating = Evaluating.read(session, formulas, self._city.districts)
        departments, subdistricts = (
            evaluating.table(session, kind, period, today=today) for kind in ("department", "subdistrict")
        )
        chosen = departments.formulas
        return Ranking(
            period=period,
            departments=standings(standing_of(one, chosen.small_sample) for one in departments.rows),
            subdistricts=standings(standing_of(one, chosen.small_sample) for one in subdistricts.rows),
            grades=tuple(sorted(chosen.grades, key=lambda one: -one.lower)),
            small_sample=chosen.small_sample,
        )


def standing_of(one: Figure, small_sample: int) -> Standing:
    """A row of evaluation as a wall ranks it: small when no denominator reaches the least sample."""
    n = max((score.denominator or 0 for score in one.result.scores), default=0)
    grade = one.result.grade
    return Standing(
        one.code, one.name, one.total, grade.code if grade else None, n, is_small=n < small_sample
    )
