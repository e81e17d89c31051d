"""A corner of the city with its people, where tests let reports travel: real rules, real PostGIS."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from uuid import uuid4

from PIL import Image
from shapely import box
from sqlalchemy import text

from cases.limits import load_calendar
from cases.operations import Cases, Receipt
from cases.photos import PhotoStore
from cases.reading import CaseDetail, get_case
from cases.rules.commands import Asking, Command, Report
from cases.rules.deciding import Decision
from cases.rules.evidence import StoredPhoto
from gis_core.clock import FixedClock
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.places import LonLat, to_grain
from grid.catalogue import Catalogue
from grid.city import City
from grid.organisations import load_responsibilities
from grid.rules.locating import Locator, UnitGrid

BAOJI = Path(__file__).parent.parent / "data" / "baoji"
RULES_ON = date(2026, 9, 18)
FRIDAY_MORNING = datetime(2026, 9, 18, 1, 30, tzinfo=UTC)  # 09:30 in the city, a working day
JINGER_ROAD = LonLat(107.1450, 34.3690)
COMMUNITY = "610303008007"
MISSING_COVER = "C01002-COVER_MISSING_OR_SHIFTED-1"
RATTLING_COVER = "C01002-COVER_RATTLING-1"
DEPARTMENT = "BJ-PS"
OTHER_DEPARTMENT = "JT-SZ"

PEOPLE = {
    "inspector": (1, "监督员甲", "inspector", "BJ-JD"),
    "other inspector": (2, "监督员乙", "inspector", "BJ-JD"),
    "operator": (3, "受理员甲", "operator", "BJ-JD"),
    "chief": (4, "值班长甲", "duty_chief", "BJ-JD"),
    "dispatcher": (5, "派遣员甲", "dispatcher", "BJ-ZH"),
    "department": (6, "部门甲", "department", DEPARTMENT),
    "other department": (7, "部门乙", "department", OTHER_DEPARTMENT),
    "crew": (8, "处置员甲", "crew", DEPARTMENT),
    "other crew": (9, "处置员乙", "crew", OTHER_DEPARTMENT),
    "leader": (10, "督办领导甲", "leader", "BJ-ZH"),
}


@cache
def baoji() -> City:
    return City.load(BAOJI)


@cache
def catalogue() -> Catalogue:
    return Catalogue.load(baoji(), RULES_ON)


@dataclass
class StillFrame:
    """A frame of nine unit grids of 100 m around 经二路."""

    locator: Locator


def nine_grids(plane: PlaneSystem) -> StillFrame:
    middle = plane.to_plane(JINGER_ROAD)
    west, south = to_grain(middle.easting_m - 150), to_grain(middle.northing_m - 150)
    corners = [(west + 100 * column, south + 100 * row) for row in range(3) for column in range(3)]
    grids = [
        UnitGrid(code=f"{COMMUNITY}{n:03d}", shape=box(east, north, east + 100, north + 100))
        for n, (east, north) in enumerate(corners, start=1)
    ]
    return StillFrame(Locator(grids, version=7, pull_in_m=15.0))


@dataclass
class CaseCity:
    """The corner: who is there, what time it is, and the cases."""

    sessions: Sessions
    folder: Path
    clock: FixedClock
    cases: Cases = field(init=False)

    def __post_init__(self) -> None:
        city = baoji()
        plane = PlaneSystem(city.plane_crs)
        self.cases = Cases(
            sessions=self.sessions,
            frame=nine_grids(plane),
            city=city,
            catalogue=catalogue(),
            calendar=load_calendar(city),
            rules=load_responsibilities(city, RULES_ON),
            photos=PhotoStore(self.folder),
            plane=plane,
        )
        with self.sessions.begin() as session:
            for code, name in self.cases.rules.organisation_names.items():
                session.execute(_ADD_ORGANISATION, {"code": code, "name": name})
            for person in PEOPLE.values():
                session.execute(_ADD_PERSON, dict(zip(("id", "name", "role", "org"), person, strict=True)))

    def asking(self, who: str) -> Asking:
        if who == "public":
            return Asking(self.clock.at, None, "公众", "public")
        return Asking(self.clock.at, *PEOPLE[who])

    def wait(self, **span: float) -> None:
        self.clock.at += timedelta(**span)

    def photo(self, colour: str = "grey") -> StoredPhoto:
        return self.cases.photos.take(picture(colour))

    def manhole(self, **changes: object) -> Report:
        given: dict[str, object] = {
            "client_id": uuid4(),
            "kind": "component",
            "type_code": "01002",
            "place": JINGER_ROAD,
            "description": "经二路路口污水井盖缺失",
            "photos": (self.photo(),),
        }
        return Report(**{**given, **changes})  # type: ignore[arg-type]

    def report(self, who: str = "inspector", **changes: object) -> Receipt:
        return self.cases.report(self.manhole(**changes), self.asking(who))

    def perform(self, case_no: str, command: Command, who: str) -> Decision:
        return self.cases.perform(case_no, command, self.asking(who), self.case(case_no).summary.revision)

    def case(self, case_no: str) -> CaseDetail:
        with self.sessions() as session:
            return get_case(session, case_no, self.clock.at, types=self.cases.types)

    def write(self, words: str, **values: object) -> None:
        """Set columns of every case behind the rules' back."""
        with self.sessions.begin() as session:
            session.execute(text(f'UPDATE cases."case" SET {words}'), values)

    def count(self, table: str) -> int:
        with self.sessions() as session:
            return session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()


_ADD_ORGANISATION = text("""
    INSERT INTO grid.organisation (code, name, short_name, kind, area_codes, duties, source, is_synthetic)
    VALUES (:code, :name, '', 'department', '{}', '', '', false)
""")
_ADD_PERSON = text("""
    INSERT INTO accounts.person (id, login, name, password_hash, roles, organisation_code,
        responsibility_codes, is_active, is_demo, failed_count)
    VALUES (:id, 'login' || :id, :name, '', ARRAY[:role], :org, '{}', true, true, 0)
""")


def picture(colour: str = "grey", size: tuple[int, int] = (64, 48)) -> BytesIO:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG")
    out.seek(0)
    return out


def at(words: str) -> datetime:
    """A moment written as city time, such as 2026-09-18 17:30."""
    return datetime.fromisoformat(f"{words}+08:00").astimezone(UTC)
