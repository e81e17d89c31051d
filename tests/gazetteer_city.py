"""A gazetteer to work on: nine unit grids around 经二路, a street across them, and files made to order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from shapely import LineString
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text

from gis_core.db import Sessions
from gis_core.geocoding.gazetteer import PlaceKind
from gis_core.places import PlanePoint
from grid.gazetteer.categories import load_categories
from grid.gazetteer.importing import PlaceImporting, PlaceReport, PlaceWishes
from grid.gazetteer.operations import Gazetteer
from grid.gazetteer.reading import PlaceDetail, get_place
from grid.rules.gazetteer import Place
from grid.rules.register import Asking
from grid.rules.seen_places import PlaceFinding
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


def row(name: str, east_m: float = 50, north_m: float = 50, **more: object) -> dict[str, object]:
    """A row of a file of places; any column, and `shape`, can be another."""
    given: dict[str, object] = {
        "名称": name,
        "别名": "",
        "曾用名": "",
        "类别": "",
        "街路巷": "",
        "门牌号": "",
    }
    return given | {"shape": place(east_m, north_m)} | more


def plate_row(number: object, east_m: float, north_m: float, street: str = "经二路") -> dict[str, object]:
    """A row of a file that is a door plate."""
    return row("", east_m, north_m, 街路巷=street, 门牌号=str(number))


def osm_file(path: Path, *things: str) -> Path:
    """An extract of OpenStreetMap: nodes and ways as `node(...)` and `way(...)` write them."""
    path.write_text(f'<?xml version="1.0"?><osm version="0.6">{"".join(things)}</osm>', encoding="utf-8")
    return path


def node(number: int, east_m: float, north_m: float, **tags: str) -> str:
    """A node so many metres from the south-western corner; `__` in a key stands for its colon."""
    dot = place(east_m, north_m)
    here = PLANE.to_lonlat(PlanePoint(dot.x, dot.y))
    return f'<node id="{number}" lon="{here.lon_deg:.7f}" lat="{here.lat_deg:.7f}">{_tags(tags)}</node>'


def way(number: int, *nodes: int, **tags: str) -> str:
    """A way along nodes; an area when it ends where it began."""
    members = "".join(f'<nd ref="{one}"/>' for one in nodes)
    return f'<way id="{number}">{members}{_tags(tags)}</way>'


def _tags(tags: dict[str, str]) -> str:
    return "".join(f'<tag k="{key.replace("__", ":")}" v="{value}"/>' for key, value in tags.items())


@dataclass
class GazetteerCity:
    """The corner with its gazetteer, on a database that `fill_city` has filled."""

    sessions: Sessions
    gazetteer: Gazetteer = field(init=False)
    importing: PlaceImporting = field(init=False)
    findings: list[PlaceFinding] = field(default_factory=list)

    def __post_init__(self) -> None:
        categories = load_categories(baoji())
        self.gazetteer = Gazetteer(self.sessions, PLANE, nine_grids(PLANE), baoji(), categories)
        self.importing = PlaceImporting(self.sessions, baoji(), PLANE)

    def add(self, one: Place, reason: str = "实地核对") -> int:
        """Add a place."""
        return self.gazetteer.add(one, reason=reason, asking=ASKING)

    def check(self, path: Path, **wishes: object) -> PlaceReport:
        """Look at a file; `findings` are what was found."""
        wanted = PlaceWishes(**wishes)  # type: ignore[arg-type]
        number = self.importing.begin(path, wanted, ASKING)
        return self.importing.check(number, path, wanted, keep=self._keep)

    def bring_in(self, path: Path, *, keep_good: bool = False, **wishes: object) -> PlaceReport:
        """Import a file."""
        wanted = PlaceWishes(**wishes)  # type: ignore[arg-type]
        number = self.importing.begin(path, wanted, ASKING)
        return self.importing.apply(number, path, wanted, asking=ASKING, keep_good=keep_good, keep=self._keep)

    def kinds(self, path: Path, **wishes: object) -> list[tuple[int, str]]:
        """Row and kind of every finding of a file."""
        self.check(path, **wishes)
        return [(one.row, one.kind) for one in self.findings]

    def _keep(self, findings: Iterator[PlaceFinding]) -> None:
        self.findings = list(findings)

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
