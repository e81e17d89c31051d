"""Closures as pages make them: from the fields of a form to what is kept, and back into the form."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from emergency.incidents.reading import Incident, list_facts
from emergency.rules.closing import CLOSES_ROADS, Closing
from emergency.ways.reading import SavedClosure
from gis_core.clock import city_time
from gis_core.roads.closures import Closure, list_touched
from gis_core.roads.network import BadRoadData
from web.accounts.guards import asking
from web.accounts.people import Person
from web.effect_work import kept_effect
from web.way_forms import ChangeSent, ClosureSent, LiftSent
from web.way_shapes import BadDrawing, area_of_features, corners_text, drawn_shape, drawn_way
from web.wiring import Wiring


def close_roads(
    wiring: Wiring, person: Person, sent: ClosureSent, incident: Incident | None = None
) -> SavedClosure:
    """Close the roads of a form. Raises BadDrawing and what `Closures.close` raises."""
    at = wiring.clock.now()
    who = asking(person, person.acting_as(*CLOSES_ROADS), at=at)
    return wiring.closures.close(
        closing_of(wiring, sent, at, incident),
        who,
        client_id=sent.client_id,
        incident_no=None if incident is None else incident.incident_no,
        is_drill=sent.is_drill,
    )


def change_closure(wiring: Wiring, person: Person, sent: ChangeSent) -> SavedClosure:
    """Say a closure anew. Raises BadDrawing and what `Closures.change` raises."""
    at = wiring.clock.now()
    who = asking(person, person.acting_as(*CLOSES_ROADS), at=at)
    wanted = closing_of(wiring, sent, at)
    return wiring.closures.change(sent.closure_id, wanted, who, seen_revision=sent.revision)


def lift_closure(wiring: Wiring, person: Person, sent: LiftSent) -> SavedClosure:
    """Open the roads again. Raises what `Closures.lift` raises."""
    who = asking(person, person.acting_as(*CLOSES_ROADS), at=wiring.clock.now())
    return wiring.closures.lift(sent.closure_id, sent.words, who, seen_revision=sent.revision)


def closing_of(wiring: Wiring, sent: ClosureSent, at: datetime, incident: Incident | None = None) -> Closing:
    """What a form says; without a beginning it begins now, of a kept effect it takes name and area.

    :raises BadDrawing, NoSuchEffect: when it says no place.
    """
    name, why = sent.name, sent.why
    if sent.effect is not None and incident is not None:
        with wiring.sessions() as session:
            effect = kept_effect(list_facts(session, incident.id), sent.effect).body["effect"]
        shape = area_of_features(effect["zones"]["features"], wiring.plane)
        if shape.is_empty:
            raise BadDrawing("这次影响范围没有面，不能转为封控。请在地图上画。")
        name = name or f"{incident.state.title[:40]} 影响范围"
        why = why or f"影响范围（{effect['title']}）"
    else:
        shape = drawn_shape(sent.vertices, sent.drawn, wiring.plane, wiring.city.bounds)
    return Closing(name, why, shape, sent.begins_at or at, sent.ends_at, tuple(sorted(set(sent.may_enter))))


def values_of(wiring: Wiring, closure: SavedClosure) -> Mapping[str, str | tuple[str, ...]]:
    """The fields of a form that says what a closure says."""
    said = closure.said
    return {
        "name": said.name,
        "why": said.why,
        "drawn": drawn_way(said.shape),
        "vertices": corners_text(said.shape, wiring.plane),
        "begins_at": f"{city_time(said.begins_at):%Y-%m-%dT%H:%M}",
        "ends_at": f"{city_time(said.ends_at):%Y-%m-%dT%H:%M}" if said.ends_at else "",
        "may_enter": said.may_enter,
        "closure_id": str(closure.id),
        "revision": str(closure.revision),
        "client_id": str(uuid4()),
    }


def empty_values(at: datetime) -> Mapping[str, str | tuple[str, ...]]:
    """The fields of a new closure that begins now."""
    return {
        "name": "", "why": "", "drawn": "area", "vertices": "", "ends_at": "", "may_enter": (),
        "begins_at": f"{city_time(at):%Y-%m-%dT%H:%M}", "client_id": str(uuid4()),
    }  # fmt: skip


def closed_stretches(wiring: Wiring, closures: list[SavedClosure]) -> dict[int, int | None]:
    """How many stretches of road each closure closes; None where there are no roads to count."""
    try:
        network = wiring.roads.network
    except BadRoadData:
        return dict.fromkeys([one.id for one in closures])
    known: dict[int, Closure] = {one.id: one.as_closure() for one in closures}
    return {number: len(list_touched(network, closure)) for number, closure in known.items()}
