"""What the warehouses of the registers hold, as plans ask for it."""

from sqlalchemy.orm import Session

from emergency.resources.reading import list_resources
from emergency.rules.plans.supplies import Held
from emergency.rules.resources import Resource, Warehouse


def list_held(session: Session) -> tuple[Held, ...]:
    """All goods of warehouses that are available."""
    found = list_resources(session, ("warehouse",))
    return tuple(held for one in found if one.readiness == "available" for held in held_in(one))


def held_in(store: Resource) -> tuple[Held, ...]:
    """The goods of a warehouse."""
    if not isinstance(store.details, Warehouse):
        return ()
    return tuple(
        Held(store.code, store.name, one.name, one.amount, one.unit, one.expires_on)
        for one in store.details.goods
    )
