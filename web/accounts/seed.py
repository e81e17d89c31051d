"""Accounts of the demonstration, from the city's folder; a city in service has none of these."""

from argon2 import PasswordHasher

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
