"""People's data in the database: kept out of facts, cleaned when their time is over, told and taken out."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from cases.contacts import reveal_contacts
from cases.explain import find_broken_cases
from cases.privacy_rules import load_privacy, load_retention
from cases.remarks import Remark, add_remark
from cases.retention import clean_cases
from cases.rules.commands import Correct, Decline, Join, Reopen
from cases.rules.privacy import NoSuchNumber, plain_number, subject_of
from cases.subjects import Held, erase, list_held
from gis_core.clock import FixedClock
from gis_core.db import Sessions
from tests.case_city import RULES_ON, CaseCity, baoji, catalogue
from web.retaining import COUNTED, Retaining
from web.settings import Settings

PHONE = "13800000000"
WRITTEN = "138-0000 0000"
NUMBER, KEY = PHONE, b"key"
SUBJECT = subject_of(NUMBER, KEY)
DAYS = load_retention(baoji()).days_on(RULES_ON)


@pytest.fixture
def city(sessions: Sessions, tmp_path: Path, clock: FixedClock) -> CaseCity:
    return CaseCity(sessions, tmp_path / "photos", clock)


def clean(city: CaseCity, *, is_dry: bool = False) -> dict[str, int]:
    counts = clean_cases(city.sessions, DAYS, at=city.clock.at, is_dry=is_dry)
    return {name: n for name, n in counts.items() if n}


def called(city: CaseCity, **changes: object) -> str:
    """A caller's report; answers the number of its case."""
    given = {"contact_name": "来电人甲", "contact_phone": WRITTEN, **changes}
    return city.report("operator", **given).case_no


def everything(city: CaseCity, table: str = "fact") -> str:
    with city.sessions() as session:
        return "\n".join(session.scalars(text(f"SELECT t::text FROM cases.{table} t")))


def told(city: CaseCity) -> Held:
    with city.sessions() as session:
        return list_held(session, NUMBER, SUBJECT)


def taken_out(city: CaseCity) -> dict[str, int]:
    done = erase(city.sessions, NUMBER, SUBJECT, at=city.clock.at, by="系统管理员甲", by_id=1)
    return {name: n for name, n in done.counts.items() if n}


# facts hold no telephone number of the public

SAYINGS: dict[str, Callable[[CaseCity, str], object]] = {
    "the report": lambda city, no: called(city, description=f"井盖坏了，打 {PHONE}"),
    "me too": lambda city, no: city.cases.join(
        no, Join(text=f"我也是 {PHONE}"), city.asking("public"), uuid4()
    ),
    "a correction": lambda city, no: city.perform(
        no, Correct("", "unclear_words", description=f"打 {PHONE}"), "operator"
    ),
    "a remark": lambda city, no: add_remark(
        city.sessions, Remark(uuid4(), no, f"打 {PHONE}"), city.asking("public")
    ),
}


@pytest.mark.parametrize("how", list(SAYINGS))
def test_a_number_that_is_said_stands_beside_the_facts_and_not_in_them(city: CaseCity, how: str) -> None:
    SAYINGS[how](city, called(city))
    assert (PHONE in everything(city), told(city).facts) == (False, [])
    assert len(told(city).mentions) == 1


def test_who_opens_a_case_again_is_heard_word_for_word(city: CaseCity) -> None:
    case_no = called(city)
    city.write("stage = 'closed', closed_at = reported_at")
    city.perform(case_no, Reopen(f"还在漏，打 {PHONE}", "other"), "public")
    assert (PHONE in everything(city), PHONE in everything(city, "words_of_fact")) == (False, True)


# what was kept long enough


FOLLOWS = """
    WITH one AS (SELECT id, track_code FROM cases."case"), two AS (
        INSERT INTO cases.follower (case_id, track_code, channel, address, language, stop_token, chosen_at)
        SELECT id, track_code, 'email', 'someone@example.org', 'zh', 'token', :at FROM one
    ) INSERT INTO cases.rating SELECT id, track_code, 0, 2, :words, :at FROM one
"""
"""The caller wants to hear by e-mail, and has said something of the result."""


