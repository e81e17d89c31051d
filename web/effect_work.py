"""Effects and exposure of an incident: work one out, tell it, keep it as a fact of the incident."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import shapely

from cases.rules.worktime import CalendarMissing
from emergency.incidents.reading import Incident, IncidentFact
from emergency.rules.commands import Decision, Note
from emergency.rules.effects.results import STATUS_NAMES, Effect, Zone, as_area
from emergency.rules.effects.wording import tell
from emergency.rules.exposure import AreaCount, Exposure, expose
from emergency.rules.presence import MOMENT_NAMES
from gis_core.clock import city_time
from gis_core.errors import NotFound, Refused
from web.accounts.guards import asking
from web.accounts.people import Person
from web.effect_forms import EffectSent, effect_of
from web.effect_shapes import COLOURS, MOST_KEPT_POINTS, features_of
from web.wiring import Wiring

KEPT_SIMPLER_M = 5.0
KEEPS_EFFECTS = ("duty_officer", "commander", "leader")
MOST_LISTED = 200
DOUBTFUL = ("recalled", "assumed")
"""What of a figure must stand beside it."""


class EffectTooLarge(Refused):
    """The zones have more corners than a fact should hold."""

    code = "effect_too_large"


class NoSuchEffect(NotFound):
    """The incident has no such evaluation."""

    code = "no_such_effect"


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An effect and what lies inside; `features` are GeoJSON in degrees."""

    sent: EffectSent
    effect: Effect
    exposure: Exposure | None
    features: list[dict[str, Any]]


def evaluate(wiring: Wiring, incident: Incident, sent: EffectSent) -> Evaluated:
    """Work out an effect of an incident and count; a zone that nothing reaches has no exposure.

    :raises: what the models refuse, with words for the form.
    """
    city = wiring.city_layers
    at = wiring.clock.now()
    effect = effect_of(sent, incident.place, city, at)
    features = features_of(effect, wiring.plane)
    if not features:
        return Evaluated(sent, effect, None, features)
    found = expose(
        [effect],
        city.layers(),
        at=at,
        presence=city.data.presence,
        moment=sent.counted_at(),
        is_working_day=_is_working_day(wiring, at),
        needs=city.data.needs.needs,
        outline=sent.outline,
    )
    return Evaluated(sent, effect, found, features)


def keep(wiring: Wiring, person: Person, incident: Incident, sent: EffectSent, revision: int) -> Decision:
    """Write an evaluation into the incident's record, worked out anew from its parameters.

    :raises EffectTooLarge: beside what `evaluate` and the step refuse.
    """
    found = evaluate(wiring, incident, sent)
    body = as_body(found, wiring)
    words = f"影响范围（{found.effect.title}）：{body['said']}"
    who = asking(person, person.acting_as(*KEEPS_EFFECTS), at=wiring.clock.now())
    note = Note(words, effect=body)
    return wiring.incidents.perform(incident.incident_no, note, who, seen_revision=revision)


def as_body(found: Evaluated, wiring: Wiring) -> dict[str, Any]:
    """An evaluation as a fact holds it: texts, whole numbers and degrees only, so that its hash holds.

    :raises EffectTooLarge: when the zones have too many corners.
    """
    zones = tuple(_simpler(zone) for zone in found.effect.zones)
    features = features_of(_with_zones(found.effect, zones), wiring.plane)
    corners = sum(shapely.get_num_coordinates(one.widest) for one in zones)
    if corners > MOST_KEPT_POINTS:
        raise EffectTooLarge("这个范围的轮廓太细碎，不能记入事件。请缩小范围后再记。")
    exposure, effect = found.exposure, found.effect
    sent = found.sent.model_dump(mode="json", exclude_none=True, exclude={"shape"})
    return {
        "model": effect.model,
        "title": effect.title,
        "sent": {name: tell(value) if isinstance(value, float) else value for name, value in sent.items()},
        "parameters": parameters_of(effect),
        "zones": {"type": "FeatureCollection", "features": features},
        "counts": counts_of(exposure),
        "places_lost": exposure and places_lost_of(exposure),
        "said": said_of(exposure),
        "warnings": list(exposure.warnings if exposure else effect.warnings),
        "limits": list(exposure.limits if exposure else effect.limits),
    }


