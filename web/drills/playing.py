"""Plays a drill: each inject at its time, by whoever does it, through the same pages that people use."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import sleep
from uuid import uuid4

from emergency.rules.plans.document import RESPONSE_NAMES
from gis_core.clock import Clock, city_time
from web.drills.posts import AtWork, Board, DrillStuck, task_forms
from web.drills.script import (
    Act,
    Call,
    Close,
    Expect,
    Inject,
    Readings,
    Report,
    Respond,
    Script,
    StandDown,
    Tasks,
    Warn,
)

MARK = "【演练】"


@dataclass(slots=True)
class Stage:
    """Who takes part: people by post, departments by organisation."""

    posts: Mapping[str, AtWork]
    departments: Mapping[str, AtWork]
    clock: Clock


@dataclass(slots=True)
class Drill:
    """A drill under way; `incident_no` is empty until the first call."""

    script: Script
    stage: Stage
    speed: float = 1.0
    told: Callable[[datetime, Inject], None] = lambda *_: None
    rest: Callable[[float], None] = sleep
    incident_no: str = ""
    done: list[str] = field(default_factory=list)
    _began: datetime = field(init=False)
    _now: datetime = field(init=False)

    def run(self) -> None:
        """Play it to its end; blocks.

        :raises DrillStuck: when a form is refused, or a page does not say what it must.
        """
        self._began = self.stage.clock.now()
        for n, inject in enumerate(self.script.injects):
            due = self._began + inject.at / self.speed
            if (wait_s := (due - self.stage.clock.now()) / timedelta(seconds=1)) > 0:
                if n:
                    self._show(self._now, self.speed, until=self._began + inject.at)
                self.rest(wait_s)
            self._now = self._began + inject.at
            self._show(self._now, 0.0, begins=n == 0)
            self._play(inject)
            self.done.append(inject.say)
            self.told(self.stage.clock.now(), inject)
        self._show(self._now, 1.0)

    def _show(
        self, shows: datetime, speed: float, *, until: datetime | None = None, begins: bool = False
    ) -> None:
        """Tell the city what time it is in the scenario: it stands still while an inject is played."""
        sent = {"shows": shows.isoformat(), "speed": f"{speed:g}", "begins": "true" if begins else "false"}
        sent |= {"until": until.isoformat()} if until else {}
        self._officer().fill_in("/duty/watch/clock", sent)

    def _play(self, inject: Inject) -> None:
        match inject:
            case Readings():
                self._speak(inject)
            case Call():
                self._call(inject)
            case Act():
                self._step(inject.by, inject.action, inject.fields)
            case Warn():
                self._warn(inject)
            case Report():
                self._report(inject)
            case Respond():
                self._respond(inject)
            case Tasks():
                self._take_tasks(inject)
            case Close():
                self._close(inject)
            case StandDown():
                self._step("commander", "response/stand-down", {"why": inject.why, "ends": "1"})
            case Expect():
                self._expect(inject)

    def _officer(self) -> AtWork:
        return self.stage.posts["duty_officer"]

    def _speak(self, inject: Readings) -> None:
        for one in inject.readings:
            at = city_time(self._now - timedelta(minutes=one.ago_min)).isoformat()
            sent = {"measure": one.measure, "value": f"{one.value}", "at": at, "drill": "true"}
            sent |= {"minutes": f"{one.minutes}"} if one.minutes else {}
            self._officer().fill_in(f"/duty/gauges/{one.instrument}", sent)

    def _call(self, inject: Call) -> None:
        now = city_time(self.stage.clock.now())
        fields = {"received_at": f"{now:%Y-%m-%dT%H:%M}", **_texts(inject.fields)}
        if self.incident_no:
            self._step("duty_officer", "add_call", fields)
            return
        opening = {"client_id": str(uuid4()), "is_drill": "true", "anyway": "true", "source": "drill"}
        went = self._officer().fill_in("/duty/new", opening | fields)
        found = re.search(r"/incidents/(\w+)", went)
        if not found:
            raise DrillStuck("首报没有登记成功，演练停止。请查看值班台。")
        self.incident_no = found[1]

    def _warn(self, inject: Warn) -> None:
        ends = city_time(self.stage.clock.now()) + timedelta(hours=24)
        sent = {
            "client_id": str(uuid4()),
            "do": "publish",
            "drill": self.script.name,
            "expires": f"{ends:%Y-%m-%dT%H:%M}",
            **_texts(inject.fields),
        }
        self._officer().fill_in("/duty/warnings/new", sent)

    def _report(self, inject: Report) -> None:
        for lon, lat in inject.places:
            sent = {
                "client_id": str(uuid4()), "kind": "matter", "type_code": inject.type_code, "lon": lon,
                "lat": lat, "description": MARK + inject.say, "source": "hotline", "contact_name": MARK,
                "is_sample": True, "is_drill": True,
            }  # fmt: skip
            answer = self.stage.posts["operator"].account.post("/api/v1/reports", sent)
            if not answer.is_well:
                raise DrillStuck(f"案件没有报上：{answer.code}。演练停止。")

    def _step(self, post: str, action: str, fields: Mapping[str, object]) -> None:
        sent = {"revision": self._revision(), **_texts(fields)}
        self.stage.posts[post].fill_in(f"/incidents/{self.incident_no}/{action}", sent)

    def _revision(self) -> str:
        """The revision that a page drawn now would carry."""
        answer = self._officer().account.get("/api/v1/incidents", no=self.incident_no)
        return str(answer.body["features"][0]["properties"]["revision"]) if answer.is_well else "0"

    def _board(self) -> Board:
        return Board(self.stage.posts["commander"].look(f"/incidents/{self.incident_no}/response"))

    def _respond(self, inject: Respond) -> None:
        board = self._board()
        if missing := [code for code in inject.plans if code not in board.plans]:
            raise DrillStuck(f"预案 {'、'.join(missing)} 不在可启动之列，演练停止。请运行 citygrid seed。")
        levels = {f"level_{board.plans[code]}": level for code, level in inject.plans.items()}
        self._step("commander", f"response/{inject.do}", levels | dict(inject.fields))

    def _take_tasks(self, inject: Tasks) -> None:
        """Departments with an account do it on their own page; for others the commander writes it down."""
        base = f"/incidents/{self.incident_no}/response/tasks"
        offered = task_forms(self._board().text, base, inject.action)
        left = inject.most
        for department in self.stage.departments.values():
            page = department.look("/department/tasks")
            own = task_forms(page, "/department/tasks", inject.action)
            for task in [task for task in own if task in offered][: max(left, 0)]:
                sent = {"state": own[task], "words": inject.words}
                department.fill_in(f"/department/tasks/{task}/{inject.action}", sent)
                del offered[task]
                left -= 1
        for task, state in list(offered.items())[: max(left, 0)]:
            sent = {"state": state, "words": inject.words or "电话报告"}
            self.stage.posts["commander"].fill_in(f"{base}/{task}/{inject.action}", sent)

    def _close(self, inject: Close) -> None:
        ends = city_time(self.stage.clock.now()) + timedelta(hours=inject.hours)
        corners = "\n".join(f"{lon}, {lat}" for lon, lat in inject.corners)
        sent = {"name": inject.name, "why": inject.say, "drawn": inject.drawn, "vertices": corners}
        ending = {"client_id": str(uuid4()), "ends_at": f"{ends:%Y-%m-%dT%H:%M}"}
        self._officer().fill_in(f"/incidents/{self.incident_no}/roads/close", sent | ending)

    def _expect(self, inject: Expect) -> None:
        wanted = RESPONSE_NAMES[inject.level]
        if self.incident_no:
            said = self._board().card_of(inject.plan)
        else:
            cards = self._officer().look("/duty/watch?drill=true").split('<li class="proposed">')
            said = next((card for card in cards[1:] if f"/duty/plans/{inject.plan}" in card), "")
        if not re.search(rf"建议(启动|提升为|保持){wanted}", said):
            raise DrillStuck(f"预案 {inject.plan} 没有建议{wanted}：{inject.say}。演练停止。")


def _texts(fields: Mapping[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items()}
