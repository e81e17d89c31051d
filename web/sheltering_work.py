"""People of a zone led to shelters: who goes where, with orders, solved again on change, and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from emergency.incidents.reading import Incident, IncidentFact, list_facts
from emergency.resources.reading import list_resources
from emergency.rules.closing import NoteWays
from emergency.rules.commands import Decision
from emergency.rules.sheltering.allocating import Allocation, Assignment, allocate
from emergency.rules.sheltering.blocks import Block
from emergency.rules.sheltering.changing import Change, compare
from emergency.rules.sheltering.orders import Orders, write_orders
from emergency.rules.sheltering.shelters import Hazard, Shelter, Standard
from emergency.rules.sheltering.streets import StreetLoad, rate_of, slowest
from gis_core.errors import NotFound
from web.accounts.guards import asking
from web.accounts.people import Person
from web.effect_work import kept_effect
from web.sheltering_forms import ShelteringAsked
from web.sheltering_ground import blocks_within, carried, shelter_of, ways_out
from web.way_shapes import BadDrawing, area_of_features, drawn_shape, feature
from web.wiring import Wiring

LEADS_PEOPLE = ("duty_officer", "commander")
WHOLE_WITHIN_S = 5.0
KEPT_SIMPLER_M = 5.0


class NoSuchPlan(NotFound):
    """The incident has no such plan of sheltering."""

    code = "no_such_sheltering"


@dataclass(frozen=True, slots=True)
class Sheltering:
    """A solved plan with what it was solved from; shapes in plane metres, blocks and `parts` row by row."""

    asked: ShelteringAsked
    zone: BaseGeometry
    blocks: tuple[Block, ...]
    parts: tuple[BaseGeometry, ...]
    shelters: tuple[Shelter, ...]
    standard: Standard
    hazard: Hazard
    allocation: Allocation
    orders: Orders
    loads: tuple[StreetLoad, ...]
    change: Change | None
    before: IncidentFact | None
    at: datetime
    lacking_m2: float
    is_synthetic: bool

    @property
    def clearance_s(self) -> float:
        """From the first order until the last of those with a place have arrived."""
        arrivals = [line.arrives_at for one in self.orders.orders for line in one.lines]
        last_s = max(((one - self.at).total_seconds() for one in arrivals), default=0.0)
        return max([last_s, *(one.clearance_s for one in self.loads)])

    @property
    def bottleneck(self) -> StreetLoad | None:
        """The stretch that takes longest to let its people through; None when nobody passes any."""
        return slowest(self.loads)


def solve(wiring: Wiring, incident: Incident, asked: ShelteringAsked) -> Sheltering:
    """Who goes where, with orders, and who moves against the plan that was kept last.

    :raises BadDrawing, NobodyToMove, ZoneTooLarge, UnknownShelterRule, NoSuchEffect, BadRoadData.
    """
    at = wiring.clock.now()
    with wiring.sessions() as session:
        facts = list_facts(session, incident.id)
        registered = list_resources(session, ("shelter",))
        closures = wiring.known_closures.standing(session).holding(incident.incident_no)
    zone = zone_of(wiring, facts, asked)
    blocks, parts = blocks_within(wiring, zone, asked, at)
    shelters = tuple(shelter_of(one) for one in registered)
    standard = wiring.shelter_rules.get_standard(asked.stay)
    hazard = Hazard("", "", zone)
    if asked.hazard:
        hazard = wiring.shelter_rules.get_hazard(asked.hazard, zone)
    ground = ways_out(
        wiring, asked=asked, zone=zone, parts=parts, shelters=shelters,
        closures=[value for _, value in closures], at=at,
    )  # fmt: skip
    before = next((one for one in reversed(facts) if "sheltering" in one.body), None)
    previous = [] if before is None else assignments_of(before.body["sheltering"])
    allocation = allocate(
        blocks, shelters, ground.ways, standard=standard, hazard=hazard, whole_blocks=asked.whole,
        previous=previous, time_limit_s=WHOLE_WITHIN_S,
    )  # fmt: skip
    loads = carried(wiring, ground, allocation, blocks, shelters)
    orders = write_orders(
        allocation, blocks, shelters, ground.ways, at=at,
        people_per_s=rate_of(loads, allocation.served_people, asked.exits_per_min),
        rates=wiring.shelter_rules.rates, days=asked.days,
    )  # fmt: skip
    people_layer = wiring.city_layers.layers().people
    return Sheltering(
        asked=asked,
        zone=zone,
        blocks=blocks,
        parts=parts,
        shelters=shelters,
        standard=standard,
        hazard=hazard,
        allocation=allocation,
        orders=orders,
        loads=tuple(loads),
        change=None if before is None else compare(previous, allocation),
        before=before,
        at=at,
        lacking_m2=allocation.unserved_people * standard.area_m2_per_person,
        is_synthetic=any(one.is_synthetic for one in registered)
        or (people_layer is not None and people_layer.facts.is_synthetic),
    )


def keep_sheltering(
    wiring: Wiring, person: Person, incident: Incident, asked: ShelteringAsked, revision: int
) -> Decision:
    """Solve it once more and write it into the incident's record. Raises what `solve` and the step raise."""
    found = solve(wiring, incident, asked)
    body = as_body(found, wiring)
    note = NoteWays(f"人员转移安置方案：{body['said']}", {"sheltering": body})
    who = asking(person, person.acting_as(*LEADS_PEOPLE), at=found.at)
    with wiring.sessions.begin() as session:
        return wiring.incidents.step(session, incident.incident_no, note, who, revision)


