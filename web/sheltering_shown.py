"""A plan of sheltering as pages, maps and files show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import shapely

from emergency.rules.sheltering.allocating import Load, Unserved
from emergency.rules.sheltering.shelters import LeftOut, Shelter
from emergency.rules.sheltering.streets import StreetLoad
from web.sheltering_work import Sheltering
from web.way_shapes import feature
from web.wiring import Wiring

COLOURS = (
    "#1f5fa8", "#2b8a57", "#c79a00", "#d9660f", "#6a3fa0",
    "#0e7c86", "#8a5a2b", "#b0467f", "#4d7c0f", "#5b6874",
)  # fmt: skip
"""A colour for each shelter in use; they begin anew where there are more, and each has its name beside it."""
UNSERVED_COLOUR = "#c8372d"
UNUSED_COLOUR = "#7b8794"
SIMPLER_M = 2.0


@dataclass(frozen=True, slots=True)
class BlockRow:
    """A block with where its people go."""

    code: str
    name: str
    people: int
    turn: int
    goes: tuple[tuple[str, int, str, int, int | None], ...]
    unserved: Unserved | None


@dataclass(frozen=True, slots=True)
class ShelterRow:
    """A shelter with how full it gets; `left_out` says why it takes no part."""

    shelter: Shelter
    load: Load | None
    left_out: LeftOut | None
    colour: str


def block_rows(found: Sheltering) -> list[BlockRow]:
    """Blocks in the turn in which they leave: shelter, people, way, minutes and metres of each part."""
    missing = {one.block_id: one for one in found.allocation.unserved}
    return [
        BlockRow(
            order.block.id, order.block.name, order.people, order.turn,
            tuple(
                (line.shelter.name, line.people, line.way_name, line.minutes,
                 None if line.metres is None else round(line.metres))
                for line in order.lines
            ),
            missing.get(order.block.id),
        )
        for order in found.orders.orders
    ]  # fmt: skip


def shelter_rows(found: Sheltering) -> list[ShelterRow]:
    """Shelters that are used, those with places left, and those left out."""
    loads = {one.shelter_id: one for one in found.allocation.loads}
    out = {one.shelter_id: one for one in found.allocation.left_out}
    colours = _colours(found)
    rows = [
        ShelterRow(one, loads.get(one.id), out.get(one.id), colours.get(one.id, "")) for one in found.shelters
    ]
    return sorted(rows, key=lambda row: (row.load is None, -(row.load.people if row.load else 0)))


def lacking(found: Sheltering) -> Mapping[str, int]:
    """How many people have no place, by reason."""
    by_code: dict[str, int] = {}
    for one in found.allocation.unserved:
        by_code[one.code] = by_code.get(one.code, 0) + one.people
    return by_code


def moves_told(found: Sheltering) -> list[dict[str, Any]]:
    """Who goes elsewhere than in the plan that was kept last."""
    if found.change is None:
        return []
    before = {} if found.before is None else found.before.body["sheltering"]
    names = {one["shelter"]: one["shelter_name"] for one in before.get("assignments", ())}
    names |= {one.id: one.name for one in found.shelters}
    blocks = {one.id: one.name for one in found.blocks}
    return [
        {
            "block": blocks.get(one.block_id, one.block_id),
            "people": one.people,
            "from": names.get(one.from_shelter_id or "", ""),
            "to": names.get(one.to_shelter_id or "", ""),
        }
        for one in found.change.moves
    ]


def features_of(found: Sheltering, wiring: Wiring) -> list[dict[str, Any]]:
    """Zone, blocks in the colour of the shelter most of them go to, flows, and shelters."""
    colours, plane = _colours(found), wiring.plane
    parts = {block.id: part for block, part in zip(found.blocks, found.parts, strict=True)}
    most: dict[str, tuple[int, str]] = {}
    for one in found.allocation.assignments:
        most[one.block_id] = max(most.get(one.block_id, (0, "")), (one.people, one.shelter_id))
    missing = {one.block_id for one in found.allocation.unserved}
    zone = {"role": "zone", "name": "", "colour": UNSERVED_COLOUR}
    features = [feature(found.zone, plane, zone)]
    for block in found.blocks:
        _, shelter_id = most.get(block.id, (0, ""))
        told = {
            "role": "block",
            "code": block.id,
            "people": block.people,
            "shelter": shelter_id,
            "has_unserved": block.id in missing,
            "colour": colours.get(shelter_id, UNSERVED_COLOUR),
        }
        features.append(feature(shapely.simplify(parts[block.id], SIMPLER_M), plane, told, key=block.id))
    spots = {one.id: one.ground for one in found.shelters if one.ground is not None}
    for one in found.allocation.assignments:
        ends = (parts[one.block_id].representative_point(), spots[one.shelter_id])
        line = shapely.LineString(shapely.get_coordinates(ends))
        told = {"role": "flow", "people": one.people, "block": one.block_id, "shelter": one.shelter_id}
        features.append(feature(line, plane, told | {"colour": colours[one.shelter_id]}))
    for row in shelter_rows(found):
        if row.shelter.ground is not None:
            features.append(feature(row.shelter.ground, plane, _shelter_told(row), key=row.shelter.id))
    return features


def sheet_rows(found: Sheltering) -> list[list[str]]:
    """The plan as a sheet: a row for each part of a block, then shelters."""
    rows = [["片区", "批次", "人数", "避难场所", "交通方式", "分钟", "米", "说明"]]
    for block in block_rows(found):
        for name, people, way, minutes, metres in block.goes:
            away = "" if metres is None else str(metres)
            rows.append([block.code, str(block.turn), str(people), name, way, str(minutes), away, ""])
        if block.unserved:
            rows.append([
                block.code, str(block.turn), str(block.unserved.people), "", "", "", "", block.unserved.why,
            ])  # fmt: skip
    rows.append(["最慢的路段", "", "人数", "路宽（米）", "每分钟通过", "通过用时（分钟）", "", "说明"])
    for street in street_rows(found):
        width = "路宽为假定" if street.load.is_width_assumed else ""
        told = [f"{street.load.width_m:g}", str(street.per_min), str(street.pass_min), "", width]
        rows.append([street.load.name or "（无名道路）", "", str(street.load.people), *told])
    rows.append(["避难场所", "", "安排人数", "可用容量", "", "", "", "说明"])
    for row in shelter_rows(found):
        if row.load:
            told = [str(row.load.people), str(row.load.capacity.people), "", "", "", row.load.capacity.how]
        else:
            told = ["", "", "", "", "", row.left_out.why if row.left_out else ""]
        rows.append([row.shelter.name, "", *told])
    return rows


SLOWEST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class StreetRow:
    """A street at its slowest stretch, as tables have it."""

    load: StreetLoad
    pass_min: int
    per_min: int


def street_rows(found: Sheltering) -> list[StreetRow]:
    """The streets that take longest to let their people through, the slowest first, each once."""
    by_name: dict[str, StreetLoad] = {}
    for one in sorted(found.loads, key=lambda load: -load.pass_s):
        by_name.setdefault(one.name, one)
    return [
        StreetRow(one, minutes_of(one.pass_s), round(one.people * 60 / one.pass_s))
        for one in list(by_name.values())[:SLOWEST_SHOWN]
    ]


def minutes_of(seconds: float) -> int:
    """Whole minutes, rounded up."""
    return ceil(seconds / 60)


def _shelter_told(row: ShelterRow) -> dict[str, Any]:
    load = row.load
    return {
        "role": "shelter",
        "code": row.shelter.id,
        "name": row.shelter.name,
        "people": load.people if load else 0,
        "places": load.capacity.people if load else 0,
        "is_left_out": load is None,
        "why": row.left_out.why if row.left_out else "",
        "colour": row.colour or UNUSED_COLOUR,
        "label": f"{load.people}/{load.capacity.people}" if load and load.people else "",
    }


def _colours(found: Sheltering) -> dict[str, str]:
    loads = sorted(found.allocation.loads, key=lambda one: -one.people)
    used = [one.shelter_id for one in loads if one.people]
    return {key: COLOURS[n % len(COLOURS)] for n, key in enumerate(used)}
