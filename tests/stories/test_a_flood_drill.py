"""A drill is played unattended through the pages, from rain to archive; only its waiting is left out."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from emergency.incidents.reading import get_incident, list_facts
from emergency.measurements.watching import Watching
from emergency.plan_files import load_plans
from emergency.resources.operations import Resources
from emergency.response.reading import list_activations, list_to_activate
from emergency.response.store import add_version
from emergency.rules.plans.asking import asked_by
from emergency.rules.plans.proposing import propose
from emergency.rules.resources import read_details
from tests.case_city import baoji
from tests.resource_city import register, resource
from web.drills.playing import Drill
from web.drills.posts import DrillStuck
from web.drills.script import NoSuchDrill, Script, list_scripts, load_script
from web.drills.staging import open_stage

INSTRUMENTS = {
    "益门镇站": ("gauge", {"measures": "流量、水位"}),
    "林家村站": ("gauge", {"measures": "流量、水位"}),
    "雨量站1（示意）": ("gauge", {"measures": "雨量", "areas": "610302"}),
    **{
        f"有毒气体探测器{n}（示意）": ("sensor", {"what": "有毒气体探测器", "areas": "610302"})
        for n in (1, 2, 3)
    },
}


@pytest.fixture
def play(served, wiring, clock):
    """Plays a script in the city's own time: where it would wait, the clock goes on and the worker looks."""
    instruments = [
        replace(resource(f"I-{n}", "gauge", name=name), kind=kind, details=read_details(kind, details))
        for n, (name, (kind, details)) in enumerate(INSTRUMENTS.items())
    ]
    register(Resources(wiring.sessions, wiring.plane), *instruments)
    with wiring.sessions.begin() as session:
        for plan in load_plans(baoji()):
            add_version(session, plan, by="系统", at=clock.now())
    watching = Watching(wiring.sessions, wiring.plane, wiring.situations, wiring.incidents.notices)

    def rest(seconds):
        clock.at += timedelta(seconds=seconds)

    def begin(script, speed=1.0, look=lambda _: None):
        script = load_script(baoji(), script) if isinstance(script, str) else script
        drill = Drill(script, open_stage(baoji(), served, clock), speed, rest=rest)

        def told(at, _):
            watching.sweep(at)
            look(at)

        drill.told = told
        drill.run()
        return drill

    return begin


def facts_of(wiring, drill):
    with wiring.sessions() as session:
        incident = get_incident(session, wiring.plane, drill.incident_no)
        return incident, list_facts(session, incident.id), list_activations(session, incident.id)


@pytest.mark.timeout(300)
def test_the_flood_of_2024_is_played_from_rain_to_archive_and_nobody_outside_is_told(play, wiring, visit):
    drill = play("qingjiang_flood_2024")
    incident, facts, responses = facts_of(wiring, drill)
    assert (incident.is_drill, incident.state.stage, incident.state.toll.moved) == (True, "closed", 1289)
    assert [one.action for one in facts].count("activate") == 1
    assert [(one.response_level, one.is_drill) for one in responses] == [(2, True)]
    changes = [fact.body["changes"] for fact in facts[1:]]
    levels = [one["response_level"] for one in changes if "response_level" in one]
    assert levels == [3, 2, None]
    assert any("823户1289人" in fact.text for fact in facts)
    public = visit()
    assert "暴雨" not in public.get("/warnings").text
    assert "<entry>" not in public.get("/warnings/feed.atom").text
    with wiring.sessions() as session:
        titles = "SELECT words->'zh'->>'title' FROM cases.notice WHERE topic = 'incident'"
        told = session.scalars(text(titles)).all()
        sent = session.scalar(text("SELECT count(*) FROM cases.delivery"))
        alarms = session.scalars(text("SELECT DISTINCT kind FROM emergency.alarm WHERE is_drill")).all()
    assert [title for title in told if "中断报数" not in title] == []  # of the real gauges, which say nothing
    assert sent == 0
    assert "proposal" in alarms


@pytest.mark.timeout(300)
def test_the_chlorine_leak_begins_with_detectors_and_ends_in_the_archive(play, wiring):
    drill = play("chlorine_waterworks")
    incident, facts, _ = facts_of(wiring, drill)
    assert (incident.incident_no[:2], incident.state.stage) == ("YL", "closed")
    assert incident.state.toll.moved == 180
    assert {fact.body["task"]["state"] for fact in facts if "task" in fact.body} == {"accepted", "done"}


RAIN_MM = (6,) * 10 + (20,) * 4 + (0,) * 12
"""What falls in each hour: little for long, then much, then nothing."""
RAIN = Script(
    name="降雨",
    version="drill-1",
    status="assumed",
    source="测试",
    injects=[
        {"at": f"{hour + 1}:00", "do": "readings", "say": "降雨", "status": "assumed",
         "readings": [{"instrument": "雨量站1（示意）", "measure": "rain_mm", "value": mm, "minutes": 60}]}
        for hour, mm in enumerate(RAIN_MM)
    ],
)  # fmt: skip


@pytest.mark.timeout(300)
def test_a_drill_proposes_the_same_levels_at_the_same_hours_however_fast_it_is_played(play, wiring):
    def levels_at(speed):
        levels = []

        def look(at):
            with wiring.sessions() as session:
                (plan,) = [
                    one.plan for one in list_to_activate(session, is_drill=False) if one.head.code == "BJ-FX"
                ]
                known = wiring.situations.known_at(session, at, asked_by([plan]), is_drill=True)
            levels.append(propose(plan, known, None).level)

        play(RAIN, speed, look)
        return levels

    slow, fast = levels_at(1.0), levels_at(900.0)
    assert slow == fast
    assert (slow[0], slow[8], slow[13], slow[-1]) == (None, 4, 2, None)


def test_a_drill_that_a_page_refuses_stops_and_says_where(served, clock):
    script = load_script(baoji(), "chlorine_waterworks")
    stage = open_stage(baoji(), served, clock)
    with pytest.raises(DrillStuck, match="/duty/gauges/"):
        Drill(script, stage, rest=lambda _: None).run()


def test_a_drill_that_nobody_wrote_is_not_played():
    with pytest.raises(NoSuchDrill, match="qingjiang_flood_2024"):
        load_script(baoji(), "../city")


@pytest.mark.parametrize("name", list_scripts(baoji().folder / "drills"))
def test_every_script_says_what_it_rests_on(name):
    script = load_script(baoji(), name)
    assert {one.status for one in script.injects} <= {"sourced", "assumed"}
    assert all(one.source for one in (*script.injects, *script.facts) if one.status == "sourced")
