"""The level of an incident: the worst criterion decides, 以上 includes the number (order 493, article 3)."""

from pathlib import Path

import pytest

from emergency.incident_data import load_incident_book
from emergency.rules.levels import EventLevel, Toll, propose_level
from tests.case_city import baoji

BOOK = load_incident_book(baoji(), Path(__file__).parents[2] / "data" / "nation")


@pytest.mark.parametrize(
    ("toll", "level", "because"),
    [
        (Toll(dead=2), 4, "fewer than 3 dead"),
        (Toll(dead=3), 3, "3 dead and more"),
        (Toll(dead=9), 3, "fewer than 10"),
        (Toll(dead=10), 2, "10 dead and more"),
        (Toll(dead=29), 2, "fewer than 30"),
        (Toll(dead=30), 1, "30 dead and more"),
        (Toll(dead=1, seriously_injured=50), 2, "the worst criterion decides"),
        (Toll(seriously_injured=9), 4, "fewer than 10 seriously injured"),
        (Toll(seriously_injured=100), 1, "100 and more"),
        (Toll(loss_yuan=50_000_000), 2, "exactly fifty million"),
        (Toll(loss_yuan=49_999_999), 3, "a yuan less"),
        (Toll(loss_yuan=9_999_999), 4, "less than ten million"),
        (Toll(dead=1, missing=2), 3, "the missing count in a first report (article 12)"),
        (Toll(), 4, "nothing is known yet"),
        (Toll(injured=400), 4, "the lightly injured are no criterion"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_accident_is_of_the_level_of_its_worst_number(toll: Toll, level: int, because: str) -> None:
    assert propose_level(toll, "accident", BOOK.criteria).level == EventLevel(level)


def test_a_social_security_event_has_no_level() -> None:
    assert propose_level(Toll(dead=30), "security", BOOK.criteria).level is None


def test_a_proposal_says_what_it_rests_on() -> None:
    told = propose_level(Toll(dead=3, seriously_injured=1), "accident", BOOK.criteria)
    assert (told.reasons, told.status) == (("死亡 3 人，达到较大的 3 人",), "sourced")


def test_numbers_taken_over_for_natural_disasters_are_marked_as_assumed() -> None:
    assert propose_level(Toll(dead=3), "natural", BOOK.criteria).status == "assumed"