def parameters_of(effect: Effect) -> list[dict[str, str]]:
    """What went in and came out: name, value as it is shown, unit, how sure it is."""
    return [
        {
            "name": one.name,
            "value": tell(one.value),
            "unit": one.unit,
            "status": STATUS_NAMES[one.status].value,
        }
        for one in (*effect.parameters, *effect.figures)
    ]


def counts_of(exposure: Exposure | None) -> list[dict[str, Any]]:
    """Whole numbers of each zone and of all together; None was not counted."""
    if exposure is None:
        return []
    return [
        {
            "code": one.code,
            "name": one.name,
            "threshold": one.threshold,
            "status": STATUS_NAMES[one.status].value if one.status in DOUBTFUL else "",
            "area_m2": round(one.area_m2),
            "people": None if one.people is None else round(one.people),
            "components": one.components,
            "targets": one.targets,
            "hazards": one.hazards,
            "roads": one.roads,
            "shelters": one.shelters,
        }
        for one in (*exposure.zones, exposure.total)
    ]


def places_lost_of(exposure: Exposure) -> int | None:
    """Places of the shelters inside; None where the city has no shelters on record."""
    return None if exposure.total.shelters is None else round(exposure.shelter_places_lost)


def said_of(exposure: Exposure | None) -> str:
    """One line of what lies inside."""
    if exposure is None:
        return "没有影响范围"
    total = exposure.total
    people = "人口未统计" if total.people is None else f"约 {round(total.people)} 人（估算）"
    parts = [people, f"部件 {total.components or 0} 个", f"道路 {total.roads or 0} 条"]
    if total.targets is not None:
        parts.append(f"防护目标 {total.targets} 处")
    if total.hazards is not None:
        parts.append(f"危险源 {total.hazards} 处")
    if exposure.shelters:
        parts.append(f"避难场所 {len(exposure.shelters)} 处、少 {round(exposure.shelter_places_lost)} 个位置")
    return "，".join(parts)


def kept_effect(facts: list[IncidentFact], seq: int) -> IncidentFact:
    """The fact that holds an evaluation.

    :raises NoSuchEffect: when there is none.
    """
    found = next((one for one in facts if one.seq == seq and "effect" in one.body), None)
    if found is None:
        raise NoSuchEffect("这起事件没有这次影响范围。请从事件页面重新打开。")
    return found


def as_geojson(found: Evaluated) -> dict[str, Any]:
    """The answer of the API: zones as features, what lies inside beside them."""
    exposure, effect = found.exposure, found.effect
    return {
        "type": "FeatureCollection",
        "features": found.features,
        "effect": {
            "model": effect.model,
            "title": effect.title,
            "formula": effect.formula,
            "parameters": [one.said() for one in effect.parameters],
            "figures": [one.said() for one in effect.figures],
            "offers": list(effect.offers),
            "sources": [{"name": one.name, "status": one.status} for one in effect.sources],
        },
        "exposure": exposure and exposure_of(exposure),
        "warnings": list(exposure.warnings if exposure else effect.warnings),
        "limits": list(exposure.limits if exposure else effect.limits),
    }


def exposure_of(exposure: Exposure) -> dict[str, Any]:
    """What lies inside, as JSON."""
    return {
        "at": exposure.at.isoformat(),
        "moment": exposure.moment,
        "outline": exposure.outline,
        "counts": counts_of(exposure),
        "shelter_places_lost": places_lost_of(exposure),
        "component_classes": {one.code: one.count for one in exposure.total.component_classes},
        "targets": [{"name": one.name, "zone": one.zone} for one in exposure.targets[:MOST_LISTED]],
        "hazards": [{"name": one.name, "zone": one.zone} for one in exposure.hazards[:MOST_LISTED]],
        "shelters": [
            {"name": one.name, "zone": one.zone, "places": round(one.amount)}
            for one in exposure.shelters[:MOST_LISTED]
        ],
        "roads": [
            {"name": one.name, "zone": one.zone, "inside_m": round(one.inside_m)}
            for one in exposure.roads[:MOST_LISTED]
        ],
        "subdistricts": [_area(one) for one in exposure.by_subdistrict],
        "grids": [_area(one) for one in exposure.by_grid[:MOST_LISTED]],
        "needs": [
            {"name": one.need.name, "amount": one.amount, "unit": one.need.unit} for one in exposure.needs
        ],
        "ages": [
            {
                "name": one.name,
                "rows": one.rows,
                "source": one.source,
                "on": one.on and one.on.isoformat(),
                "is_synthetic": one.is_synthetic,
            }
            for one in exposure.ages
        ],
    }


