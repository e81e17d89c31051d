"""Everything that publishes, replaces, withdraws or takes in a warning, one transaction each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from lxml import etree
from shapely.errors import GEOSException
from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.cap import lifecycle
from emergency.cap.checking import check
from emergency.cap.chinese import Assumption, from_chinese
from emergency.cap.event_kinds import EventKinds
from emergency.cap.findings import Finding, require_sound
from emergency.cap.identifiers import oid_identifier
from emergency.cap.lifecycle import as_exercise, chain_named, keep
from emergency.cap.messages import Alert, Info, MsgType, Reference, Status
from emergency.cap.reading import read_element
from emergency.cap.safe_xml import local_name, namespace_of, parse
from emergency.cap.schema_order import VERSIONS
from emergency.cap.signing import SigningKey, Trusted, sign, verify
from emergency.cap.writing import write
from emergency.incidents.operations import Incidents
from emergency.incidents.reading import get_incident
from emergency.receivers.store import add_deliveries
from emergency.rules.incidents import OPEN_STAGES, need_words
from emergency.sources.reading import list_trusted
from emergency.sources.store import note_delivered
from emergency.warnings import store
from emergency.warnings.reading import (
    KeptWarning,
    count_second,
    find_ids,
    find_of_client,
    get_warning,
    list_known,
    list_named,
)
from emergency.warnings.telling_incidents import TellWarning
from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import BadInput, Conflict, Refused

MOST_NAME: Final = 200
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
"""Moments outside are no moments of a warning (assumed)."""


class AbsurdWarning(BadInput):
    """A message with a name, a moment or a number that no honest message has."""

    code = "warning_absurd"


class OwnSender(Refused):
    """Somebody else's message that says it is ours."""

    code = "warning_own_sender"


class NotOurs(Refused):
    """Only warnings of our own are updated and cancelled."""

    code = "warning_not_ours"


class TooManyAtOnce(Conflict):
    """More than ten messages in one second."""

    code = "warning_too_many"


@dataclass(frozen=True, slots=True)
class Sending:
    """What a person publishes: blocks, the incident it is about, the drill it belongs to."""

    infos: tuple[Info, ...]
    incident_no: str = ""
    drill: str = ""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A message as it would go out, and all that is wrong with it."""

    alert: Alert
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that came in: its number here, whether it was new, what was found and supposed."""

    warning_id: int
    is_new: bool
    alert: Alert
    findings: tuple[Finding, ...]
    assumptions: tuple[Assumption, ...]
    signature: str


