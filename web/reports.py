"""A report as a form or the API sends it: checked, its photos stored, handed to the cases."""

from collections.abc import Sequence
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile

from cases.arriving import Receipt
from cases.rules.commands import Asking, Report
from cases.rules.evidence import MOST_DESCRIPTION
from gis_core.places import LonLat
from web import throttle
from web.accounts.guards import asking, visitor_asking
from web.accounts.people import Visitor
from web.actions import store_photos
from web.wiring import Wiring

DESK_SOURCES = ("hotline", "web", "media", "leader", "video", "sensor")


class ReportSent(BaseModel):
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
    contact_name: str = Field("", max_length=200, title="联系人")
    contact_phone: str = Field("", max_length=200, title="联系电话")


def take_report(
    wiring: Wiring,
    visitor: Visitor,
    sent: ReportSent,
    *,
    photos: Sequence[UploadFile] = (),
    after_photos: Sequence[UploadFile] = (),
) -> Receipt:
    """Take a report in by whoever sends it: an inspector, a desk for somebody, or the public.

    :raises TooOften: when an address without an account reports too much; else what `Cases.report` raises.
    """
    at = wiring.clock.now()
    person = visitor.person
    if person is not None and person.may_act_as("inspector", "operator"):
        who = asking(person, person.acting_as("inspector", "operator"), at=at)
    else:
        who = visitor_asking(at=at)
        throttle.spend(wiring.sessions, throttle.PUBLIC_REPORTS_BY_ADDRESS, visitor.address, at=at)
    return file_report(wiring, who, sent, photos=photos, after_photos=after_photos)


def file_report(
    wiring: Wiring,
    who: Asking,
    sent: ReportSent,
    *,
    photos: Sequence[UploadFile] = (),
    after_photos: Sequence[UploadFile] = (),
) -> Receipt:
    """Store the photos of a report and file it for whoever asks; raises what `Cases.report` raises."""
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
        source=_source(who.role, sent.source),
        contact_name=sent.contact_name,
        contact_phone=sent.contact_phone,
    )
    return wiring.cases.report(command, who)


def _source(role: str, asked: str | None) -> str:
    """Where the report comes from: the post says so, and a desk says how it heard."""
    if role == "operator":
        return asked if asked in DESK_SOURCES else "hotline"
    return role