def _area(one: AreaCount) -> dict[str, Any]:
    people = None if one.people is None else round(one.people)
    return {"code": one.code, "name": one.name, "people": people, "components": one.components}


@dataclass(frozen=True, slots=True)
class RoadsOfName:
    """Streets of a name that are cut, and how much of them lies inside."""

    name: str
    count: int
    inside_m: float


def roads_by_name(exposure: Exposure) -> list[RoadsOfName]:
    """Cut roads by their name, the longest first; nameless lanes together under an empty name."""
    sums: dict[str, tuple[int, float]] = {}
    for one in exposure.roads:
        count, metres = sums.get(one.name, (0, 0.0))
        sums[one.name] = count + 1, metres + one.inside_m
    return sorted((RoadsOfName(name, *rest) for name, rest in sums.items()), key=lambda one: -one.inside_m)


def moment_name(exposure: Exposure) -> str:
    """The moment that people were counted for."""
    return MOMENT_NAMES[exposure.moment].value


def sheet_rows(found: Evaluated, type_names: Mapping[str, str]) -> list[list[str]]:
    """The whole answer as rows of a sheet: what, of which, how much, unit."""
    rows = [["项目", "名称", "数值", "单位或说明"]]
    for one in (*found.effect.parameters, *found.effect.figures):
        rows.append(["参数", one.name, tell(one.value), f"{one.unit}（{STATUS_NAMES[one.status].value}）"])
    exposure = found.exposure
    if exposure is not None:
        for count in counts_of(exposure):
            zone = count["name"] or "合计"
            if count["threshold"]:
                rows.append(["限值", zone, count["threshold"], count["status"]])
            rows.append(["面积", zone, str(count["area_m2"]), "平方米"])
            people = "" if count["people"] is None else str(count["people"])
            rows.append(["人数（估算）", zone, people, moment_name(exposure)])
            rows.append(["部件", zone, str(count["components"] or 0), "个"])
        for kind in exposure.total.component_classes:
            rows.append(["部件类别", type_names.get(kind.code, kind.code), str(kind.count), "个"])
        rows += [["防护目标", one.name, one.zone, one.grid] for one in exposure.targets]
        rows += [["危险源", one.name, one.zone, one.grid] for one in exposure.hazards]
        rows += [["避难场所", one.name, one.zone, f"{one.amount:.0f} 人"] for one in exposure.shelters]
        if exposure.total.shelters is not None:
            lost = places_lost_of(exposure)
            rows.append(["避难场所", "合计少", str(lost), f"个位置（{exposure.total.shelters} 处）"])
        for road in roads_by_name(exposure):
            rows.append(["中断道路", road.name or "（无名道路）", f"{road.inside_m:.0f}", "米"])
        for area in (*exposure.by_subdistrict, *exposure.by_grid):
            people = "" if area.people is None else f"{area.people:.0f}"
            rows.append(["分区人数（估算）", f"{area.name} {area.code}", people, "人"])
        rows += [["一周需求", one.need.name, tell(one.amount), one.need.unit] for one in exposure.needs]
        for age in exposure.ages:
            rows.append(["数据", age.name, str(age.rows), f"{age.source} {age.on or '日期不明'}"])
    said = (exposure.warnings, exposure.limits) if exposure else (found.effect.warnings, found.effect.limits)
    rows += [["提醒", words, "", ""] for words in said[0]]
    rows += [["局限", words, "", ""] for words in said[1]]
    return rows + [["来源", one.name, STATUS_NAMES[one.status].value, ""] for one in found.effect.sources]


def colour_of(found: Evaluated, code: str) -> str:
    """The colour that a zone has on the map."""
    codes = [zone.code for zone in found.effect.zones]
    return COLOURS[min(codes.index(code), 7)] if code in codes else ""


def _is_working_day(wiring: Wiring, at: datetime) -> bool:
    on = city_time(at).date()
    try:
        return wiring.calendar.is_working_day(on)
    except CalendarMissing:
        return on.weekday() < 5


def _simpler(zone: Zone) -> Zone:
    wide = None if zone.wide is None else as_area(zone.wide.simplify(KEPT_SIMPLER_M))
    return replace(zone, shape=as_area(zone.shape.simplify(KEPT_SIMPLER_M)), wide=wide)


def _with_zones(effect: Effect, zones: tuple[Zone, ...]) -> Effect:
    return replace(effect, zones=zones)
