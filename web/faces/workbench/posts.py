"""The desk that an address of the workbench names, for who sits at it."""

from gis_core.errors import NotFound
from web.accounts.guards import requires
from web.accounts.people import Person
from web.faces.queues import POSTS, Post

ROLES = tuple(post.role for post in POSTS)
"""Posts with a desk."""
at_a_desk = requires(*ROLES)


class NoSuchDesk(NotFound):
    """There is no desk of that name."""

    code = "no_such_desk"


def get_post(key: str, person: Person) -> Post:
    """The desk of that name.

    :raises NoSuchDesk: when there is none; WrongPost when somebody else sits there.
    """
    found = next((post for post in POSTS if post.key == key), None)
    if found is None:
        raise NoSuchDesk("没有这个工作台，请从左侧的列表进入。")
    person.acting_as(found.role)
    return found