@pytest.fixture
def ended(city: CaseCity) -> CaseCity:
    """A city with one caller's case that was declined, with a photo, a "me too" and a remark."""
    case_no = called(city, description=f"打 {PHONE} 找我")
    SAYINGS["me too"](city, case_no)
    SAYINGS["a remark"](city, case_no)
    city.cases.join(case_no, Join(contact_phone="13900000000"), city.asking("public"), uuid4())
    with city.sessions.begin() as session:
        session.execute(text(FOLLOWS), {"at": city.clock.at, "words": f"不满意，打 {PHONE}"})
    city.perform(case_no, Decline("不归我们"), "operator")
    return city


ALL = dict.fromkeys(
    ("contacts", "joined", "followers", "words", "joined_words", "rating_words", "words_of_facts",
     "refused_photos"), 1,
)  # fmt: skip


@pytest.mark.parametrize(
    ("days", "cleaned", "because"),
    [
        (179, {}, "nothing is old"),
        (181, {"refused_photos": 1}, "photos of what was refused go first"),
        (364, {"refused_photos": 1}, "a caller's history is a year"),
        (366, ALL, "after a year nobody needs to call back"),
    ],
)
def test_what_is_old_is_cleaned_and_chains_hold(
    ended: CaseCity, days: int, cleaned: dict[str, int], because: str
) -> None:
    ended.wait(days=days)
    assert clean(ended, is_dry=True) == cleaned
    assert clean(ended) == cleaned
    assert clean(ended) == {}
    with ended.sessions() as session:
        assert find_broken_cases(session) == {}


KEPT_IN = ('"case"', "joined", "fact", "words_of_fact", "follower", "rating")


def test_after_its_time_no_number_is_left_anywhere(ended: CaseCity) -> None:
    ended.wait(days=366)
    clean(ended)
    left = "".join(everything(ended, table) for table in KEPT_IN)
    assert [number for number in (PHONE, WRITTEN, "13900000000", "来电人甲") if number in left] == []


def test_a_dry_run_changes_nothing(ended: CaseCity) -> None:
    ended.wait(days=366)
    before = everything(ended, '"case"')
    clean(ended, is_dry=True)
    assert everything(ended, '"case"') == before


def test_an_open_case_keeps_its_contact(city: CaseCity) -> None:
    called(city)
    city.wait(days=2_000)
    assert clean(city) == {}


def test_who_was_merged_is_told_until_that_case_ends(city: CaseCity) -> None:
    kept, repeat = called(city), called(city)
    city.perform(repeat, Decline("", "duplicate", into=kept), "operator")
    city.wait(days=366)
    assert "contacts" not in clean(city)
    city.write("stage = 'closed', closed_at = :at WHERE case_no = :no", at=city.clock.at, no=kept)
    city.wait(days=366)
    assert clean(city)["contacts"] == 2


def test_a_night_s_work_is_written_down_in_numbers(ended: CaseCity, tmp_path: Path) -> None:
    old = tmp_path / "imports" / "broken-off"
    old.mkdir(parents=True)
    settings = Settings(home=tmp_path, _env_file=None)  # type: ignore[call-arg]
    ended.wait(days=366)
    counts = Retaining(ended.sessions, ended.clock, settings, baoji()).clean()
    assert (set(counts), counts["uploads"], old.exists()) == (set(COUNTED), 1, False)
    assert '"contacts": 1' in everything(ended, "privacy_deed").replace('""', '"')


# what is held of a number


def test_everything_of_a_number_is_told_however_it_was_written(ended: CaseCity) -> None:
    counts = told(ended).counts
    told_of = ("reports", "followers", "ratings", "mentions", "photos")
    assert counts == {**dict.fromkeys(told_of, 1), "joined": 0, "looks": 0, "facts": 0}


def test_a_longer_number_is_another_one(city: CaseCity) -> None:
    called(city, contact_phone="0917-3260001", description=f"编号 9{PHONE}7")
    assert sum(told(city).counts.values()) == 0


def test_erasing_takes_the_number_out_and_leaves_the_case(ended: CaseCity) -> None:
    done = taken_out(ended)
    where = ("followers", "ratings", "contacts", "words", "joined_words", "words_of_facts")
    assert done == dict.fromkeys(where, 1)
    assert (sum(told(ended).counts.values()), ended.count('cases."case"')) == (0, 1)
    with ended.sessions() as session:
        assert find_broken_cases(session) == {}


