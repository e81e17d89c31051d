"""How alike two reports are: one component, one place and type, words, and how long ago."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.duplicates import LIKELY, POSSIBLE, Seen, likeness, reach_m, shared_words

NOW = datetime(2026, 9, 18, 1, 30, tzinfo=UTC)
COVER = Seen("component", "01002", "61030301002000012", "经二路路口污水井盖缺失", NOW - timedelta(hours=3))
NO_CODE = replace(COVER, component_code=None)
OTHER_COVER = replace(COVER, component_code="61030301002000013")
CLOSED = replace(COVER, ended_at=NOW - timedelta(days=1))
RUBBISH = Seen("matter", "02001", None, "路边垃圾堆积", NOW - timedelta(days=1))
FULL_BIN = replace(RUBBISH, type_code="02009", words="垃圾桶满溢")


@pytest.mark.parametrize(
    ("new", "known", "distance_m", "least", "most", "because"),
    [
        (COVER, COVER, 35.0, 1.0, 1.0, "one component is one problem, wherever the pin lies"),
        (COVER, COVER, 900.0, 1.0, 1.0, "even where somebody put it far away"),
        (OTHER_COVER, COVER, 3.0, POSSIBLE, LIKELY, "two covers that are named are two, or one is misnamed"),
        (NO_CODE, COVER, 3.0, LIKELY, 1.0, "the same type three metres away in the same words"),
        (NO_CODE, replace(COVER, words="路灯不亮"), 3.0, LIKELY, 1.0, "place and type are enough"),
        (
            NO_CODE,
            replace(COVER, words=""),
            38.0,
            0.0,
            POSSIBLE,
            "at the edge, in no words",
        ),
        (NO_CODE, COVER, 41.0, 0.0, 0.0, "too far away for a manhole"),
        (RUBBISH, RUBBISH, 60.0, LIKELY, 1.0, "rubbish spreads"),
        (
            RUBBISH,
            replace(RUBBISH, type_code="02009", words="垃圾桶满溢"),
            10.0,
            POSSIBLE,
            LIKELY,
            "same major class: perhaps",
        ),
        (RUBBISH, replace(RUBBISH, type_code="05009"), 1.0, 0.0, 0.0, "another kind of problem"),
        (RUBBISH, replace(RUBBISH, kind="component"), 1.0, 0.0, 0.0, "a component is no matter"),
        (
            COVER,
            replace(COVER, ended_at=NOW - timedelta(days=1)),
            0.0,
            POSSIBLE,
            LIKELY,
            "perhaps",
        ),
        (
            COVER,
            replace(COVER, ended_at=NOW - timedelta(days=8)),
            0.0,
            0.0,
            0.0,
            "it broke again",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_how_alike_two_reports_are(
    new: Seen, known: Seen, distance_m: float, least: float, most: float, because: str
) -> None:
    assert least <= likeness(new, known, distance_m=distance_m, reach=reach_m(new.kind), at=NOW).score <= most


def test_likeness_says_why() -> None:
    found = likeness(NO_CODE, COVER, distance_m=12.4, reach=40.0, at=NOW)
    assert found.reasons == ("类别相同", "说法相近")


@given(st.text(max_size=60), st.text(max_size=60))
def test_sharing_words_is_mutual_and_at_most_all(one: str, other: str) -> None:
    assert 0 <= shared_words(one, other) == shared_words(other, one) <= 1


@given(st.floats(0, 40), st.floats(0, 40))
def test_what_is_nearer_is_never_less_alike(one: float, other: float) -> None:
    near, far = (
        likeness(NO_CODE, COVER, distance_m=away, reach=40.0, at=NOW).score for away in sorted((one, other))
    )
    assert near >= far
