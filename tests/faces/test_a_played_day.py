"""A day is played against a real server, as `citygrid demo live` does; only its waiting is left out."""

import random
from dataclasses import replace
from uuid import uuid4

import pytest
from sqlalchemy import text

from grid.catalogue import Catalogue
from grid.organisations import read_demo_people
from tests.case_city import JINGER_ROAD, baoji
from tests.face_city import report_of
from web.live_day import playing
from web.live_day.accounts import Account, NoDemonstration, NoSuchServer
from web.live_day.day import draw_day
from web.live_day.playing import Play, Stage
from web.live_day.posts import Ways
from web.live_day.walking import own_grids

THERE = ("inspector1", "inspector2", "operator1", "chief1", "dispatcher1", "jt-hw")
PLACE = (JINGER_ROAD.lon_deg, JINGER_ROAD.lat_deg)


class Hasty:
    """A clock for the play that goes as far as it is told to wait."""

    def __init__(self):
        self.at = 0.0

    def now(self):
        return self.at

    def rest(self, seconds):
        self.at += seconds


@pytest.fixture
def play(served, clock, lots):
    """A day of matters at one place, with everybody signed in."""
    demo = read_demo_people(baoji())
    people = [Account(served, p.login, tuple(p.roles)) for p in demo.people if p.login in THERE]
    for one in people:
        one.sign_in(demo.password)
    catalogue = Catalogue.load(baoji(), clock.now().date())
    stage = Stage(people, {"": [("", PLACE)]}, Ways(lots, catalogue), 600.0, clock, walks=False)
    hasty = Hasty()
    return Play(stage, now=hasty.now, rest=hasty.rest)


@pytest.fixture
def lots():
    """Lots that are drawn the same each time."""
    return random.Random(5)


@pytest.mark.timeout(300)
def test_reports_of_a_morning_are_handled_to_their_end(play, wiring):
    day = draw_day(reports=30, month=9, hours=(8, 12), seed=2, types=[("matter", "06010")])
    play.run(day, first_s=8 * 3600, length_s=16 * 3600)
    with wiring.sessions() as session:
        stages = session.execute(text('SELECT stage, is_synthetic FROM cases."case"')).all()
    assert len(stages) == len(day) > 4
    assert {stage for stage, _ in stages} <= {"closed", "declined"}
    assert all(is_synthetic for _, is_synthetic in stages)
    assert not play.refused


def test_inspectors_walk_their_own_grids_on_duty(play, wiring, monkeypatch):
    inspector = next(one for one in play.stage.accounts if one.login == "inspector1")
    assert own_grids(inspector) == frozenset()  # nobody of this city has grids yet
    monkeypatch.setattr(playing, "own_grids", lambda _: frozenset({"own"}))
    away = (PLACE[0] + 0.01, PLACE[1])
    stage = replace(play.stage, components={"": [("", PLACE), ("", away)]}, walks=True, grids={PLACE: "own"})
    replace(play, stage=stage).run([], first_s=8 * 3600, length_s=3600)
    with wiring.sessions() as session:
        asked = "SELECT count(*), max(abs(easting_m - :x)) FROM grid.mover_place WHERE mover_key = :key"
        here = wiring.plane.to_plane(JINGER_ROAD)
        key = inspector.get("/api/v1/duty").body["mover"]
        n, away_m = session.execute(text(asked), {"x": here.easting_m, "key": key}).one()
    assert (n, away_m < 1) == (1, True)


def test_what_people_reported_is_left_to_people(play, browser, wiring):
    browser.post("/api/v1/reports", json=report_of())
    play.run([], first_s=0, length_s=3600)
    with wiring.sessions() as session:
        assert session.execute(text('SELECT stage FROM cases."case"')).scalar_one() == "reported"


def test_a_server_without_the_demonstration_is_refused(served):
    with pytest.raises(NoDemonstration):
        Account(served, "operator1", ("operator",)).sign_in("not the password")


def test_an_address_where_nobody_answers_is_refused():
    with pytest.raises(NoSuchServer):
        Account("http://127.0.0.1:9", "operator1", ("operator",)).sign_in("any")


def test_whom_a_step_may_be_given_to_is_told_to_who_may_take_it(signed_in):
    operator = signed_in("operator1")
    report = report_of(client_id=str(uuid4()))
    case_no = operator.post("/api/v1/reports", json=report).json()["case_no"]
    told = operator.get(f"/api/v1/cases/{case_no}/assignees").json()
    assert {one["name"] for one in told["inspectors"]} > {"监督员甲", "监督员乙"}
    chief = signed_in("chief1").get(f"/api/v1/cases/{case_no}/assignees").json()
    assert chief == {"inspectors": [], "crews": []}


def test_only_accounts_of_the_demonstration_report_samples(signed_in, browser):
    operator = signed_in("operator1")
    drawn, real = (
        one.post("/api/v1/reports", json=report_of(client_id=str(uuid4()), is_sample=True)).json()["case_no"]
        for one in (operator, browser)
    )
    flags = [operator.get(f"/api/v1/cases/{no}").json()["is_synthetic"] for no in (drawn, real)]
    assert flags == [True, False]
