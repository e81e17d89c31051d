"""Who is asking: a person with roles, or a visitor without an account."""

from dataclasses import dataclass
from datetime import datetime

from gis_core.errors import NotAllowed


class WrongPost(NotAllowed):
    """The page or action belongs to other posts."""

    code = "wrong_role"


class NotSignedIn(NotAllowed):
    """Nobody is signed in, or the session has ended."""

    code = "not_signed_in"


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who is signed in."""

    id: int
    login: str
    name: str
    roles: frozenset[str]
    organisation_code: str | None
    responsibility_codes: tuple[str, ...]
    is_demo: bool

    def may_act_as(self, *roles: str) -> bool:
        """Whether the person holds one of the roles."""
        return not self.roles.isdisjoint(roles)

    def acting_as(self, *roles: str) -> str:
        """The first of `roles` that the person holds.

        :raises WrongPost: when the person holds none.
        """
        for role in roles:
            if role in self.roles:
                return role
        raise WrongPost("您的岗位不能办理这一步。请由有权限的同事办理，或联系系统管理员。")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A browser that asks: the token its forms carry, the person when one is signed in, unread notices."""

    person: Person | None
    csrf_token: str
    address: str
    session_hash: bytes | None = None
    seen_at: datetime | None = None
    unread: int = 0