@dataclass(frozen=True, slots=True)
class Warnings:
    """The operations on warnings, wired once; safe to share between threads.

    `key` answers our signing key, made on first use.
    """

    sessions: Sessions
    plane: PlaneSystem
    incidents: Incidents
    kinds: EventKinds
    sender: str
    authority: tuple[int, ...]
    key: Callable[[datetime], SigningKey]

    def draft(self, sending: Sending, at: datetime) -> Drafted:
        """A warning as it would go out now; nothing is written.

        :raises IncidentNotFound: when it is about one that is not there.
        """
        with self.sessions() as session:
            return self._draft(session, sending, at)

    def publish(self, sending: Sending, asking: Asking, *, client_id: UUID) -> int:
        """Publish a warning, signed, once for each client id; its number here.

        :raises BlockedAlert: with all that keeps it from going out; nothing is written then.
        """
        with self.sessions.begin() as session:
            store.lock_warnings(session)
            known_id = find_of_client(session, client_id)
            if known_id is not None:
                return known_id
            drafted = self._draft(session, sending, asking.at)
            return self._send(session, drafted, asking, sending.incident_no, client_id)

    def draft_update(self, warning_id: int, infos: tuple[Info, ...], at: datetime) -> Drafted:
        """The update of a warning as it would go out now; nothing is written.

        :raises WarningNotFound, NotOurs, WarningOver: when there is nothing to be updated.
        """
        with self.sessions() as session:
            return self._draft_update(session, self._ours(session, warning_id), infos, at)

    def update(self, warning_id: int, infos: tuple[Info, ...], asking: Asking, *, client_id: UUID) -> int:
        """Replace a warning by new blocks; the message names every unexpired one of the chain.

        :raises WarningNotFound, NotOurs, WarningOver, BlockedAlert: nothing is written then.
        """
        with self.sessions.begin() as session:
            store.lock_warnings(session)
            known_id = find_of_client(session, client_id)
            if known_id is not None:
                return known_id
            kept = self._ours(session, warning_id)
            drafted = self._draft_update(session, kept, infos, asking.at)
            return self._send(session, drafted, asking, kept.incident_no or "", client_id)

    def cancel(self, warning_id: int, why: str, asking: Asking) -> int:
        """Withdraw a warning: its blocks turn to all clear, with the reason for all to read.

        :raises WarningNotFound, NotOurs, WarningOver, IncidentWordsMissing: nothing is written then.
        """
        words = need_words(why, "解除的原因", most=500)
        with self.sessions.begin() as session:
            store.lock_warnings(session)
            kept = self._ours(session, warning_id)
            known = list_known(session, "out", self.sender, asking.at)
            identifier = self._identifier(session, asking.at)
            alert = lifecycle.cancel(known, kept.alert, identifier=identifier, at=asking.at, note=words)
            drafted = Drafted(alert, self._findings(alert, asking.at))
            return self._send(session, drafted, asking, kept.incident_no or "", None)

    def receive(self, document: bytes, asking: Asking, *, channel: str) -> Taken:
        """Take in a message of CAP or of the Chinese profile, as it is, once.

        A message with faults is kept with its faults, for a warning with a fault is still a warning.
        :raises NotXml: XmlTooLarge, XmlWithDoctype, NotAnAlert, NotChineseAlert: what is no message.
        :raises BlockedAlert: when it lacks what makes it a message.
        :raises AbsurdWarning, OwnSender: nothing is written then.
        """
        try:
            alert, findings, assumptions = self._read(document)
            _require_sane(alert)
            store.as_data(alert)
            findings = tuple(dict.fromkeys((*findings, *check(alert, asking.at))))
        except (OverflowError, ValueError, GEOSException) as problem:
            raise _absurd() from problem
        with self.sessions.begin() as session:
            verification = verify(document, list_trusted(session), asking.at)
            known_id = store.find_known(session, alert)
            if known_id is None and alert.sender == self.sender:
                raise OwnSender("这条消息自称由本系统发出，但不是本系统发的。没有采用，请立即核实来源。")
            if known_id is None:
                known = list_known(session, "in", alert.sender, asking.at)
                found = (*findings, *keep(known, alert).findings)
                new = store.NewWarning(
                    "in", alert, document, found, verification, assumptions, channel=channel
                )
                added = store.add(session, new, asking)
                note_delivered(session, channel, asking.at, taken=int(added is not None))
                if added is not None:
                    return Taken(added, True, alert, found, assumptions, verification.state)
                known_id = store.find_known(session, alert)
            else:
                note_delivered(session, channel, asking.at)
        return Taken(known_id or 0, False, alert, findings, assumptions, verification.state)

    def hear(self, channel: str, at: datetime) -> bool:
        """Note that a sender by key is there though it has nothing to say; False when nobody expects it."""
        with self.sessions.begin() as session:
            return note_delivered(session, channel, at)

    def _read(self, document: bytes) -> tuple[Alert, tuple[Finding, ...], tuple[Assumption, ...]]:
        root = parse(document)
        if local_name(root) == "alert" and namespace_of(root) not in VERSIONS and _is_chinese(root):
            came = from_chinese(document, self.kinds, chain_of=self._chain_of)
            return came.alert, came.findings, came.assumptions
        read = read_element(root)
        return read.alert or read.require(), read.findings, ()

    def _chain_of(self, identifier: str) -> tuple[Reference, ...]:
        with self.sessions() as session:
            known = list_named(session, identifier)
        return next(
            (
                chain
                for one in known
                if one.identifier == identifier and (chain := chain_named(known, one.sender, identifier))
            ),
            (),
        )

    def _ours(self, session: Session, warning_id: int) -> KeptWarning:
        kept = get_warning(session, warning_id)
        if kept.direction != "out":
            raise NotOurs("这条预警是收到的，只有发布单位才能更新或解除。")
        return kept

    def _draft(self, session: Session, sending: Sending, at: datetime) -> Drafted:
        """In the drill of an incident nothing but an exercise goes out, whatever the form says."""
        drill = sending.drill.strip()
        if sending.incident_no:
            incident = get_incident(session, self.plane, sending.incident_no)
            if incident.is_drill and not drill:
                drill = f"演练 {incident.incident_no}"
        alert = Alert(
            self._identifier(session, at), self.sender, city_time(at), Status.ACTUAL, MsgType.ALERT,
            infos=sending.infos, incidents=(sending.incident_no,) if sending.incident_no else (),
        )  # fmt: skip
        if drill:
            alert = as_exercise(alert, drill)
        return Drafted(alert, self._findings(alert, at))

    def _draft_update(
        self, session: Session, kept: KeptWarning, infos: tuple[Info, ...], at: datetime
    ) -> Drafted:
        known = list_known(session, "out", self.sender, at)
        identifier = self._identifier(session, at)
        alert = lifecycle.update(known, kept.alert, infos, identifier=identifier, at=at)
        return Drafted(alert, self._findings(alert, at))

    def _findings(self, alert: Alert, at: datetime) -> tuple[Finding, ...]:
        """What is wrong with a message; a drill's is held to what the real one would be held to, too."""
        found = check(alert, at, for_publishing=True, is_drill=alert.status is not Status.ACTUAL)
        as_real = check(replace(alert, status=Status.ACTUAL), at, for_publishing=True)
        return tuple(dict.fromkeys((*found, *as_real)))

    def _send(
        self,
        session: Session,
        drafted: Drafted,
        asking: Asking,
        incident_no: str,
        client_id: UUID | None,
    ) -> int:
        require_sound(drafted.findings)
        key = self.key(asking.at)
        document = sign(write(drafted.alert), key)
        own = Trusted(self.sender, key.certificate_pem)
        new = store.NewWarning(
            "out",
            drafted.alert,
            document,
            drafted.findings,
            verify(document, (own,), asking.at),
            incident_no=incident_no or None,
            client_id=client_id,
        )
        added = store.add(session, new, asking)
        if added is None:
            raise TooManyAtOnce("同一秒内已经有一条相同编号的预警，没有发布。请再点一次。")
        if incident_no:
            self._tell_incident(session, incident_no, drafted.alert, asking)
        if drafted.alert.status is Status.ACTUAL:
            before = find_ids(session, drafted.alert.references)
            add_deliveries(session, added, asking, replaces=before)
        return added

    def _tell_incident(self, session: Session, incident_no: str, alert: Alert, asking: Asking) -> None:
        """A fact of the incident; one that is settled takes none, and its warning can still be cancelled."""
        if get_incident(session, self.plane, incident_no).state.stage in OPEN_STAGES:
            self.incidents.step(session, incident_no, TellWarning(alert), asking, None)

    def _identifier(self, session: Session, at: datetime) -> str:
        second = city_time(at).replace(microsecond=0)
        return oid_identifier(self.authority, at, count_second(session, self.sender, second))


def _is_chinese(root: etree._Element) -> bool:
    return any(local_name(child) == "sendTime" for child in root if isinstance(child.tag, str))


def _require_sane(alert: Alert) -> None:
    """A name or a moment that the table cannot hold is none.

    :raises AbsurdWarning:
    """
    names = [alert.identifier, alert.sender]
    moments = [alert.sent, *(one.sent for one in alert.references)]
    for info in alert.infos:
        moments += [one for one in (info.effective, info.onset, info.expires) if one is not None]
    is_long = any(len(one) > MOST_NAME for one in names)
    if is_long or not all(EARLIEST <= one <= LATEST for one in moments):
        raise _absurd()


def _absurd() -> AbsurdWarning:
    return AbsurdWarning(
        f"消息的标识超过 {MOST_NAME} 字，或有不合情理的时间、数值，没有采用。请发送方更正后重新发送。"
    )
