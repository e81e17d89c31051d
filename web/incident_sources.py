"""What the form of a first report begins with: from a case, a warning, an alarm, or a plan that proposes."""

from collections.abc import Mapping

import shapely
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from cases.reading import get_case
from emergency.cap.zones import plane_zone
from emergency.measurements.reading import get_alarm
from emergency.response.reading import PlanNotFound, list_to_activate
from emergency.rules.plans.asking import asked_by
from emergency.rules.plans.proposing import propose
from emergency.warnings.concerning import kind_of
from emergency.warnings.reading import KeptWarning, get_warning
from gis_core.crs import PlaneSystem
from gis_core.places import LonLat, PlanePoint
from web.wiring import Wiring

Values = dict[str, str]
FLOOD = "洪水"
"""What gauges of rain and rivers tell of."""


class SourceAsked(BaseModel):
    """What an incident is to be made of, and whether it is a drill's."""

    model_config = ConfigDict(extra="ignore")

    case_no: str = Field("", max_length=40, title="案卷号")
    warning: int | None = Field(None, ge=1, lt=2**62, title="预警")
    alarm: int | None = Field(None, ge=1, lt=2**62, title="告警")
    plan: str = Field("", max_length=40, title="预案")
    drill: bool = Field(False, title="演练")


def begin_with(wiring: Wiring, session: Session, asked: SourceAsked) -> Values:
    """The fields that are known already.

    :raises CaseNotFound, WarningNotFound, AlarmNotFound, PlanNotFound: for what is not there.
    """
    values: Values = {}
    if asked.case_no:
        values = _of_case(wiring, session, asked.case_no)
    elif asked.warning:
        values = _of_warning(wiring, get_warning(session, asked.warning))
    elif asked.alarm:
        values = _of_alarm(wiring, session, asked.alarm)
    elif asked.plan:
        values = _of_plan(wiring, session, asked.plan, is_drill=asked.drill)
    return values | ({"is_drill": "true"} if asked.drill else {})


def _of_case(wiring: Wiring, session: Session, case_no: str) -> Values:
    summary = get_case(session, case_no, wiring.clock.now()).summary
    return {
        "case_no": summary.case_no,
        "words": summary.description,
        "place_text": summary.place_text,
        "source": "sensor" if summary.source == "sensor" else "case",
        **({"is_drill": "true"} if summary.is_drill else {}),
        **_at(LonLat(summary.lon, summary.lat)),
    }


def _of_warning(wiring: Wiring, kept: KeptWarning) -> Values:
    info = kept.info
    if info is None:
        return {"source": "warning", "words": kept.title}
    where = "、".join(dict.fromkeys(area.description for area in info.areas if area.description))
    said = [info.headline or info.event, info.description, f"影响范围：{where}" if where else ""]
    from_whom = info.sender_name or kept.alert.sender
    words = "\n".join([*filter(None, said), f"依据：{from_whom}的预警 {kept.alert.identifier}"])
    return {
        "source": "warning",
        "kind_code": wiring.incidents.book.find_kind_of(kind_of(info)),
        "words": words[:2_000],
        "place_text": where[:200],
        **({"is_drill": "true"} if kept.is_drill else {}),
        **_middle(kept, wiring.plane),
    }


def _middle(kept: KeptWarning, plane: PlaneSystem) -> Mapping[str, str]:
    """A point inside what the warning covers, where it has a shape."""
    shapes = [plane_zone(area, plane) for area in (kept.info.areas if kept.info else ()) if area.has_shape]
    if not shapes or (zone := shapely.union_all(shapes)).is_empty:
        return {}
    inside = zone.representative_point()
    return _at(plane.to_lonlat(PlanePoint(inside.x, inside.y)))


def _of_alarm(wiring: Wiring, session: Session, alarm_id: int) -> Values:
    alarm = get_alarm(session, alarm_id)
    if alarm.kind == "proposal":
        return _of_plan(wiring, session, alarm.subject, is_drill=alarm.is_drill)
    known = {one.code: one for one in wiring.situations.list_instruments(session)}
    values = {"source": "sensor", "words": alarm.words}
    values |= {"is_drill": "true"} if alarm.is_drill else {}
    if (instrument := known.get(alarm.subject)) is None:
        return values
    sort = instrument.sort if instrument.is_sensor else FLOOD
    values |= {
        "kind_code": wiring.incidents.book.find_kind_of(sort),
        "place_text": instrument.place_text or instrument.name,
    }
    return values | (_at(wiring.plane.to_lonlat(instrument.point)) if instrument.point else {})


def _of_plan(wiring: Wiring, session: Session, code: str, *, is_drill: bool) -> Values:
    versions = list_to_activate(session, is_drill=False)
    version = next((one for one in versions if one.head.code == code), None)
    if version is None:
        raise PlanNotFound("没有这个已批准的预案。请刷新监测预警页面。")
    at, asked = wiring.clock.now(), asked_by([version.plan])
    known = wiring.situations.known_at(session, at, asked, is_drill=is_drill)
    kinds = map(wiring.incidents.book.find_kind_of, version.plan.hazards)
    return {
        "source": "sensor",
        "kind_code": next(filter(None, kinds), ""),
        "words": f"{version.head.name}：{propose(version.plan, known).sentence}"[:2_000],
    }


def _at(place: LonLat) -> Values:
    return {"lon": f"{place.lon_deg:.6f}", "lat": f"{place.lat_deg:.6f}"}
