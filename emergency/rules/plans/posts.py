"""Posts: a role at an organisation, written `leader@BJ-ZH`; who holds it is another matter."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

POST = re.compile(r"^(?:(?P<role>[a-z_]+)@)?(?P<organisation>[A-Z]{2}-[A-Z0-9]{2,3})$")
USUAL_ROLE = "department"
"""The role meant by an organisation's code alone."""


def written_in_full(post: str) -> str:
    """A post with its role; an organisation alone is its desk for emergencies.

    >>> written_in_full("BJ-SL"), written_in_full("leader@BJ-ZH")
    ('department@BJ-SL', 'leader@BJ-ZH')
    """
    found = POST.match(post)
    if found is None:
        raise ValueError("岗位写作“单位编码”或“角色@单位编码”，如 BJ-SL、leader@BJ-ZH")
    return f"{found['role'] or USUAL_ROLE}@{found['organisation']}"


def role_of(post: str) -> str:
    """The role of a post written in full."""
    return post.partition("@")[0]


def organisation_of(post: str) -> str:
    """The organisation of a post written in full."""
    return post.partition("@")[2]


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who holds a post, how long that is sure, and whether he or she is on duty now."""

    post: str
    name: str
    valid_until: date
    on_duty: bool = True


@dataclass(frozen=True, slots=True)
class Staff:
    """Organisations and roles by code with their names, and who holds the posts."""

    organisations: Mapping[str, str] = field(default_factory=dict)
    roles: Mapping[str, str] = field(default_factory=dict)
    contacts: tuple[Contact, ...] = ()

    def holders(self, post: str) -> tuple[Contact, ...]:
        """Everybody who holds a post, in the order given."""
        return tuple(contact for contact in self.contacts if contact.post == post)

    def name_of(self, post: str) -> str:
        """A post as people say it; its code where a name is missing."""
        role, organisation = role_of(post), organisation_of(post)
        words = self.organisations.get(organisation, organisation)
        return words if role == USUAL_ROLE else f"{words}{self.roles.get(role, role)}"


NOBODY = Staff()
"""Names are not known: codes stand for them."""


def each_once(posts: Iterable[str]) -> tuple[str, ...]:
    """The same posts in the same order, none twice."""
    return tuple(dict.fromkeys(posts))
