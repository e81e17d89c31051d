"""Until when an incident has to be reported to whom, as tables; the moments are those of 18 September."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emergency.incident_data import load_incident_book
from emergency.rules.levels import EventLevel
from emergency.rules.reporting import Known, Owed, Sent, Story, list_owed
from tests.case_city import baoji

BOOK = load_incident_book(baoji(), Path(__file__).parents[2] / "data" / "nation")
RULES = BOOK.reporting_on(date(2026, 9, 18)).rules


def at(clock: str) -> datetime:
    hour, minute = clock.split(":")
    return datetime(2026, 9, 18, int(hour) - 8, int(minute), tzinfo=UTC)


def known(
    clock: str, level: int | None, *, confirmed: bool = True, sensitive: bool = False, of: str = "accident"
) -> Known:
    return Known(at(clock), of, EventLevel(level) if level else None, sensitive, confirmed)


def story(
    *graveness: Known, occurred: str | None = None, sent: tuple[Sent, ...] = (), **more: object
) -> Story:
    logged = Sent(at("09:00"), frozenset({"log"}))
    return Story(at("09:00"), at(occurred) if occurred else None, graveness, sent=(logged, *sent), **more)  # type: ignore[arg-type]


def owed(told: Story, code: str, n: int = 1) -> Owed:
    (found,) = [one for one in list_owed(told, RULES) if (one.rule.code, one.n) == (code, n)]
    return found


def codes(told: Story) -> set[str]:
    return {one.rule.code for one in list_owed(told, RULES)}


@pytest.mark.parametrize(
    ("code", "occurred", "due", "because"),
    [
        ("district-city-phone", "08:50", "09:10", "20 minutes from when it happened"),
        ("district-city-phone", None, "09:20", "from the first report where that is not known"),
        ("district-city-written", "08:50", "09:30", "40 minutes in writing"),
        ("city-province-phone", "08:50", "09:20", "30 minutes to the province"),
        ("city-province-written", "08:50", "09:50", "60 minutes in writing"),
        ("unit-department", "08:50", "09:50", "order 493, article 9: one hour"),
        ("department-up", "08:50", "11:00", "articles 10 and 11: two hours from receipt"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_larger_accident_is_owed_upwards(code: str, occurred: str | None, due: str, because: str) -> None:
    told = story(known("09:00", 3, confirmed=False), occurred=occurred)
    assert owed(told, code).due_at == at(due)


def test_both_moments_are_shown() -> None:
    one = owed(story(known("09:00", 3), occurred="08:50"), "city-province-phone")
    assert (one.due_from_occurrence, one.due_from_receipt) == (at("09:20"), at("09:30"))


def test_an_ordinary_incident_is_not_owed_to_the_province() -> None:
    assert "city-province-phone" not in codes(story(known("09:00", 4)))


def test_a_sensitive_one_is_owed_like_a_larger_one() -> None:
    assert "city-province-phone" in codes(story(known("09:00", 4, sensitive=True)))


def test_an_event_without_a_level_is_owed_like_a_larger_one() -> None:
    assert "city-province-written" in codes(story(known("09:00", None, of="security")))


def test_a_raised_level_asks_from_the_moment_it_was_known() -> None:
    told = story(known("09:00", 4, confirmed=False), known("09:05", 4), known("11:00", 2), occurred="08:50")
    assert owed(told, "city-province-phone").due_at == at("11:30")


def test_the_first_confirmation_does_not_turn_back_the_clock() -> None:
    told = story(known("09:00", 4, confirmed=False), known("09:30", 3), occurred="08:50")
    assert owed(told, "city-province-phone").due_at == at("09:20")


def test_follow_ups_are_counted_from_the_last_report() -> None:
    sent = Sent(at("10:30"), frozenset({"follow-up-larger"}))
    told = story(known("09:00", 3), sent=(sent,))
    second = owed(told, "follow-up-larger", 2)
    assert (second.since, second.due_at) == (at("10:30"), at("14:30"))


def test_a_change_is_reported_at_once() -> None:
    told = story(known("09:00", 3), changes=(at("12:00"),))
    assert owed(told, "change").due_at == at("12:10")


def test_nothing_follows_the_end_but_the_final_report() -> None:
    told = story(known("09:00", 3), ended_at=at("12:00"))
    left = {one.rule.code for one in list_owed(told, RULES) if one.standing(at("12:30")) == "open"}
    assert left == {"final"}


def test_what_was_dismissed_owes_nothing_more() -> None:
    told = story(known("09:00", 3), left_at=at("09:10"))
    assert {one.standing(at("15:00")) for one in list_owed(told, RULES)} == {"met", "withdrawn"}


@pytest.mark.parametrize(
    ("sent_at", "looked_at", "standing", "because"),
    [
        (None, "09:19", "open", "there is time left"),
        (None, "09:21", "overdue", "nothing went out"),
        ("09:20", "10:00", "met", "to the minute is in time"),
        ("09:21", "10:00", "late", "a minute late is late"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_a_report_stands(sent_at: str | None, looked_at: str, standing: str, because: str) -> None:
    sent = (Sent(at(sent_at), frozenset({"district-city-phone"})),) if sent_at else ()
    assert (
        owed(story(known("09:00", 3), sent=sent), "district-city-phone").standing(at(looked_at)) == standing
    )


def test_rules_of_the_law_are_sourced_and_others_are_marked_as_defaults() -> None:
    assert {one.status for one in RULES} == {"sourced", "recalled", "default"}


@given(st.lists(st.sampled_from([1, 2, 3, 4]), min_size=1, max_size=5), st.integers(0, 600))
def test_whatever_happens_every_deadline_follows_its_beginning(levels: list[int], minutes: int) -> None:
    steps = tuple(known("09:00", level) for level in levels)
    told = story(*steps, ended_at=at("09:00") + timedelta(minutes=minutes))
    assert all(one.due_at > one.since for one in list_owed(told, RULES))
