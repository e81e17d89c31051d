"""A gazetteer to work on: nine unit grids around 经二路, a street across them, and files made to order."""

from dataclasses import dataclass, field

from shapely import LineString
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text

from gis_core.db import Sessions
from gis_core.geocoding.gazetteer import PlaceKind
from grid.gazetteer.categories import load_categories
from grid.gazetteer.operations import Gazetteer
from grid.gazetteer.reading import PlaceDetail, get_place
from grid.rules.gazetteer import Place
from grid.rules.register import Asking
from tests.case_city import FRIDAY_MORNING, baoji, nine_grids
from tests.register_city import PLANE, place

ASKING = Asking(FRIDAY_MORNING, 7, "数据员甲", "data_officer", "BJ-JD")
STREET = LineString([place(5, 150), place(295, 150)])
"""经二路: from west to east through the middle of the nine grids."""

EMPTY_GAZETTEER = """
    SET LOCAL session_replication_role = replica;
    TRUNCATE grid.place, grid.place_name, grid.place_fact, grid.place_import, grid.gazetteer_version
        RESTART IDENTITY CASCADE;
    DELETE FROM grid.street; DELETE FROM grid.ground; DELETE FROM procrastinate_jobs;
"""
ADD_STREET = text("""
    INSERT INTO grid.street (name, rank, width_m, geom, is_synthetic)
    VALUES (:name, 'arterial', 24, ST_GeomFromText(:wkt, 4545), false)
""")


def poi(name: str = "市第一小学", east_m: float = 50, north_m: float = 50, **more: object) -> Place:
    """A point of interest so many metres from the south-western corner of the nine grids."""
    return Place(**({"kind": PlaceKind.POI, "name": name, "shape": place(east_m, north_m)} | more))  # type: ignore[arg-type]


def plate(number: str, east_m: float = 50, north_m: float = 160, street: str = "经二路") -> Place:
    """A door plate."""
    return poi("", east_m, north_m, kind=PlaceKind.DOOR_PLATE, street=street, number=number)


@dataclass
class GazetteerCity:
    """The corner with its gazetteer, on a database that `fill_city` has filled."""

    sessions: Sessions
    gazetteer: Gazetteer = field(init=False)

    def __post_init__(self) -> None:
        categories = load_categories(baoji())
        self.gazetteer = Gazetteer(self.sessions, PLANE, nine_grids(PLANE), baoji(), categories)

    def add(self, one: Place, reason: str = "实地核对") -> int:
        """Add a place."""
        return self.gazetteer.add(one, reason=reason, asking=ASKING)

    def detail(self, place_id: int) -> PlaceDetail:
        """A place with its facts."""
        with self.sessions() as session:
            return get_place(session, place_id)

    def draw_street(self, name: str = "经二路", line: BaseGeometry = STREET) -> None:
        """A street of the ground."""
        with self.sessions.begin() as session:
            session.execute(ADD_STREET, {"name": name, "wkt": line.wkt})

    def value(self, query: str, **values: object) -> object:
        """One value from the database."""
        with self.sessions() as session:
            return session.execute(text(query), values).scalar()
