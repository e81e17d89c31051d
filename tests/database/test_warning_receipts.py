"""Receivers of warnings: one delivery each, SMS once, told of silence once, nothing of it in a drill."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text

from cases.notices.wording import NoticeBook
from emergency.cap.event_kinds import load_event_kinds
from emergency.cap.messages import Named
from emergency.cap.receipts import DeliveryState, NamesNobody, NotSentYet, ReceiverKind
from emergency.plan_files import load_plan_rules
from emergency.receivers.listed import DESTROYED, BadReceiver, Listed
from emergency.receivers.operations import Receivers, ReceiverTaken, draw_receivers
from emergency.receivers.reading import KeptDelivery, list_deliveries, list_receivers
from emergency.receivers.store import claim_texts, destroy_people
from emergency.record.operations import Records
from emergency.record.subjects import list_held_in_responses
from emergency.warning_data import load_warning_rules
from emergency.warnings.following_up import FollowingUp
from emergency.warnings.operations import Sending, Warnings
from gis_core.db import Sessions
from gis_core.errors import BadInput
from gis_core.messages.sending import Message, NotSent
from tests.cap.alerts import FLOOD
from tests.case_city import baoji
from tests.destroying_city import destroy_all
from tests.incident_city import PLANE, after, by, incidents_in, opened
from web.warning_key import load_signing_key

AREA = replace(FLOOD.areas[0], geocodes=(Named("GB/T 2260", "610302"),))
RULES = load_warning_rules(baoji())
RADIO = Listed("市广播电视台", ReceiverKind.MEDIA, "总值班", "0917-3260000", "phone")
SCHOOL = Listed("第一中学", ReceiverKind.CROWDED_PLACE, "李老师", "13912345678", "sms")


class Gateway:
    """Keeps what it was given; refuses the first `refusals`."""

    def __init__(self, refusals: int = 0) -> None:
        self.sent: list[Message] = []
        self.refusals = refusals

    def send(self, message: Message) -> str:
        """Keep a message, or refuse it."""
        if self.refusals:
            self.refusals -= 1
            raise NotSent("OSError")
        self.sent.append(message)
        return "written"


@pytest.fixture
def receivers(sessions: Sessions) -> Receivers:
    kept = Receivers(sessions)
    kept.add(RADIO, by())
    kept.add(SCHOOL, by())
    return kept


@pytest.fixture
def warnings(sessions: Sessions, tmp_path: Path) -> Warnings:
    kinds = load_event_kinds(baoji().catalogue.folder)
    key = partial(load_signing_key, tmp_path, "test")
    return Warnings(sessions, PLANE, incidents_in(sessions), kinds, "610300.citygrid", (0, 610300), key)


@pytest.fixture
def publish(warnings: Warnings) -> Callable[..., int]:
    def send(minutes: float = 0, **sending: str) -> int:
        info = replace(FLOOD, areas=(AREA,), expires=after(600))
        return warnings.publish(Sending((info,), **sending), by(minutes=minutes), client_id=uuid4())

    return send


@pytest.fixture
def following(sessions: Sessions) -> Callable[..., FollowingUp]:
    def open_with(gateway: Gateway | None, site: str = "https://city.example") -> FollowingUp:
        return FollowingUp(sessions, RULES, NoticeBook.load(baoji()), gateway, site)

    return open_with


def deliveries(kept: Receivers, warning_id: int) -> dict[str, KeptDelivery]:
    with kept.sessions() as session:
        return {one.receiver.listed.name: one for one in list_deliveries(session, warning_id)}


def bells(kept: Receivers) -> int:
    with kept.sessions() as session:
        query = "SELECT count(*) FROM cases.notice WHERE occasion = 'warning_unconfirmed'"
        return int(session.execute(text(query)).scalar_one())


def token_of(kept: Receivers, delivery_id: int) -> str:
    with kept.sessions() as session:
        query = text("SELECT token FROM emergency.warning_delivery WHERE id = :id")
        return str(session.execute(query, {"id": delivery_id}).scalar_one())


def test_everyone_on_the_list_today_gets_one_delivery(
    receivers: Receivers, publish: Callable[..., int]
) -> None:
    receivers.add(replace(RADIO, name="去年的台", valid_until=date(2026, 9, 17)), by())
    number = publish()
    states = {name: one.state for name, one in deliveries(receivers, number).items()}
    assert states == {"市广播电视台": DeliveryState.TO_SEND, "第一中学": DeliveryState.TO_SEND}


def test_a_drill_writes_nothing_for_receivers(
    receivers: Receivers, publish: Callable[..., int], following: Callable[..., FollowingUp]
) -> None:
    gateway = Gateway()
    number = publish(drill="秋季演练")
    assert deliveries(receivers, number) == {}
    assert (following(gateway).sweep(after(30)), gateway.sent, bells(receivers)) == (0, [], 0)


def test_an_sms_goes_out_once_with_its_link(
    receivers: Receivers, publish: Callable[..., int], following: Callable[..., FollowingUp]
) -> None:
    gateway, number = Gateway(), publish()
    sweep = following(gateway).sweep
    assert [sweep(after(1)), sweep(after(2)), sweep(after(10))] == [1, 0, 0]
    school = deliveries(receivers, number)["第一中学"]
    assert (school.state, school.sent_by, gateway.sent[0].to) == (
        DeliveryState.SENT,
        "短信",
        "+8613912345678",
    )
    assert gateway.sent[0].link == f"https://city.example/warnings/receipts/{token_of(receivers, school.id)}"


def test_two_sweeps_do_not_take_the_same_sms(receivers: Receivers, publish: Callable[..., int]) -> None:
    publish()
    with receivers.sessions.begin() as one:
        first = claim_texts(one, after(1), again_at=after(2), most=10)
        second = claim_texts(one, after(1), again_at=after(2), most=10)
    assert (len(first), second) == (1, [])


def test_an_sms_that_fails_is_tried_again_and_given_up_after_five_times(
    receivers: Receivers, publish: Callable[..., int], following: Callable[..., FollowingUp]
) -> None:
    gateway, number = Gateway(refusals=99), publish()
    sent = [following(gateway).sweep(after(minutes)) for minutes in range(0, 40, 2)]
    school = deliveries(receivers, number)["第一中学"]
    assert (sum(sent), school.attempts, school.state) == (0, 5, DeliveryState.FAILED)
    assert "OSError" in school.delivery.failure


def test_an_sms_that_failed_goes_out_on_the_next_try(
    receivers: Receivers, publish: Callable[..., int], following: Callable[..., FollowingUp]
) -> None:
    gateway, number = Gateway(refusals=1), publish()
    sent = [following(gateway).sweep(after(minutes)) for minutes in (0, 2, 4)]
    assert (sent, deliveries(receivers, number)["第一中学"].state) == ([0, 1, 0], DeliveryState.SENT)


def test_without_a_gateway_an_sms_fails_at_once_and_is_called(
    receivers: Receivers, publish: Callable[..., int], following: Callable[..., FollowingUp]
) -> None:
    number = publish()
    following(None).sweep(after(0))
    following(None).sweep(after(5))
    school = deliveries(receivers, number)["第一中学"]
    assert (school.state, school.attempts) == (DeliveryState.FAILED, 1)


def test_a_call_is_noted_as_told_confirmed_or_failed(
    receivers: Receivers, publish: Callable[..., int]
) -> None:
    number = publish()
    radio = deliveries(receivers, number)["市广播电视台"]
    receivers.note(number, radio.id, "failed", "占线", by(minutes=2))
    assert deliveries(receivers, number)["市广播电视台"].delivery.failure == "占线"
    receivers.note(number, radio.id, "told", "", by(minutes=3))
    assert deliveries(receivers, number)["市广播电视台"].state is DeliveryState.SENT
    receivers.note(number, radio.id, "confirmed", "王台长", by(minutes=4))
    done = deliveries(receivers, number)["市广播电视台"]
    assert (done.state, done.delivery.confirmed_by) == (DeliveryState.CONFIRMED, "王台长")
    assert (done.delivery.confirmed_at, done.confirmation_noted_by) == (after(4), by().name)


def test_one_press_notes_who_is_listed_or_that_nobody_answered(
    receivers: Receivers, publish: Callable[..., int]
) -> None:
    number = publish()
    radio, school = (deliveries(receivers, number)[name] for name in ("市广播电视台", "第一中学"))
    receivers.note(number, radio.id, "confirmed", "", by(minutes=2))
    receivers.note(number, school.id, "failed", " ", by(minutes=2))
    noted = deliveries(receivers, number)
    assert noted["市广播电视台"].delivery.confirmed_by == "总值班"
    assert noted["第一中学"].delivery.failure == "无人接听"


def test_a_link_confirms_once_and_only_after_it_was_sent(
    receivers: Receivers, publish: Callable[..., int], following: Callable[..., FollowingUp]
) -> None:
    number = publish()
    school = deliveries(receivers, number)["第一中学"]
    token = token_of(receivers, school.id)
    with pytest.raises(NotSentYet):
        receivers.confirm(token, "", by())
    following(Gateway()).sweep(after(1))
    receivers.confirm(token, "", by(minutes=5))
    receivers.confirm(token, "别人", by(minutes=9))
    done = deliveries(receivers, number)["第一中学"]
    assert (done.delivery.confirmed_at, done.delivery.confirmed_by) == (after(5), "李老师")
    assert done.confirmation_noted_by == ""


def test_the_desk_is_told_of_silence_once(
    receivers: Receivers, publish: Callable[..., int], following: Callable[..., FollowingUp]
) -> None:
    publish()
    sweep = following(Gateway()).sweep
    sweep(after(14))
    assert bells(receivers) == 0
    for minutes in (15, 16, 60):
        sweep(after(minutes))
    assert bells(receivers) == 1


def test_nobody_is_told_when_all_have_confirmed(
    receivers: Receivers, publish: Callable[..., int], following: Callable[..., FollowingUp]
) -> None:
    number = publish()
    for one in deliveries(receivers, number).values():
        receivers.note(number, one.id, "confirmed", "某人", by(minutes=3))
    following(Gateway()).sweep(after(20))
    assert bells(receivers) == 0


def test_a_cancel_has_deliveries_of_its_own_and_the_former_are_followed_no_more(
    receivers: Receivers,
    warnings: Warnings,
    publish: Callable[..., int],
    following: Callable[..., FollowingUp],
) -> None:
    first, gateway = publish(), Gateway()
    last = warnings.cancel(first, "水位回落", by(minutes=5))
    following(gateway).sweep(after(6))
    assert [one.is_replaced for one in deliveries(receivers, first).values()] == [True, True]
    assert [one.is_replaced for one in deliveries(receivers, last).values()] == [False, False]
    assert ["解除" in one.title for one in gateway.sent] == [True]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": " "}, BadReceiver),
        ({"phone": "没有"}, BadReceiver),
        ({"phone": "0917-3260001", "channel": "sms"}, BadInput),
        ({"kind": ReceiverKind.CROWDED_PLACE, "person": " "}, NamesNobody),
        ({}, ReceiverTaken),
    ],
)
def test_a_receiver_that_cannot_be_told_is_refused(
    receivers: Receivers, changes: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        receivers.add(replace(RADIO, **changes), by())


def test_people_of_a_removed_receiver_are_destroyed_after_their_time(
    receivers: Receivers, publish: Callable[..., int]
) -> None:
    number = publish()
    radio = deliveries(receivers, number)["市广播电视台"]
    receivers.note(number, radio.id, "confirmed", "王台长", by(minutes=3))
    receivers.remove(radio.receiver.id, by(minutes=5))
    with receivers.sessions.begin() as session:
        assert [destroy_people(session, after(minutes)) for minutes in (5, 6)] == [0, 1]
    after_it = deliveries(receivers, number)["市广播电视台"]
    assert (after_it.receiver.listed.phone, after_it.receiver.listed.person) == ("", DESTROYED)
    assert (after_it.state, after_it.delivery.confirmed_by) == (DeliveryState.CONFIRMED, DESTROYED)
    with pytest.raises(BadReceiver):
        receivers.restore(radio.receiver.id, by(minutes=6))


def test_sample_receivers_are_flagged_and_drawn_once(sessions: Sessions) -> None:
    drawn = [draw_receivers(sessions, RULES.sample_receivers, by()) for _ in range(2)]
    with sessions() as session:
        flags = {one.is_synthetic for one in list_receivers(session)}
    assert (drawn, flags) == ([len(RULES.sample_receivers), 0], {True})


def test_who_confirmed_is_forgotten_a_year_after_the_warning_ended(
    receivers: Receivers, publish: Callable[..., int]
) -> None:
    number = confirmed_warning(receivers, publish)
    counts = [destroy_all(receivers.sessions, days)["receipts"] for days in (365, 366, 367)]
    radio = deliveries(receivers, number)["市广播电视台"]
    assert (counts, radio.delivery.confirmed_by) == ([0, 1, 0], DESTROYED)
    assert radio.state is DeliveryState.CONFIRMED


def confirmed_warning(receivers: Receivers, publish: Callable[..., int], **sending: str) -> int:
    """A warning that the radio confirmed."""
    number = publish(**sending)
    radio = deliveries(receivers, number)["市广播电视台"]
    receivers.note(number, radio.id, "confirmed", "王台长", by(minutes=3))
    return number


def test_who_was_told_of_an_incident_that_is_held_stays(
    receivers: Receivers, publish: Callable[..., int], sessions: Sessions
) -> None:
    incident = opened(incidents_in(sessions))
    number = confirmed_warning(receivers, publish, incident_no=incident)
    receivers.remove(deliveries(receivers, number)["第一中学"].receiver.id, by(minutes=5))
    Records(sessions, load_plan_rules(baoji())).hold(incident, "移交公安机关", by("commander"))
    assert set(destroy_all(sessions, 800).values()) == {0}
    assert deliveries(receivers, number)["第一中学"].receiver.listed.phone.endswith(SCHOOL.phone)


def test_a_receiver_is_told_to_the_owner_of_its_number(
    receivers: Receivers, publish: Callable[..., int]
) -> None:
    publish()
    with receivers.sessions() as session:
        held = list_held_in_responses(session, "13912345678")
    assert [one["person"] for one in held.receivers] == ["李老师"]
    assert [one["name"] for one in held.receipts] == ["第一中学"]
