"""Plays a day: reports at their hours, people at their posts, all in the time of the server, only faster.

What the server knows is the truth: each post asks for its list as a person would look at it, so a day can be
stopped and begun again, and people may act in between.
"""

import heapq
import random
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from time import monotonic, sleep
from uuid import uuid4

from cases.sample_cases.pictures import sample_picture
from gis_core.clock import Clock
from web.live_day.accounts import Account, Answer
from web.live_day.day import Report
from web.live_day.posts import TURNS, Case, Turn, Ways, has_answer
from web.live_day.walking import EVERY_S, Degrees, Walker, own_grids

LOOKED_EVERY_S = 120.0
"""So often a post looks at its list, in seconds of the day that is played."""
SHORTEST_LOOK_S = 4.0
MOST_LISTED, MOST_REMEMBERED = 200, 50_000
NEAR_M_IN_DEGREES = 0.0002

Act = Callable[[], None]


@dataclass(slots=True)
class Stage:
    """Where the play is given: people, components by type with code and place, how fast the day goes."""

    accounts: Sequence[Account]
    components: dict[str, list[tuple[str, Degrees]]]  # by type: code and place
    ways: Ways
    speed: float
    clock: Clock
    walks: bool = True
    grids: Mapping[Degrees, str] = field(default_factory=dict)  # the responsibility grid of each place

    def of(self, role: str) -> list[Account]:
        """Everybody of a post."""
        return [account for account in self.accounts if role in account.roles]

    @property
    def places(self) -> list[Degrees]:
        """Every place that is known."""
        return [place for its in self.components.values() for _, place in its]


@dataclass(slots=True)
class Play:
    """A day under way."""

    stage: Stage
    told: Callable[[str], None] = lambda _: None
    now: Callable[[], float] = monotonic
    rest: Callable[[float], None] = sleep
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    _due: list[tuple[float, int, Act]] = field(default_factory=list)
    _turn: "count[int]" = field(default_factory=count)
    _seen: "OrderedDict[tuple[str, str, int], None]" = field(default_factory=OrderedDict)

    def run(self, day: Sequence[Report], *, first_s: float, length_s: float) -> None:
        """Play a part of a day of `length_s` seconds that begins `first_s` after midnight; blocks."""
        began = self.now()
        for report in day:
            self._at(began + (report.at_s - first_s) / self.stage.speed, self._reporting(report))
        for turn in TURNS:
            for account in self.stage.of(turn.role):
                self._at(began, self._looking(account, turn))
        if self.stage.walks and self.stage.places:
            for account in self.stage.of("inspector"):
                self._set_out(account, began)
        end = began + length_s / self.stage.speed
        while self._due and self._due[0][0] <= end:
            due, _, act = heapq.heappop(self._due)
            if due > self.now():
                self.rest(due - self.now())
            act()

    def _at(self, due: float, act: Act) -> None:
        heapq.heappush(self._due, (due, next(self._turn), act))

    def _again(self, every_s: float, act: Act) -> None:
        self._at(self.now() + every_s, act)

    def _reporting(self, report: Report) -> Act:
        def act() -> None:
            role = "inspector" if report.by == "inspector" else "operator"
            account = self.stage.ways.lots.choice(self.stage.of(role))
            self._keep("report", self._report(account, report))

        return act

    def _report(self, account: Account, report: Report) -> Answer:
        lots, habit = self.stage.ways.lots, report.habit
        of_type = self.stage.components.get(habit.type_code) or []
        code, (lon, lat) = lots.choice(of_type) if of_type else ("", lots.choice(self.stage.places))
        if not of_type:
            lon, lat = (at + lots.gauss(0, NEAR_M_IN_DEGREES) for at in (lon, lat))
        sent = {
            "client_id": str(uuid4()), "kind": habit.kind, "type_code": habit.type_code,
            "lon": lon, "lat": lat, "description": report.words, "is_sample": True,
        }  # fmt: skip
        if habit.kind == "component":
            sent |= {"component_code": code, "position_source": "component"}
        if report.by == "caller":
            return account.post("/api/v1/reports", sent | {"source": "hotline", "contact_name": "示意来电人"})
        photos = {
            "photos_near": sample_picture("problem", "near"),
            "photos_far": sample_picture("problem", "far"),
        }
        where = {"own_lon": lon, "own_lat": lat, "own_accuracy_m": 9}
        return account.post_form("/api/v1/reports/with-photos", sent | where, photos)

    def _looking(self, account: Account, turn: Turn) -> Act:
        every_s = max(SHORTEST_LOOK_S, LOOKED_EVERY_S / self.stage.speed)

        def act() -> None:
            asked = {"stage": turn.stage, "order": "urgent", "limit": MOST_LISTED}
            listed = account.get("/api/v1/cases", **asked)
            for case in listed.body["cases"] if listed.is_well else ():
                self._take_up(account, turn, case)
            self._again(every_s, act)

        return act

    def _take_up(self, account: Account, turn: Turn, case: Case) -> None:
        """Begin on a case that nobody has begun on; an inspector or a department sees its own only."""
        is_task = turn.role == "inspector"  # who reported a case sees it, too, but only one person answers
        mark = (case["case_no"], f"{turn.stage} {account.login if is_task else ''}", case["revision"])
        if not case["is_synthetic"] or mark in self._seen:
            return
        self._seen[mark] = None
        while len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)
        if is_task and not has_answer(account, case):
            return
        takes_s = turn.takes_s(self.stage.ways.lots, account) / self.stage.speed
        self._again(takes_s, lambda: self._keep(turn.stage, turn.do(self.stage.ways, account, case)))

    def _keep(self, what: str, answer: Answer) -> None:
        if answer.is_well:
            self.done[what] += 1
        else:
            self.refused[answer.code] += 1
        self.told(what)

    def _set_out(self, account: Account, began: float) -> None:
        pace_mps = 1.3 * self.stage.speed
        lots = random.Random(account.login)  # noqa: S311  # a play, no secret
        own = own_grids(account)
        if own is None:
            return
        places = [place for place in self.stage.places if self.stage.grids.get(place) in own]
        walker = Walker(account, places or self.stage.places, lots, pace_mps, self.stage.clock)
        if not walker.go_on_duty():
            return

        def act() -> None:
            walker.walk(EVERY_S)
            walker.tell()
            self.done["position"] += 1
            self._again(EVERY_S, act)

        self._at(began, act)
