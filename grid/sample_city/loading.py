"""A drawing into PostGIS: by COPY, in one transaction that ends with a new version of the frame."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.coverage import Shapes
from gis_core.db import Sessions
from gis_core.errors import Conflict
from grid.bulk import copy_rows, drop_indexes
from grid.catalogue import Catalogue
from grid.city import City
from grid.frame import bump
from grid.layers import recount
from grid.organisations import load_responsibilities
from grid.rules.responsibility import Keeper, find_department
from grid.sample_city.drawing import Drawing, Texts

SOURCE = "示意数据：citygrid demo 按种子绘制"
Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done and how many there are."""
TELECOMS = ("BJ-DX", "BJ-YD", "BJ-LT")
OWNED_BY_TELECOMS = frozenset({"01007", "01009", "01027", "01031"})
BULK_TABLES = (
    "unit_grid", "street", "ground", "component", "component_count", "place", "place_name", "camera",
)  # fmt: skip
GAZETTEER_CHANNEL = "gazetteer"
"""Every process that holds an index of places listens here; the payload is the gazetteer's version."""


class FrameAlreadyDrawn(Conflict):
    """There are unit grids already; a sample is never mixed with them."""

    code = "frame_already_drawn"


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows went in, and the version of the frame that has them."""

    counts: dict[str, int]
    frame_version: int


def load(
    sessions: Sessions, drawing: Drawing, *, city: City, at: datetime, progress: Progress | None = None
) -> Loaded:
    """Copy a drawing into the schema `grid`; divisions and organisations must have been seeded.

    :raises FrameAlreadyDrawn: when there are unit grids already; nothing is changed then.
    """
    tell = progress or (lambda _what, _done, _all: None)
    with sessions.begin() as session:
        if session.scalar(text("SELECT EXISTS (SELECT FROM grid.unit_grid)")):
            raise FrameAlreadyDrawn(
                "数据库里已有单元网格，不再绘制示意城市。如需重画，请先换一个空的数据库。"
            )
        desk = _Desk(session, drawing, city, city_time(at).date())
        indexes = drop_indexes(session, "grid", BULK_TABLES)
        steps: list[tuple[str, Callable[[], int]]] = [
            ("divisions", desk.areas),
            ("unit_grids", desk.unit_grids),
            ("streets", desk.streets),
            ("ground", desk.ground),
            ("components", desk.components),
            ("places", desk.places),
            ("cameras", desk.cameras),
        ]
        counts: dict[str, int] = {}
        for done, (what, step) in enumerate(steps):
            tell(what, done, len(steps) + 1)
            counts[what] = step()
        tell("indexes", len(steps), len(steps) + 1)
        for statement in indexes:
            session.execute(text(statement))
        version = bump(session)
        _bump_gazetteer(session)
        facts = {
            "city": drawing.city_code,
            "size": drawing.size,
            "seed": drawing.seed,
            "drawn_at": at.isoformat(),
            "is_synthetic": True,
        }
        session.execute(
            text("UPDATE grid.frame_version SET facts = CAST(:facts AS jsonb)"), {"facts": json.dumps(facts)}
        )
        for table in ("division", "zone", "responsibility_grid", *BULK_TABLES):
            session.execute(text(f"ANALYZE grid.{table}"))
        tell("done", len(steps) + 1, len(steps) + 1)
    return Loaded(counts, version)


def _bump_gazetteer(session: Session) -> None:
    """Give the gazetteer its next version, and tell every process when the transaction commits."""
    version = session.execute(
        text(
            "INSERT INTO grid.gazetteer_version (only_row, version) VALUES (true, 1)"
            " ON CONFLICT (only_row) DO UPDATE SET version = grid.gazetteer_version.version + 1"
            " RETURNING version"
        )
    ).scalar_one()
    session.execute(
        text("SELECT pg_notify(:channel, :version)"), {"channel": GAZETTEER_CHANNEL, "version": str(version)}
    )


def hexes(shapes: Shapes, srid: int) -> list[str]:
    """EWKB in hex of plane shapes."""
    found: list[str] = shapely.to_wkb(
        shapely.set_srid(shapes, srid), hex=True, include_srid=True, output_dimension=2
    ).tolist()
    return found


def or_null(values: Texts) -> list[str]:
    """Texts for COPY, empty ones as NULL."""
    return [value or r"\N" for value in values.tolist()]


@dataclass(frozen=True, slots=True)
class _Desk:
    """One loading: from which drawing, for which city, on which day."""

    session: Session
    drawing: Drawing
    city: City
    on: date

    @property
    def srid(self) -> int:
        return self.city.plane_crs

    def areas(self) -> int:
        """Outlines of subdistricts and communities that had none, and the zone."""
        areas = self.drawing.areas
        drawn = areas.is_synthetic
        self.session.execute(text("CREATE TEMP TABLE drawn_area (code text, geom geometry) ON COMMIT DROP"))
        shapes = hexes(areas.shapes[drawn], self.srid)
        count = copy_rows(
            self.session, "drawn_area", "code, geom", zip(areas.codes[drawn].tolist(), shapes, strict=True)
        )
        self.session.execute(
            text(
                "UPDATE grid.division d SET geom = a.geom, shape_source = :source, is_synthetic = true"
                " FROM drawn_area a WHERE d.code = a.code AND d.valid_to IS NULL AND d.geom IS NULL"
            ),
            {"source": SOURCE},
        )
        return count + self._zone()

    def _zone(self) -> int:
        drawing = self.drawing
        if drawing.zone_shape is None:
            return 0
        shape = hexes(np.array([drawing.zone_shape], dtype=object), self.srid)[0]
        row = (
            drawing.zone_code,
            drawing.zone_name,
            drawing.zone_organisation_code,
            shape,
            f"{self.on}",
            SOURCE,
            "t",
        )
        columns = "code, name, organisation_code, geom, valid_from, source, is_synthetic"
        return copy_rows(self.session, "grid.zone", columns, [row])

    def unit_grids(self) -> int:
        """Unit grids and the responsibility grids they make up."""
        grids, duty, on = self.drawing.unit_grids, self.drawing.responsibility_grids, f"{self.on}"
        copy_rows(
            self.session,
            "grid.responsibility_grid",
            "code, name, subdistrict_code, geom, valid_from, is_synthetic",
            (
                (code, name, code[:9], shape, on, "t")
                for code, name, shape in zip(
                    duty.codes, duty.names, hexes(duty.shapes, self.srid), strict=True
                )
            ),
        )
        names = {d.code: d.name for d in self._divisions()}
        rows = zip(
            grids.codes.tolist(),
            grids.community_codes.tolist(),
            grids.responsibility_codes.tolist(),
            or_null(grids.zone_codes),
            hexes(grids.shapes, self.srid),
            [f"{area:.3f}" for area in shapely.area(grids.shapes)],
            grids.land_uses.tolist(),
            strict=True,
        )
        return copy_rows(
            self.session,
            "grid.unit_grid",
            "code, name, community_code, responsibility_code, zone_code, geom, area_m2, land_use,"
            " valid_from, source, is_synthetic",
            ((row[0], f"{names[row[1]]}第{int(row[0][12:])}网格", *row[1:], on, SOURCE, "t") for row in rows),
        )

    def streets(self) -> int:
        """Street lines; the names are real, where they lie is not."""
        streets, status = self.drawing.streets, self.drawing.street_name_status
        rows = zip(
            or_null(streets.names),
            streets.ranks.tolist(),
            [f"{width:g}" for width in streets.widths_m],
            hexes(streets.lines, self.srid),
            [f"街道名录（{status.get(name, 'recalled')}）" if name else r"\N" for name in streets.names],
            strict=True,
        )
        columns = "name, rank, width_m, geom, name_source, is_synthetic"
        return copy_rows(self.session, "grid.street", columns, ((*row, "t") for row in rows))

    def ground(self) -> int:
        """What the base map shows besides streets."""
        ground = self.drawing.ground
        whole = ~shapely.is_empty(ground.shapes)
        rows = zip(
            ground.kinds[whole].tolist(),
            or_null(ground.names[whole]),
            [str(rank) for rank in ground.ranks[whole].tolist()],
            hexes(ground.shapes[whole], self.srid),
            strict=True,
        )
        return copy_rows(
            self.session, "grid.ground", "kind, name, rank, geom, is_synthetic", ((*row, "t") for row in rows)
        )

    def components(self) -> int:
        """The register of components, each with who answers for it."""
        components = self.drawing.components
        days = [
            f"{self.on - timedelta(days=age)}" for age in range(int(components.ages_days.max(initial=0)) + 1)
        ]
        catalogue = Catalogue.load(self.city, self.on)
        types = {code: catalogue.get_type("component", code) for code in set(components.type_codes)}
        names = {code: one.name for code, one in types.items()}
        classes = {code: one.accuracy_class or r"\N" for code, one in types.items()}
        owners, authorities = self._who_answers()
        rows = zip(
            components.codes.tolist(),
            components.type_codes.tolist(),
            [names[code] for code in components.type_codes],
            hexes(np.asarray(shapely.points(components.points)), self.srid),
            self.drawing.unit_grids.codes[components.grid_index].tolist(),
            authorities,
            owners,
            authorities,
            np.where(components.are_damaged, "破损", "完好").tolist(),
            [days[age] for age in components.ages_days.tolist()],
            [classes[code] for code in components.type_codes],
            strict=True,
        )
        columns = (
            "code, type_code, name, geom, unit_grid_code, authority_code, owner_code, maintainer_code, state,"
            " first_surveyed_on, accuracy_class, source, is_synthetic"
        )
        # Counted once at the end: a trigger over all rows would keep them a second time.
        self.session.execute(text("ALTER TABLE grid.component DISABLE TRIGGER components_come"))
        count = copy_rows(self.session, "grid.component", columns, ((*row, SOURCE, "t") for row in rows))
        self.session.execute(text("ALTER TABLE grid.component ENABLE TRIGGER components_come"))
        recount(self.session)
        return count

    def places(self) -> int:
        """The gazetteer: places, then their further names by the numbers the places were given."""
        places, on = self.drawing.places, f"{self.on}"
        first = self._reserve_places(len(places))
        rows = zip(
            map(str, range(first, first + len(places))),
            places.kinds.tolist(),
            places.names.tolist(),
            places.categories.tolist(),
            hexes(places.shapes, self.srid),
            or_null(places.division_codes),
            or_null(places.streets),
            or_null(places.numbers),
            [f"{weight:g}" for weight in places.weights.tolist()],
            strict=True,
        )
        columns = (
            "id, kind, name, category, geom, division_code, street, number, weight, source, valid_from,"
            " is_synthetic"
        )
        count = copy_rows(self.session, "grid.place", columns, ((*row, SOURCE, on, "t") for row in rows))
        further = places.further
        names = zip(
            (further.place_index + first).astype(str).tolist(),
            further.texts.tolist(),
            further.sorts.tolist(),
            or_null(further.until),
            strict=True,
        )
        copy_rows(self.session, "grid.place_name", "place_id, name, sort, valid_to", names)
        return count

    def cameras(self) -> int:
        """The register of cameras; who owns them is assumed."""
        cameras = self.drawing.cameras
        rows = zip(
            cameras.codes.tolist(),
            cameras.names.tolist(),
            hexes(np.asarray(shapely.points(cameras.points)), self.srid),
            [f"{value:g}" for value in cameras.directions_deg],
            [f"{value:g}" for value in cameras.fields_deg],
            [f"{value:g}" for value in cameras.ranges_m],
            cameras.protocols.tolist(),
            cameras.addresses.tolist(),
            or_null(cameras.hls_addresses),
            strict=True,
        )
        columns = (
            "code, name, geom, direction_deg, field_deg, range_m, protocol, address, hls_address, owner_code,"
            " source, valid_from, is_synthetic"
        )
        owners = self._camera_owners()
        return copy_rows(
            self.session,
            "grid.camera",
            columns,
            ((*row, owners[n % len(owners)], SOURCE, f"{self.on}", "t") for n, row in enumerate(rows)),
        )

    def _camera_owners(self) -> list[str]:
        """Police and centres of the city; any organisation where there are none."""
        found = text(
            "SELECT code FROM grid.organisation"
            " ORDER BY kind NOT IN ('police', 'supervision_centre'), code LIMIT 2"
        )
        return list(self.session.scalars(found))

    def _reserve_places(self, count: int) -> int:
        """The first of so many numbers in a row that no other place has or gets."""
        self.session.execute(text("LOCK TABLE grid.place IN SHARE ROW EXCLUSIVE MODE"))
        reserved = text(
            "SELECT setval(sequence, nextval(sequence) + :count) - :count"
            " FROM (SELECT pg_get_serial_sequence('grid.place', 'id')::regclass AS sequence) AS s"
        )
        return int(self.session.execute(reserved, {"count": count}).scalar_one())

    def _who_answers(self) -> tuple[list[str], list[str]]:
        """Owner (or NULL) and authority of every component, asking the rules once for each kind of place."""
        rules = load_responsibilities(self.city, self.on)
        components, grids = self.drawing.components, self.drawing.unit_grids
        owners: list[str] = []
        authorities: list[str] = []
        known: dict[tuple[str, str, str, str | None], str] = {}
        for code, type_code, grid in zip(
            components.codes.tolist(),
            components.type_codes.tolist(),
            components.grid_index.tolist(),
            strict=True,
        ):
            owner = TELECOMS[int(code[-3:]) % 7 % 3] if type_code in OWNED_BY_TELECOMS else None
            place = (grids.codes[grid][:9], grids.zone_codes[grid])
            key = (*place, type_code, owner)
            if key not in known:
                standing = _Standing(place[0], place[0][:6], place[1] or None)
                known[key] = find_department(
                    rules, standing, "component", type_code, Keeper(owner)
                ).organisation_code
            owners.append(owner or r"\N")
            authorities.append(known[key])
        return owners, authorities

    def _divisions(self) -> Iterable[Any]:
        return self.session.execute(text("SELECT code, name FROM grid.division WHERE valid_to IS NULL")).all()


@dataclass(frozen=True, slots=True)
class _Standing:
    subdistrict_code: str
    district_code: str
    zone_code: str | None