def test_erasing_twice_is_once(ended: CaseCity) -> None:
    taken_out(ended)
    assert (taken_out(ended), ended.count("cases.privacy_deed")) == ({}, 1)


def test_the_log_of_an_erasure_has_no_number(ended: CaseCity) -> None:
    taken_out(ended)
    assert PHONE not in everything(ended, "privacy_deed")


def test_others_keep_their_contact(ended: CaseCity) -> None:
    taken_out(ended)
    assert "13900000000" in everything(ended, "joined")


def test_a_fact_of_before_is_named_and_stays(city: CaseCity) -> None:
    called(city)
    with city.sessions.begin() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("UPDATE cases.fact SET reason = reason || :said"), {"said": PHONE})
    assert [one["seq"] for one in told(city).facts] == [1]


@pytest.mark.parametrize("table", ["contact_access", "privacy_deed"])
def test_logs_of_privacy_cannot_be_emptied(city: CaseCity, table: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), city.sessions.begin() as session:
        session.execute(text(f"DELETE FROM cases.{table}"))


# looks at contacts


@pytest.fixture
def looked(city: CaseCity) -> CaseCity:
    """A city where an operator looked at a contact and a chief looked a year later."""
    case_no = called(city)
    reveal_contacts(city.sessions, case_no, city.asking("operator"), "call_back", most_a_day=9)
    city.wait(days=365)
    reveal_contacts(city.sessions, case_no, city.asking("chief"), "complaint", most_a_day=9)
    return city


@pytest.mark.parametrize(
    ("days", "left", "because"),
    [(1096 - 365, 2, "three years to the day"), (1097 - 365, 1, "a look goes after three years"),
     (1097, 0, "and so does the next")],
)  # fmt: skip
def test_looks_are_kept_for_three_years(looked: CaseCity, days: int, left: int, because: str) -> None:
    looked.wait(days=days)
    assert clean(looked, is_dry=True).get("accesses", 0) == 2 - left
    assert clean(looked).get("accesses", 0) == 2 - left
    assert looked.count("cases.contact_access") == left


def test_who_cleans_cannot_take_newer_looks_along(looked: CaseCity) -> None:
    with looked.sessions.begin() as session:
        session.execute(text("SELECT set_config('citygrid.accesses_kept_from', '2027-01-01', true)"))
        with pytest.raises(DBAPIError, match="append-only"):
            session.execute(text("DELETE FROM cases.contact_access"))


# the city's rules


def test_private_types_are_those_of_the_catalogue() -> None:
    rules = load_privacy(baoji())
    names = {(one.kind, one.code): one.name for one in catalogue().types}
    assert [one.name for one in rules.private_types] == [
        names[one.kind, one.code] for one in rules.private_types
    ]


def test_every_period_says_whether_it_is_assumed() -> None:
    periods = load_retention(baoji()).periods
    assert {one.status for one in periods.values()} == {"assumed"}
    of_reporters = [one.value_on(RULES_ON) for name, one in periods.items() if name != "accesses"]
    assert timedelta(days=max(of_reporters)) <= timedelta(days=366)


def test_a_number_needs_seven_digits() -> None:
    with pytest.raises(NoSuchNumber):
        plain_number("12319")


# numbers in words are shown with the contact alone


def test_staff_read_words_without_the_number(city: CaseCity) -> None:
    shown = city.case(called(city, description=f"井盖坏了，打 {PHONE}", place_text=f"找 {PHONE}")).summary
    assert (shown.description, shown.place_text) == ("井盖坏了，打 ***", "找 ***")


def test_a_correction_that_leaves_the_words_leaves_the_number(city: CaseCity) -> None:
    case_no = called(city, description=f"打 {PHONE}")
    same = Correct("", "wrong_type", kind="component", type_code="01001", description="打 ***")
    city.perform(case_no, same, "operator")
    assert len(told(city).mentions) == 1
    assert PHONE in everything(city, '"case"')


def test_a_correction_of_the_words_keeps_what_was_written_beside_the_fact(city: CaseCity) -> None:
    case_no = called(city, description=f"打 {PHONE}")
    city.perform(case_no, Correct("", "unclear_words", description="井盖移位"), "operator")
    assert (PHONE in everything(city, '"case"'), PHONE in everything(city, "words_of_fact")) == (False, True)
