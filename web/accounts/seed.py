"""Accounts of the demonstration, from the city's folder; a city in service has none of these."""

from argon2 import PasswordHasher
from sqlalchemy import text

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from grid.city import City
from grid.organisations import read_demo_people
from web.accounts import store


def seed_demo_people(sessions: Sessions, city: City, *, hasher: PasswordHasher | None = None) -> int:
    """Make or renew the demo accounts; how many there are.

    They share one password and so one hash, computed once. Organisations must be seeded before.
    """
    demo = read_demo_people(city)
    password_hash = (hasher or PasswordHasher()).hash(demo.password)
    with sessions.begin() as session:
        for person in demo.people:
            store.save_person(
                session,
                login=person.login,
                name=person.name,
                roles=list(person.roles),
                organisation_code=person.organisation,
                responsibility_codes=[],
                password_hash=password_hash,
                is_active=True,
                is_demo=True,
            )
    return len(demo.people)


_GIVE_GRIDS = text("""
    WITH grids AS (
        SELECT code, (row_number() OVER (
            ORDER BY ST_Distance(geom, ST_SetSRID(middle, ST_SRID(geom))), code
        ) - 1) / :each AS share
        FROM grid.responsibility_grid, ST_MakePoint(:easting_m, :northing_m) AS middle
        WHERE valid_to IS NULL
    ), walkers AS (
        SELECT id, row_number() OVER (ORDER BY id) - 1 AS share FROM accounts.person
        WHERE is_demo AND 'inspector' = ANY(roles)
    )
    UPDATE accounts.person p SET responsibility_codes = own.codes FROM (
        SELECT w.id, array_agg(g.code::text ORDER BY g.code) AS codes
        FROM walkers w JOIN grids g USING (share) GROUP BY w.id
    ) own
    WHERE p.id = own.id
""")
GRIDS_EACH = 2


def give_demo_grids(sessions: Sessions, city: City) -> None:
    """Give each demo inspector two responsibility grids, those nearest to the middle of the city first."""
    middle = PlaneSystem(city.plane_crs).to_plane(city.centre_lonlat)
    given = {"easting_m": middle.easting_m, "northing_m": middle.northing_m, "each": GRIDS_EACH}
    with sessions.begin() as session:
        session.execute(_GIVE_GRIDS, given)
