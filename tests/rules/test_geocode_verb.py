"""`citygrid geocode` as it is typed: what it says, and what it exits with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from typer.testing import CliRunner

from gis_core.geocoding.answers import Outcome
from grid.answer_rows import OUTCOME_NAMES, outcome_of
from grid.geocode_batches.tally import Tally
from grid.geocoding import CityGeocoder
from tests.address_town import town_geocoder
from web import cli_geocoding
from web.cli import app


@dataclass
class Town:
    """As much of a wired city as the verb needs."""

    geocoder: CityGeocoder


@pytest.fixture(autouse=True)
def at_the_town(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def open_town(*_: object) -> Iterator[Town]:
        yield Town(town_geocoder())

    monkeypatch.setattr(cli_geocoding, "open_city", open_town)


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [("经二路155号", 0, "已定位"), ("没有的地方", 1, "未找到"), ("[bold]西安市雁塔区", 1, "不在本市")],
)
def test_a_script_hears_whether_a_place_was_found(words: str, exit_code: int, said: str) -> None:
    result = CliRunner().invoke(app, ["geocode", words])
    assert (result.exit_code, said in result.output) == (exit_code, True)


def test_a_text_that_was_read_in_part_says_so_on_the_command_line() -> None:
    assert "只读了开头" in CliRunner().invoke(app, ["geocode", "经二路155号" + "很" * 300]).output


CONFIDENCES: list[tuple[Outcome, float, str, str]] = [
    ("found", 0.95, "已定位", "hardly ever wrong"),
    ("found", 0.5, "已定位", "as likely right as wrong"),
    ("found", 0.03, "请核对", "hardly ever right"),
    ("ambiguous", 0.03, "多处可能", "several are told already"),
]


@pytest.mark.parametrize(
    ("outcome", "confidence", "said", "because"), CONFIDENCES, ids=[row[3] for row in CONFIDENCES]
)
def test_what_is_hardly_sure_is_not_called_found(
    outcome: Outcome, confidence: float, said: str, because: str
) -> None:
    plain = town_geocoder().geocode("经二路155号")
    best = replace(plain.candidates[0], confidence=confidence)
    answer = replace(plain, outcome=outcome, candidates=(best,))
    tally = Tally()
    tally.count(answer)
    assert (OUTCOME_NAMES[outcome_of(answer)], [*tally.outcomes]) == (said, [outcome_of(answer)])
