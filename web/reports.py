"""A report as a form or the API sends it: checked, its photos stored, handed to the cases."""

import contextlib
from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cases.arriving import Joined, Receipt
from cases.conditions import plain
from cases.place_history import (
    MONTHS,
    MOST_MONTHS,
    MOST_WITHIN_M,
    WITHIN_M,
    PlaceHistory,
    list_at_place,
)
from cases.rules.commands import Asking, Join, Report
from cases.rules.duplicates import Seen
from cases.rules.evidence import MOST_DESCRIPTION
from cases.similar import Alike, list_alike
from gis_core.crs import OutsidePlane
from gis_core.places import LonLat
from web import throttle
from web.accounts.guards import asking, visitor_asking
from web.accounts.people import Visitor
from web.own_position import OwnPositionSent
from web.reporters import TellingSent
from web.sent_photos import SentPhoto, store_photos
from web.uploads import Malformed
from web.wiring import Wiring

DESK_SOURCES = ("hotline", "hotline_12345", "web", "kiosk", "media", "leader", "video", "sensor")


class ReportSent(OwnPositionSent, TellingSent):
    """The fields of a report. `lon` and `lat` are degrees of `system`; `client_id` is made by the sender, so
    that sending twice files once."""

    model_config = ConfigDict(extra="ignore")

    client_id: UUID = Field(title="上报编号")
    kind: Literal["component", "matter"] = Field(title="大类")
    type_code: str = Field(min_length=1, max_length=5, title="小类")
    lon: Annotated[float, Field(allow_inf_nan=False, title="经度")]
    lat: Annotated[float, Field(allow_inf_nan=False, title="纬度")]
    system: str = Field("EPSG:4490", max_length=20, title="坐标系")
    position_source: Literal["gps", "map", "component"] = Field("map", title="定位方式")
    accuracy_m: float | None = Field(None, ge=0, le=1e6, allow_inf_nan=False, title="定位精度")
    description: str = Field("", max_length=MOST_DESCRIPTION, title="问题描述")
    place_text: str = Field("", max_length=1000, title="地点描述")
    component_code: str | None = Field(None, max_length=17, title="部件编码")
    source: str | None = Field(None, max_length=16, title="来源")
    is_handled_at_once: bool = Field(False, title="已自行处置")
    is_sample: bool = Field(
        False, title="示意数据", description="Heeded from accounts of the demonstration only."
    )
    is_drill: bool = Field(
        False, title="演练", description="The case is one of a drill as long as it lives; of operators only."
    )
    contact_name: str = Field("", max_length=200, title="联系人")
    contact_phone: str = Field("", max_length=200, title="联系电话")


def take_report(
    wiring: Wiring,
    visitor: Visitor,
    sent: ReportSent,
    *,
    photos: Sequence[SentPhoto] = (),
    after_photos: Sequence[SentPhoto] = (),
    consent: str = "",
    is_kiosk: bool = False,
) -> Receipt:
    """Take a report in by whoever sends it: an inspector, a desk for somebody, or the public.

    `consent` is the channel by which a caller agreed to be told. At a terminal everybody is the public.

    :raises TooOften: when an address without an account reports too much; else what `Cases.report` raises.
    """
    who = _as_public(wiring, visitor) if is_kiosk else _whoever(wiring, visitor)
    source = "kiosk" if is_kiosk else None
    return file_report(
        wiring,
        who,
        sent,
        photos=photos,
        after_photos=after_photos,
        consent=consent,
        source=source,
        is_synthetic=sent.is_sample and visitor.person is not None and visitor.person.is_demo,
    )


def file_report(
    wiring: Wiring,
    who: Asking,
    sent: ReportSent,
    *,
    photos: Sequence[SentPhoto] = (),
    after_photos: Sequence[SentPhoto] = (),
    consent: str = "",
    source: str | None = None,
    is_synthetic: bool = False,
) -> Receipt:
    """Store the photos of a report and file it for whoever asks; raises what `Cases.report` raises.

    `source` is where our own page or feed knows it to come from; else the post says so."""
    command = Report(
        client_id=sent.client_id,
        kind=sent.kind,
        type_code=sent.type_code,
        place=LonLat(sent.lon, sent.lat),
        description=sent.description,
        photos=store_photos(wiring.photos, photos),
        after_photos=store_photos(wiring.photos, after_photos),
        is_handled_at_once=sent.is_handled_at_once,
        system=sent.system,
        position_source=sent.position_source,
        accuracy_m=sent.accuracy_m,
        place_text=sent.place_text,
        component_code=sent.component_code,
        source=source or _source(who.role, sent.source),
        contact_name=sent.contact_name,
        contact_phone=sent.contact_phone,
        position=sent.own_position(),
        consent=consent,
        is_synthetic=is_synthetic,
        is_drill=sent.is_drill,
    )
    return wiring.cases.report(command, who)


class JoinSent(TellingSent):
    """ "Me too": words and contact as a report has them; the place and the type are the case's."""

    model_config = ConfigDict(extra="ignore")

    client_id: UUID = Field(title="上报编号")
    description: str = Field("", max_length=2000, title="问题描述")
    contact_name: str = Field("", max_length=200, title="联系人")
    contact_phone: str = Field("", max_length=200, title="联系电话")


