"""Who sends positions: a person signed in, with the token of the page; or another system, with its key."""

from dataclasses import dataclass
from typing import Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from web.accounts.guards import CurrentVisitor, checked
from web.accounts.keys import admit
from web.accounts.people import NotSignedIn, Person
from web.wiring import Wired

KEY_HEADER = "x-api-key"
"""A page of another host cannot send it: no browser adds a header of its own to a request across origins."""
ON_THE_STREET = ("inspector", "crew")


@dataclass(frozen=True, slots=True)
class Sender:
    """A person who sends his or her own positions, or a system that sends those of vehicles."""

    name: str
    person: Person | None

    @property
    def own(self) -> str | None:
        """The only mover that a person may speak for."""
        return mover_key(self.person) if self.person else None


def mover_key(person: Person) -> str:
    """The key of a person among movers."""
    return f"p{person.id}"


async def _sender(request: Request, visitor: CurrentVisitor, wiring: Wired) -> Sender:
    if (key := request.headers.get(KEY_HEADER)) is not None:
        address = request.client.host if request.client else "unknown"
        admitted = await run_in_threadpool(admit, wiring, [key], "position", address)
        return Sender(f"k{admitted.id}", None)
    await checked(request, visitor)
    if visitor.person is None:
        raise NotSignedIn("请先登录再上报位置；车辆请在 x-api-key 中带密钥。")
    visitor.person.acting_as(*ON_THE_STREET)
    return Sender(mover_key(visitor.person), visitor.person)


_sender.__dict__["roles"] = (*ON_THE_STREET, "key:position")
_sender.__dict__["takes_key"] = True
position_sender: Any = Depends(_sender)
"""Yields the Sender of positions; refuses whoever is neither."""
