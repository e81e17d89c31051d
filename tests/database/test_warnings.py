"""Warnings in PostGIS: kept as they are, once, never changed; chains named in full; one key for all."""

import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from lxml import etree

from emergency.cap.chinese import DIVISION
from emergency.cap.event_kinds import load_event_kinds
from emergency.cap.findings import BlockedAlert
from emergency.cap.lifecycle import Standing, WarningOver
from emergency.cap.messages import Info, MsgType, Named, Status
from emergency.cap.signing import SignatureState, Trusted, verify
from emergency.cap.writing import write
from emergency.incidents.reading import IncidentNotFound, get_incident, list_facts
from emergency.rules.commands import Step
from emergency.warnings.operations import NotOurs, Sending, Warnings
from emergency.warnings.reading import (
    get_warning,
    list_chain,
    list_in_force,
    list_warnings,
    standings,
)
from gis_core.db import Sessions
from tests.cap.alerts import FLOOD, SCHEMA, WARNING
from tests.case_city import baoji
from tests.incident_city import PLANE, after, by, incidents_in, opened, step
from web.warning_key import KEY_FILE, load_signing_key

AREA = replace(FLOOD.areas[0], geocodes=(Named(DIVISION, "610302"),))


def said(minutes: float = 300, **changes: object) -> Info:
    """A block that ends so many minutes after Friday morning."""
    return replace(FLOOD, areas=(AREA,), expires=after(minutes), **changes)


@pytest.fixture
def warnings(sessions: Sessions, tmp_path: Path) -> Warnings:
    kinds = load_event_kinds(baoji().catalogue.folder)
    key = partial(load_signing_key, tmp_path, "test")
    return Warnings(sessions, PLANE, incidents_in(sessions), kinds, "610300.citygrid", (0, 610300), key)


@pytest.fixture
def published(warnings: Warnings) -> Callable[..., int]:
    def publish(minutes: float = 0, **sending: str) -> int:
        return warnings.publish(Sending((said(),), **sending), by(minutes=minutes), client_id=uuid4())

    return publish


def test_what_goes_out_about_an_incident_is_a_fact_of_it(
    warnings: Warnings, published: Callable[..., int], sessions: Sessions
) -> None:
    incidents = incidents_in(sessions)
    number = opened(incidents)
    first = published(minutes=1, incident_no=number)
    second = warnings.update(first, (said(),), by(minutes=2), client_id=uuid4())
    warnings.cancel(second, "水位回落", by(minutes=3))
    with sessions() as session:
        facts = list_facts(session, get_incident(session, PLANE, number).id)
        sent = get_warning(session, first)
    told = [fact.body["warning"] for fact in facts[1:]]
    assert [one["action"] for one in told] == ["publish", "update", "cancel"]
    assert (told[0]["identifier"], told[0]["title"], told[0]["colour"]) == (
        sent.alert.identifier,
        sent.title,
        "Orange",
    )


def test_a_warning_that_is_refused_leaves_no_fact(warnings: Warnings, sessions: Sessions) -> None:
    number = opened(incidents_in(sessions))
    blocked = Sending((replace(said(), instruction=""),), incident_no=number)
    with pytest.raises(BlockedAlert):
        warnings.publish(blocked, by(minutes=1), client_id=uuid4())
    with sessions() as session:
        assert get_incident(session, PLANE, number).revision == 1


def test_a_warning_of_a_settled_incident_is_still_cancelled(
    warnings: Warnings, published: Callable[..., int], sessions: Sessions
) -> None:
    incidents = incidents_in(sessions)
    number = opened(incidents)
    warning = published(minutes=1, incident_no=number)
    step(incidents, number, Step("dismiss", "误报"), minutes=2)
    warnings.cancel(warning, "误报", by(minutes=3))
    with sessions() as session:
        assert get_incident(session, PLANE, number).revision == 3


def test_every_message_of_a_chain_is_named_by_its_update_and_by_its_cancel(
    warnings: Warnings, published: Callable[..., int], sessions: Sessions
) -> None:
    first = published()
    second = warnings.update(first, (said(400),), by(minutes=10), client_id=uuid4())
    third = warnings.update(second, (said(500),), by(minutes=20), client_id=uuid4())
    last = warnings.cancel(third, "水位回落", by(minutes=30))
    with sessions() as session:
        kept = {one.id: one for one in list_warnings(session, direction="out")}
        chain = list_chain(session, kept[last])
    assert [len(kept[n].alert.references) for n in (first, second, third, last)] == [0, 1, 2, 3]
    assert [one.id for one in chain] == [first, second, third, last]
    stand = standings(list(kept.values()), after(31))
    assert [stand[n] for n in (first, third, last)] == [
        Standing.CANCELLED,
        Standing.CANCELLED,
        Standing.NO_WARNING,
    ]


