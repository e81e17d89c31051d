"""How a report comes in: what it must say, where it lies, whom the city proposes to handle it."""

import re
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from uuid import UUID

from cases.rules.deciding import Asking, CaseState, Decision, Known, advance
from cases.rules.evidence import (
    MOST_DESCRIPTION,
    MOST_NAME,
    MOST_PLACE_TEXT,
    EvidenceMissing,
    NoPhoto,
    StoredPhoto,
    check_phone,
    check_photos,
    clean_text,
    need_evidence,
    without_phones,
)
from cases.rules.on_site import OwnPosition
from cases.rules.proof import Proof, Shown, joint_body, prove
from cases.rules.stages import Transition, opening
from gis_core.errors import BadInput
from gis_core.places import LonLat
from grid.rules.locating import Located
from grid.rules.responsibility import Assignment

SOURCE_NAMES: dict[str, str] = {
    "inspector": "监督员上报",
    "public": "公众上报",
    "hotline": "热线",
    "hotline_12345": "12345 转办",
    "kiosk": "自助终端",
    "web": "网站",
    "media": "媒体",
    "leader": "领导批示",
    "video": "视频",
    "sensor": "传感器",
    "imported": "外部导入",
}
HOTLINES = ("hotline", "hotline_12345")
"""Sources at which somebody calls: the 12319 of the city, and 12345, which passes calls on."""
_SAID_BY = {"inspector": ("inspector",), "public": ("public", "kiosk")}
"""What a post may say of where its report comes from; others may say anything."""
_SOURCE_OF_ROLE = {"inspector": "inspector", "public": "public", "operator": "hotline", "system": "imported"}
CONSENT_WORDS = {"sms": "来电人同意以短信告知进展", "email": "来电人同意以电子邮件告知进展"}
COMPONENT_CODE = re.compile(r"[0-9A-Z]{17}")
MAY_DRILL = ("operator",)
"""Posts that report for a drill."""
POSITION_SOURCES = ("gps", "map", "component", "imported")


class UnknownSource(BadInput):
    """A source of reports that the city does not have."""

    code = "unknown_source"


class NoDrill(BadInput):
    """A drill that reaches somebody outside, or comes from there."""

    code = "no_drill"


class BadPosition(BadInput):
    """A position with an accuracy or a component code that cannot be."""

    code = "bad_position"


@dataclass(frozen=True, slots=True)
class Report:
    """上报 or 登记 by the post of who asks: an inspector reports, a desk or the public registers.

    `client_id` is made by the phone or the page, so that sending twice files once. `place` is in degrees of
    `system` ("EPSG:4490", "WGS84", "GCJ-02", "BD-09"). `photos` show the problem; `after_photos` that the
    inspector has set it right at once, and `position` where he or she stands. `consent` is the channel by
    which a caller agreed to be told, as the operator wrote down. `reported_at` and `reference` are moment and
    number that a report from another system had there. `is_drill` holds for the case as long as it lives.
    """

    client_id: UUID
    kind: str
    type_code: str
    place: LonLat
    description: str = ""
    photos: tuple[StoredPhoto, ...] = ()
    after_photos: tuple[StoredPhoto, ...] = ()
    is_handled_at_once: bool = False
    system: str = "EPSG:4490"
    position_source: str = "map"
    accuracy_m: float | None = None
    place_text: str = ""
    component_code: str | None = None
    source: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    consent: str = ""
    reported_at: datetime | None = None
    reference: str = ""
    is_synthetic: bool = False
    is_drill: bool = False
    position: OwnPosition | None = None

    def source_for(self, role: str) -> str:
        """Where the report comes from: as it says, or as the post of who sends it implies."""
        return self.source or _SOURCE_OF_ROLE[role]

    @property
    def text(self) -> str:
        """The words of the report, as the table of stages asks for them."""
        return self.description.strip()


def check_report(report: Report, asking: Asking, known: Known) -> Transition:
    """Refuse a report before anything is looked up or written; answers the row it comes in by.

    Raises WrongRole, UnknownType, UnknownSource, EvidenceMissing, TextTooLong, BadText, BadPhone and
    TooManyPhotos.
    """
    edge = opening(asking.role)
    known.get_type_name(report.kind, report.type_code)
    source = report.source_for(asking.role)
    is_odd = source not in _SAID_BY.get(asking.role, SOURCE_NAMES)
    if is_odd or source not in SOURCE_NAMES or report.position_source not in POSITION_SOURCES:
        raise UnknownSource("上报来源或定位方式无法识别，请更新页面后重试。")
    _check_position(report)
    if report.is_drill and (asking.role not in MAY_DRILL or report.consent):
        raise NoDrill("演练案件由受理员登记，不通知任何来电人。请去掉“演练”或告知方式后重试。")
    clean_text(report.description, "问题描述", most=MOST_DESCRIPTION)
    clean_text(report.place_text, "地点描述", most=MOST_PLACE_TEXT)
    clean_text(report.contact_name, "联系人", most=MOST_NAME)
    check_phone(report.contact_phone)
    check_photos(report.photos)
    need_evidence(edge, report)
    if source in HOTLINES and not (report.contact_name.strip() or report.contact_phone.strip()):
        raise EvidenceMissing("登记热线来电须记录来电人或电话。", missing="caller")
    if report.is_handled_at_once and not check_photos(report.after_photos):
        raise NoPhoto("自行处置须上传处置后的现场照片。", missing="photo_after")
    _prove_problem(report, edge, asking, known)
    return edge