def take_join(
    wiring: Wiring,
    visitor: Visitor,
    case_no: str,
    sent: JoinSent,
    *,
    photos: Sequence[SentPhoto] = (),
    consent: str = "",
) -> Joined:
    """Note that somebody else reports the problem of a case; `consent` as for a report.

    :raises TooOften: when an address without an account reports too much; else what `Cases.join` raises.
    """
    who = _whoever(wiring, visitor)
    command = Join(
        text=sent.description,
        contact_name=sent.contact_name,
        contact_phone=sent.contact_phone,
        consent=consent,
        photos=store_photos(wiring.photos, photos),
    )
    return wiring.cases.join(case_no, command, who, sent.client_id)


class LookAlikesAsked(BaseModel):
    """A report under way, as far as it is filled in."""

    model_config = ConfigDict(extra="ignore")

    type: str = Field(pattern=r"^(component|matter):\d{5}$", title="类别")
    lon: Annotated[float, Field(allow_inf_nan=False, title="经度")]
    lat: Annotated[float, Field(allow_inf_nan=False, title="纬度")]
    position_source: Literal["gps", "map", "component"] = Field("map", title="定位方式")
    accuracy_m: float | None = Field(None, ge=0, le=1e6, allow_inf_nan=False, title="定位精度")
    description: str = Field("", max_length=4000, title="问题描述")
    component_code: str | None = Field(None, max_length=17, title="部件编码")


def find_look_alikes(wiring: Wiring, asked: LookAlikesAsked, *, is_public: bool = True) -> tuple[Alike, ...]:
    """Cases that may be the same problem as a report under way; none outside the plane.

    Strangers (`is_public`) measure from where the public sees a case.

    :raises BadPlace: for degrees that are none.
    """
    kind, _, type_code = asked.type.partition(":")
    at = wiring.clock.now()
    new = Seen(kind, type_code, asked.component_code or None, asked.description, at)
    system = "WGS84" if asked.position_source == "gps" else "EPSG:4490"
    try:
        point = wiring.plane.to_plane(wiring.city.read_place(LonLat(asked.lon, asked.lat), system))
    except OutsidePlane:
        return ()
    with wiring.sessions() as session:
        return list_alike(
            session,
            new,
            point,
            at=at,
            accuracy_m=asked.accuracy_m,
            is_public=is_public,
            types=wiring.cases.types,
        )


class PlaceAsked(BaseModel):
    """A place of which somebody wants to know what was reported there: a point, a component, or both."""

    model_config = ConfigDict(extra="ignore")

    lon: Annotated[float, Field(allow_inf_nan=False)] | None = Field(None, title="经度")
    lat: Annotated[float, Field(allow_inf_nan=False)] | None = Field(None, title="纬度")
    position_source: Literal["gps", "map", "component"] = Field("map", title="定位方式")
    component_code: str | None = Field(None, max_length=17, title="部件编码")
    within_m: Annotated[float, Field(ge=5, le=MOST_WITHIN_M, allow_inf_nan=False)] = Field(
        WITHIN_M, title="范围"
    )
    months: int = Field(MONTHS, ge=1, le=MOST_MONTHS, title="月数")


def find_place_history(wiring: Wiring, asked: PlaceAsked) -> PlaceHistory:
    """What was reported at a place or on a component before; nothing outside the plane. Of staff only.

    :raises BadPlace: for degrees that are none; Malformed when neither a point nor a component is named.
    """
    code = asked.component_code and plain(asked.component_code)
    if not code and (asked.lon is None or asked.lat is None):
        raise Malformed(
            "没有说明地点。请给出经纬度，或给出部件编码。", fields=["lon", "lat", "component_code"]
        )
    point = None
    if asked.lon is not None and asked.lat is not None:
        system = "WGS84" if asked.position_source == "gps" else "EPSG:4490"
        with contextlib.suppress(OutsidePlane):
            point = wiring.plane.to_plane(wiring.city.read_place(LonLat(asked.lon, asked.lat), system))
    with wiring.sessions() as session:
        return list_at_place(
            session,
            point,
            at=wiring.clock.now(),
            component_code=code or None,
            within_m=asked.within_m,
            months=asked.months,
            types=wiring.cases.types,
        )


def _whoever(wiring: Wiring, visitor: Visitor) -> Asking:
    """Who reports: an inspector, a desk, or the public, whose reports of one address are counted."""
    at = wiring.clock.now()
    person = visitor.person
    if person is not None and person.may_act_as("inspector", "operator"):
        return asking(person, person.acting_as("inspector", "operator"), at=at)
    return _as_public(wiring, visitor)


def _as_public(wiring: Wiring, visitor: Visitor) -> Asking:
    """The public, whose reports of one address are counted."""
    at = wiring.clock.now()
    throttle.spend(wiring.sessions, throttle.PUBLIC_REPORTS_BY_ADDRESS, visitor.address, at=at)
    return visitor_asking(at=at)


def _source(role: str, asked: str | None) -> str:
    """Where the report comes from: the post says so, and a desk says how it heard."""
    if role == "operator":
        return asked if asked in DESK_SOURCES else "hotline"
    return role
