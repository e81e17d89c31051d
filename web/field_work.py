"""Work in the field beside positions: calls for help, and live places for desks and streams."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy import text

from cases.notices.field import hearers_of, tell_field
from gis_core.places import LonLat, PlanePoint
from grid.positions import store
from grid.positions.sos import Call, Sos, answer_sos, list_sos, open_sos
from web.accounts.people import Person
from web.accounts.senders import mover_key
from web.field_words import place_words, said_of
from web.live import SOS_CHANNEL
from web.movers_told import movers_event, sos_as_json, sos_event
from web.wiring import Wiring

SHOWN_FOR = timedelta(hours=24)
"""How long an answered call is listed."""
_TELL = text("SELECT pg_notify(:channel, :payload)")


class SosSent(BaseModel):
    """A call for help; a phone without a position sends none, and a wrong one is no reason to refuse it."""

    model_config = ConfigDict(extra="ignore")

    client_id: UUID = Field(title="编号")
    lon: Any = Field(None, title="经度")
    lat: Any = Field(None, title="纬度")
    accuracy_m: Any = Field(None, title="精度")
    at: AwareDatetime | None = Field(None, title="时刻")


class AnswerSent(BaseModel):
    """What is answered to a call for help."""

    model_config = ConfigDict(extra="ignore")

    note: str = Field("", max_length=500, title="说明")


def call_for_help(wiring: Wiring, person: Person, sent: SosSent) -> Sos:
    """Keep a call, on duty or not, show it on walls and desks and ring bells; once for each `client_id`."""
    at = wiring.clock.now()
    call = Call(
        sent.client_id, min(sent.at or at, at), _point(wiring, sent.lon, sent.lat), _accuracy(sent.accuracy_m)
    )
    movers = wiring.movers
    skills = movers.rules.skills.get(person.organisation_code or "", ())
    with wiring.sessions.begin() as session:
        store.save_person(session, mover_key(person), person.name, skills, person.organisation_code)
        sos = open_sos(session, mover_key(person), call, at=at)
        if sos.is_new:
            tell_field(
                session, wiring.cases.teller.book, "sos", hearers_of("sos"),
                said_of(sos.name, _where(wiring, sos), since=sos.at),
                seq=sos.id, at=at, by_person_id=person.id,
            )  # fmt: skip
            payload = json.dumps(sos_as_json(sos, wiring.plane), ensure_ascii=False)
            session.execute(_TELL, {"channel": SOS_CHANNEL, "payload": payload})
    return sos


def _where(wiring: Wiring, sos: Sos) -> tuple[str, str]:
    grid_code = wiring.movers.find_grid(sos.point) if sos.point else None
    return place_words(wiring.plane, sos.point, grid_code, is_last_known=sos.is_last_known)


def answer_call(wiring: Wiring, person: Person, sos_id: int, note: str) -> Sos:
    """Answer a call; whoever called is told. The first answer stands.

    :raises SosNotFound: when there is no such call.
    """
    at = wiring.clock.now()
    with wiring.sessions.begin() as session:
        sos = answer_sos(
            session,
            sos_id,
            by_id=person.id,
            by_name=person.name,
            note=note.replace("\x00", "").strip(),
            at=at,
        )
        if sos.is_new:
            caller = int(sos.key[1:]) if sos.key.startswith("p") else None
            values = said_of(sos.name, ("", ""), since=sos.at, by=person.name, note=sos.note)
            tell_field(
                session, wiring.cases.teller.book, "sos_answered",
                hearers_of("sos_answered", person_id=caller), values,
                seq=sos.id, at=at, by_person_id=person.id,
            )  # fmt: skip
            payload = json.dumps(sos_as_json(sos, wiring.plane), ensure_ascii=False)
            session.execute(_TELL, {"channel": SOS_CHANNEL, "payload": payload})
    return sos


def list_calls(wiring: Wiring) -> tuple[Sos, ...]:
    """Open calls for help, and those of the last day."""
    with wiring.sessions() as session:
        return list_sos(session, since=wiring.clock.now() - SHOWN_FOR)


def opening_events(wiring: Wiring) -> list[bytes]:
    """Where everybody is and who calls for help, for a stream that begins: who slept knows it all again."""
    calls = [sos_event(sos_as_json(one, wiring.plane)) for one in list_calls(wiring) if one.state == "open"]
    return [movers_event(wiring.picture.movers()), *reversed(calls)]


def live_places(
    wiring: Wiring, people: Sequence[Person], at: datetime
) -> Mapping[int, tuple[datetime, PlanePoint]]:
    """The places of people that are not stale, by their ids."""
    limits = wiring.movers.limits_at(at)
    found = ((one.id, wiring.picture.find(mover_key(one))) for one in people)
    return {
        number: (seen.at, seen.point)
        for number, seen in found
        if seen is not None and not seen.is_stale(at, limits)
    }


def _point(wiring: Wiring, lon: object, lat: object) -> PlanePoint | None:
    """The point of a call; None where it says none that can be near the city."""
    if not all(
        isinstance(one, int | float) and not isinstance(one, bool) and abs(one) <= 180 for one in (lon, lat)
    ):
        return None
    place = LonLat(float(lon), max(-90.0, min(90.0, float(lat))))  # type: ignore[arg-type]
    around = wiring.movers.around.widened(
        wiring.movers.limits_at(wiring.clock.now()).surroundings_km * 1000.0
    )
    return wiring.plane.to_plane(place) if around.holds(place) else None


def _accuracy(said: object) -> float | None:
    is_number = isinstance(said, int | float) and not isinstance(said, bool)
    return float(said) if is_number and 0 <= said <= 1e6 else None  # type: ignore[arg-type,operator]
