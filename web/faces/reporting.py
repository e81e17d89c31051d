"""The form of a report as every face shows it: classes and types to tap, and the form as it comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

from starlette.datastructures import FormData

from cases.arriving import Joined, Receipt
from cases.rules.field_rules import ASKS_NOTHING, FieldAsk, FieldRules
from gis_core.errors import CitygridError
from grid.catalogue import Catalogue, CatalogueType
from web.accounts.people import Visitor
from web.forms import parse
from web.photos_ahead import PhotosAhead, photos_ahead_of
from web.reports import JoinSent, ReportSent, take_join, take_report
from web.sent_photos import sent_photos
from web.uploads import Malformed
from web.wiring import Wiring

KINDS: tuple[Literal["component", "matter"], ...] = ("matter", "component")
_KEPT_FIELDS = (
    "client_id", "type", "lon", "lat", "position_source", "accuracy_m", "description", "place_text",
    "is_handled_at_once", "source", "contact_name", "contact_phone",
    "tell_by", "contact_email", "component_code", "consent",
    "is_drill",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MajorShown:
    """A major class and its types, in the order in which they are offered."""

    kind: str
    code: str
    name: str
    name_en: str
    types: tuple[CatalogueType, ...]


@dataclass(frozen=True, slots=True)
class ReportForm:
    """An empty or a refused form: what was typed is kept, photos have to be chosen again."""

    values: dict[str, str]
    majors: tuple[MajorShown, ...]
    common: tuple[CatalogueType, ...]
    refusal: CitygridError | None = None
    asked: Mapping[str, FieldAsk] = field(default_factory=dict)


def new_form(
    catalogue: Catalogue,
    sent: FormData | None = None,
    refusal: CitygridError | None = None,
    *,
    rules: FieldRules = ASKS_NOTHING,
) -> ReportForm:
    """A form with a number of its own, or the one that was refused with what was in it.

    `rules` are those that inspectors are held to; none hold for others.
    """
    values = dict.fromkeys(_KEPT_FIELDS, "") | {"client_id": str(uuid4()), "position_source": "map"}
    if sent is not None:
        values |= {name: value for name in _KEPT_FIELDS if isinstance(value := sent.get(name), str) and value}
    common = tuple(one for kind in KINDS for one in catalogue.common(kind, limit=4))
    asked = {step: rules.most_asked(step, "inspector") for step in ("report", "self_handle")}
    return ReportForm(values, majors_of(catalogue), common, refusal, asked)


def majors_of(catalogue: Catalogue) -> tuple[MajorShown, ...]:
    """The major classes that have types, matters first."""
    majors = (
        MajorShown(kind, major.code, major.name, major.name_en, catalogue.types_of(kind, major.code))
        for kind in KINDS
        for major in catalogue.majors(kind)
    )
    return tuple(major for major in majors if major.types)


def send_form(
    wiring: Wiring, visitor: Visitor, form: FormData, *, consent: str = "", is_kiosk: bool = False
) -> Receipt:
    """Take the report of a form in. The type comes as `kind:code`, two taps in one field.

    `consent` is the channel by which a caller agreed to be told; a terminal has no camera and no files.

    Raises Malformed when something is missing, and what `take_report` raises.
    """
    return take_report(
        wiring,
        visitor,
        parse(ReportSent, _with_type(form)),
        photos=() if is_kiosk else sent_photos(form, "photos", ahead=_ahead(wiring, visitor)),
        after_photos=() if is_kiosk else sent_photos(form, "after_photos", ahead=_ahead(wiring, visitor)),
        consent=consent,
        is_kiosk=is_kiosk,
    )


def joined_no(form: FormData) -> str:
    """The number of the case of which a form says "me too"; empty for a report of its own."""
    number = form.get("join")
    return number.strip() if isinstance(number, str) else ""


def send_join(wiring: Wiring, visitor: Visitor, form: FormData, *, consent: str = "") -> Joined:
    """Note the "me too" of a form. Raises Malformed, and what `take_join` raises."""
    sent = parse(JoinSent, form)
    photos = sent_photos(form, "photos", ahead=_ahead(wiring, visitor))
    return take_join(wiring, visitor, joined_no(form), sent, photos=photos, consent=consent)


def _ahead(wiring: Wiring, visitor: Visitor) -> PhotosAhead | None:
    """Photos that came ahead of a form; those without an account send them with it."""
    person = visitor.person
    return None if person is None else photos_ahead_of(wiring.settings.home, person.id, wiring.photos)


def _with_type(form: FormData) -> FormData:
    chosen = form.get("type")
    if not isinstance(chosen, str) or ":" not in chosen:
        raise Malformed("还没有选问题类型。没有写入任何内容，请选择后重新提交。", fields=["type"])
    if not form.get("lon") or not form.get("lat"):
        text = "还没有选位置。没有写入任何内容，请在地图上点选或填写坐标后重新提交。"
        raise Malformed(text, fields=["lon", "lat"])
    kind, _, code = chosen.partition(":")
    fields = [(key, value) for key, value in form.multi_items() if isinstance(value, str)]
    return FormData([*fields, ("kind", kind), ("type_code", code)])
