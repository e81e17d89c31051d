"""A report that rules have said yes to: what is written of it, and what its reporter gets back."""

import secrets
from dataclasses import dataclass

from cases import store
from cases.rules.deciding import Asking, Decision
from cases.rules.evidence import MOST_DESCRIPTION, clean_text
from cases.rules.facts import fact_of
from cases.rules.intake import Report
from cases.sight import DRILL
from gis_core.journal import Entry
from gis_core.places import LonLat, PlanePoint, to_grain
from grid.rules.locating import Located
from grid.rules.responsibility import Assignment

TRACK_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0 O 1 I L: people read the code to each other over the telephone."""
TRACK_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a reporter gets back; the same again when the same report is sent twice."""

    case_no: str
    track_code: str
    stage: str
    unit_grid_code: str
    place: LonLat
    department_name: str | None
    is_repeat: bool
    explanation: str


@dataclass(frozen=True, slots=True)
class Joined:
    """What somebody gets back who said "me too"; the same again when it is sent twice."""

    case_no: str
    track_code: str
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class Parted:
    """A case that was split: what was decided of the parent, and the part as a new case."""

    decision: Decision
    part: Receipt


@dataclass(frozen=True, slots=True)
class Arrival:
    """A report that rules have said yes to, ready to be written."""

    report: Report
    asking: Asking
    decision: Decision
    point: PlanePoint
    where: Located
    whose: Assignment | None

    @property
    def proposed_code(self) -> str | None:
        """The department that the rule of responsibility names, if any."""
        return None if self.whose is None else self.whose.organisation_code


def on_grain(point: PlanePoint) -> PlanePoint:
    """The point as it is stored: on multiples of 2^-10 m."""
    return PlanePoint(to_grain(point.easting_m), to_grain(point.northing_m))


def new_track_code() -> str:
    """Eight random characters that nobody confuses."""
    return "".join(secrets.choice(TRACK_ALPHABET) for _ in range(TRACK_LENGTH))


def settle(arrival: Arrival, case_id: int) -> tuple[Entry, store.SettledCase]:
    """The first fact of a case, sealed, and the case that it makes."""
    fact = fact_of(arrival.decision, arrival.asking, case_id=case_id, seq=1, from_stage=None)
    entry = fact.sealed()
    return entry, store.SettledCase(_new_case(arrival, case_id), arrival.decision, entry.hash)


def _new_case(arrival: Arrival, case_id: int) -> store.NewCase:
    """The columns of a case that its first fact settles."""
    report, where = arrival.report, arrival.where
    return store.NewCase(
        case_id=case_id,
        client_id=report.client_id,
        district_code=DRILL + where.district_code[1:] if report.is_drill else where.district_code,
        track_code=new_track_code(),
        description=clean_text(report.description, "问题描述", most=MOST_DESCRIPTION),
        place_text=report.place_text.strip(),
        point=arrival.point,
        position_source=report.position_source,
        accuracy_m=report.accuracy_m,
        component_code=report.component_code,
        unit_grid_code=where.unit_grid_code,
        responsibility_code=where.responsibility_code,
        zone_code=where.zone_code,
        pulled_m=where.pulled_m,
        frame_version=where.frame_version,
        source=report.source_for(arrival.asking.role),
        proposed_department_code=arrival.proposed_code,
        contact_name=report.contact_name.strip() or None,
        contact_phone=report.contact_phone.strip() or None,
        is_synthetic=report.is_synthetic,
        is_drill=report.is_drill,
    )