def _prove_problem(report: Report, edge: Transition, asking: Asking, known: Known) -> Proof:
    """The pictures of the problem, judged."""
    asked = known.asks_of("report", role=asking.role, kind=report.kind, type_code=report.type_code)
    shown = Shown("report", edge.label, check_photos(report.photos), report.position)
    return prove(shown, asked, known.field_rules)


def _prove_result(report: Report, asking: Asking, known: Known) -> Proof:
    """What an inspector has set right at once, judged. A place found by GPS is where the inspector stands."""
    after = check_photos(report.after_photos)
    if not report.is_handled_at_once:
        return Proof(after)
    position = report.position
    if position is None and report.position_source == "gps":
        position = OwnPosition(report.place, report.accuracy_m or 0.0, report.system, distance_m=0.0)
    asked = known.asks_of("self_handle", role=asking.role, kind=report.kind, type_code=report.type_code)
    shown = Shown("self_handle", "自行处置", after, position, check_photos(report.photos))
    return prove(shown, asked, known.field_rules)


def _check_position(report: Report) -> None:
    accuracy_m = report.accuracy_m
    if accuracy_m is not None and not (isfinite(accuracy_m) and accuracy_m >= 0):
        raise BadPosition("定位精度不是有效的米数，请重新定位。")
    if report.component_code is not None and not COMPONENT_CODE.fullmatch(report.component_code):
        raise BadPosition("部件编码应为 17 位数字或字母，请重新选择部件。")


def open_case(
    report: Report, asking: Asking, known: Known, *, where: Located, whose: Assignment | None
) -> Decision:
    """The first decision on a report: its place, the department proposed, the clock of acceptance.

    `whose` is None where no rule of responsibility names a department; the dispatcher then decides alone.
    """
    edge = check_report(report, asking, known)
    state = CaseState(
        stage="reported",
        kind=report.kind,
        type_code=report.type_code,
        reported_at=report.reported_at or asking.at,
        stage_since=asking.at,
        reporter_id=asking.person_id,
        is_handled_at_once=report.is_handled_at_once,
    )
    problem = _prove_problem(report, edge, asking, known)
    result = _prove_result(report, asking, known)
    return advance(
        state,
        edge,
        asking=asking,
        known=known,
        reason=_opening_words(report, asking.role, known, where, whose),
        body={
            "client_id": str(report.client_id),
            "kind": report.kind,
            "type": report.type_code,
            # Facts cannot be changed: numbers stand in the row alone, from which they can be taken.
            "description": without_phones(clean_text(report.description, "问题描述", most=MOST_DESCRIPTION)),
            "lon_deg": report.place.lon_deg,
            "lat_deg": report.place.lat_deg,
            "system": report.system,
            "position_source": report.position_source,
            "source": report.source_for(asking.role),
            "unit_grid": where.unit_grid_code,
            "frame_version": where.frame_version,
            "pulled_m": where.pulled_m,
            "proposed": proposed_body(whose),
            "is_handled_at_once": report.is_handled_at_once,
            "reference": report.reference,
            **joint_body(problem, result),
            **consent_body(report.consent),
            **({"is_drill": True} if report.is_drill else {}),
        },
        photos=(
            *(("before", photo) for photo in problem.photos),
            *(("after", photo) for photo in result.photos),
        ),
    )


def consent_body(channel: str) -> dict[str, object]:
    """What a fact keeps of a caller's consent: the channel, and that it was given on the telephone."""
    return {"consent": {"channel": channel, "given": "oral"}} if channel else {}


def proposed_body(whose: Assignment | None) -> dict[str, str] | None:
    """What a fact keeps of the department that is proposed: which, by what rule, and why in words."""
    if whose is None:
        return None
    return {"department": whose.organisation_code, "rule": whose.rule_id, "reason": whose.reason}


def _opening_words(report: Report, role: str, known: Known, where: Located, whose: Assignment | None) -> str:
    name = known.get_type_name(report.kind, report.type_code)
    source = SOURCE_NAMES[report.source_for(role)]
    words = [
        f"{'演练，' if report.is_drill else ''}{opening(role).label}：{source}“{name}”",
        where.reason.rstrip("。；"),
    ]
    if whose is not None:
        words.append(whose.reason.rstrip("。；"))
    else:
        words.append("没有适用的权责规则，由派遣员确定部门")
    if report.is_handled_at_once:
        words.append("监督员已自行处置")
    if report.consent:
        words.append(CONSENT_WORDS[report.consent])
    return "；".join(words)