def test_only_what_holds_at_a_moment_is_in_force(
    warnings: Warnings, published: Callable[..., int], sessions: Sessions
) -> None:
    first = published()
    second = warnings.update(first, (said(60),), by(minutes=10), client_id=uuid4())
    with sessions() as session:
        held = [[one.id for one in list_in_force(session, after(m))] for m in (5, 15, 61)]
    assert held == [[first], [second], []]


def test_what_was_ended_is_not_ended_again(warnings: Warnings, published: Callable[..., int]) -> None:
    first = published()
    warnings.update(first, (said(),), by(minutes=10), client_id=uuid4())
    with pytest.raises(WarningOver):
        warnings.cancel(first, "误报", by(minutes=20))


def test_a_cancel_holds_longer_than_itself(warnings: Warnings, sessions: Sessions) -> None:
    long = Sending((said(60 * 24 * 3),))
    first = warnings.publish(long, by(), client_id=uuid4())
    warnings.cancel(first, "误报", by(minutes=10))
    with sessions() as session:
        assert list_in_force(session, after(60 * 24 * 2)) == []


def test_what_is_blocked_is_not_written(warnings: Warnings, sessions: Sessions) -> None:
    with pytest.raises(BlockedAlert):
        warnings.publish(Sending((said(instruction=""),)), by(), client_id=uuid4())
    with sessions() as session:
        assert list_warnings(session) == []


def test_a_drill_is_held_to_what_the_real_one_would_be(warnings: Warnings) -> None:
    with pytest.raises(BlockedAlert):
        warnings.publish(Sending((said(instruction=""),), drill="演练"), by(), client_id=uuid4())


def test_the_drill_of_an_incident_sends_exercises_alone(
    warnings: Warnings, published: Callable[..., int], sessions: Sessions
) -> None:
    number = opened(incidents_in(sessions), is_drill=True)
    first = published(incident_no=number)
    second = warnings.update(first, (said(),), by(minutes=5), client_id=uuid4())
    last = warnings.cancel(second, "演练结束", by(minutes=10))
    with sessions() as session:
        kept = [get_warning(session, one) for one in (first, second, last)]
        assert {one.alert.status for one in kept} == {Status.EXERCISE}
        assert all(one.is_drill and number in one.alert.note for one in kept)
        assert list_in_force(session, after(1)) == []


def test_a_warning_about_an_incident_that_is_not_there_is_refused(published: Callable[..., int]) -> None:
    with pytest.raises(IncidentNotFound):
        published(incident_no="TF20260918999")


def test_two_in_one_second_have_two_identifiers(published: Callable[..., int], sessions: Sessions) -> None:
    numbers = published(), published()
    with sessions() as session:
        assert len({get_warning(session, one).alert.identifier for one in numbers}) == 2


def test_what_came_in_ends_nothing_of_ours_and_is_not_ours_to_end(
    warnings: Warnings, published: Callable[..., int], sessions: Sessions
) -> None:
    first = published()
    with sessions() as session:
        ours = get_warning(session, first).alert
    cancel = replace(
        WARNING, sender="x.example", sent=after(5), msg_type=MsgType.CANCEL, references=(ours.reference,)
    )
    taken = warnings.receive(write(cancel), by(minutes=6), channel="x")
    with sessions() as session:
        assert [one.id for one in list_in_force(session, after(7))] == [first]
    assert "foreign_update" in {one.code for one in taken.findings}
    with pytest.raises(NotOurs):
        warnings.cancel(taken.warning_id, "误报", by(minutes=8))


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    at = datetime(2026, 9, 18, tzinfo=UTC)
    first = load_signing_key(tmp_path / "home", "x", at)
    path = tmp_path / "home" / KEY_FILE
    assert load_signing_key(tmp_path / "home", "x", at + timedelta(days=9)) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == [KEY_FILE]


def test_every_document_that_leaves_obeys_the_schema_and_is_signed_with_the_city_s_key(
    warnings: Warnings, published: Callable[..., int], sessions: Sessions, tmp_path: Path
) -> None:
    first = published()
    second = warnings.update(first, (said(400),), by(minutes=10), client_id=uuid4())
    third = warnings.cancel(second, "水位回落", by(minutes=30))
    drill = published(minutes=40, drill="秋季演练")
    key = load_signing_key(tmp_path, "test", after(0))
    trust = [Trusted("610300.citygrid", key.certificate_pem)]
    with sessions() as session:
        documents = [get_warning(session, one).document for one in (first, second, third, drill)]
    assert [SCHEMA.validate(etree.fromstring(one)) for one in documents] == [True] * 4
    assert {verify(one, trust, after(60)).state for one in documents} == {SignatureState.VALID_TRUSTED}