def as_body(found: Sheltering, wiring: Wiring) -> dict[str, Any]:
    """A plan as a fact holds it: texts and whole numbers only, so that its hash holds."""
    names = {one.id: one.name for one in found.shelters}
    allocation = found.allocation
    return {
        "sent": found.asked.model_dump(mode="json", exclude={"vertices", "exits_per_min", "days", "kept"}),
        "zone": feature(shapely.simplify(found.zone, KEPT_SIMPLER_M), wiring.plane, {}),
        "standard": found.standard.stay,
        "hazard": found.hazard.code,
        "people": allocation.people,
        "served": allocation.served_people,
        "unserved": allocation.unserved_people,
        "clearance_s": round(found.clearance_s),
        "bottleneck": None if found.bottleneck is None else street_of(found.bottleneck),
        "assignments": [
            {
                "block": one.block_id,
                "shelter": one.shelter_id,
                "shelter_name": names[one.shelter_id],
                "people": one.people,
                "way": one.way,
                "seconds": one.seconds,
                "metres": None if one.metres is None else round(one.metres),
            }
            for one in allocation.assignments
        ],
        "without_place": [
            {"block": one.block_id, "people": one.people, "code": one.code} for one in allocation.unserved
        ],
        "loads": [
            {
                "shelter": one.shelter_id,
                "name": names[one.shelter_id],
                "people": one.people,
                "places": one.capacity.people,
            }
            for one in allocation.loads
        ],
        "said": said_of(found),
    }


def street_of(one: StreetLoad) -> dict[str, Any]:
    """A stretch and what it has to carry, in whole numbers."""
    return {
        "name": one.name,
        "width_m": round(one.width_m),
        "is_width_assumed": one.is_width_assumed,
        "people": one.people,
        "pass_min": ceil(one.pass_s / 60),
    }


def said_of(found: Sheltering) -> str:
    """One line of a plan."""
    one = found.allocation
    used = sum(load.people > 0 for load in one.loads)
    said = f"{one.blocks} 个片区 {one.people} 人，安排 {one.served_people} 人到 {used} 处避难场所"
    return f"{said}，{one.unserved_people} 人未安排" if one.unserved_people else said


def assignments_of(body: Mapping[str, Any]) -> list[Assignment]:
    """The assignments of a plan that was kept."""
    return [
        Assignment(one["block"], one["shelter"], one["people"], one["way"], one["seconds"], one["metres"])
        for one in body["assignments"]
    ]


def zone_of(wiring: Wiring, facts: Sequence[IncidentFact], asked: ShelteringAsked) -> BaseGeometry:
    """The zone in plane metres. Raises BadDrawing, NoSuchEffect."""
    if asked.kept is not None:
        return area_of_features([_kept_plan(facts, asked.kept)["zone"]], wiring.plane)
    if asked.effect is None:
        zone = drawn_shape(asked.vertices, asked.drawn, wiring.plane, wiring.city.bounds)
        if not zone.is_valid or not zone.area > 0:
            raise BadDrawing("转移范围须为面，边界不能自相交叉。请重新画。")
        return zone
    effect = kept_effect(list(facts), asked.effect).body["effect"]
    zone = area_of_features(effect["zones"]["features"], wiring.plane)
    if zone.is_empty:
        raise BadDrawing("这次影响范围没有面，不能用作转移范围。请在地图上画。")
    return zone


def _kept_plan(facts: Sequence[IncidentFact], seq: int) -> Mapping[str, Any]:
    found = next(
        (one.body["sheltering"] for one in facts if one.seq == seq and "sheltering" in one.body), None
    )
    if found is None:
        raise NoSuchPlan("这起事件没有这个转移安置方案。请从事件页面重新打开。")
    plan: Mapping[str, Any] = found
    return plan
