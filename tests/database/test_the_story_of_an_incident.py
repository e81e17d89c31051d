"""`citygrid incident` tells every fact of an incident with its law, and verifies the chain."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from click.testing import Result
from sqlalchemy import text
from typer.testing import CliRunner

from emergency.incidents.reading import IncidentNotFound
from emergency.record.story import story
from emergency.rules.commands import Confirm, NoteToll
from emergency.rules.levels import EventLevel, Toll
from gis_core.db import Sessions
from tests.incident_city import PLANE, incidents_in, opened, step
from web import cli, preparing
from web.settings import Settings


@pytest.fixture
def number(sessions: Sessions) -> str:
    incidents = incidents_in(sessions)
    number = opened(incidents)
    step(incidents, number, Confirm("hazmat", EventLevel(4)), minutes=4)
    step(incidents, number, NoteToll(Toll(injured=2)), minutes=9)
    return number


def told(sessions: Sessions, number: str) -> tuple[str, ...]:
    with sessions() as session:
        return story(session, PLANE, number).lines


def test_every_fact_is_told_with_its_law(sessions: Sessions, number: str) -> None:
    lines = told(sessions, number)
    assert [line.split()[0] for line in lines[1:4]] == ["1", "2", "3"]
    assert "确认为突发事件" in lines[2]
    assert "突发事件应对法第六十一条" in lines[2]


def test_a_chain_that_holds_is_said_with_the_hash_that_covers_it(sessions: Sessions, number: str) -> None:
    assert told(sessions, number)[-1].startswith("✓ 3 条记录的链完整，末条校验 ")


@pytest.mark.parametrize(
    ("damage", "at", "because"),
    [
        ("UPDATE emergency.incident_fact SET text = '改过' WHERE seq = 2", 2, "words were changed"),
        ("UPDATE emergency.incident_fact SET by_name = '别人' WHERE seq = 1", 1, "somebody else is named"),
        ("DELETE FROM emergency.incident_fact WHERE seq = 3", 3, "the end was cut off"),
    ],
)
def test_a_chain_that_was_touched_is_told(
    sessions: Sessions, number: str, damage: str, at: int, because: str
) -> None:
    with sessions.begin() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text(damage))
    assert told(sessions, number)[-1].startswith(f"✗ 记录链在第 {at} 条断开"), because


def test_a_number_there_is_none_of_is_said(sessions: Sessions, number: str) -> None:
    with pytest.raises(IncidentNotFound):
        told(sessions, "TF20200101001")


@pytest.fixture
def command(sessions: Sessions, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Result]:
    """Runs `citygrid incident` on the test's city."""

    @contextmanager
    def ready(settings: Settings, _: str) -> Iterator[Settings]:
        yield settings

    @contextmanager
    def opened_sessions(_: Settings) -> Iterator[Sessions]:
        yield sessions

    monkeypatch.setattr(cli, "database", ready)
    monkeypatch.setattr(preparing, "open_city_sessions", opened_sessions)
    return lambda number: CliRunner().invoke(cli.app, ["incident", number])


def test_the_command_prints_the_whole_chain(command: Callable[[str], Result], number: str) -> None:
    done = command(number)
    assert (done.exit_code, done.output.count("[")) == (0, 3)
    assert "✓ 3 条记录的链完整" in done.output


def test_the_command_fails_when_the_chain_does_not_hold(
    command: Callable[[str], Result], sessions: Sessions, number: str
) -> None:
    with sessions.begin() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("UPDATE emergency.incident_fact SET text = '改过' WHERE seq = 2"))
    assert command(number).exit_code == 1
