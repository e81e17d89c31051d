"""The street of the stories: the report is sent, everybody is at work."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from tests.street import POSTS, Street
from web.accounts.reading import list_people
from web.wiring import Wiring


@pytest.fixture
def street(signed_in: Callable[[str], TestClient]) -> Street:
    """The street with the report already sent."""
    people = {post: signed_in(login) for post, login in POSTS.items()}
    street = Street(people)
    street.report()
    return street


@pytest.fixture
def inspector_id(wiring: Wiring) -> int:
    """The inspector that the operator picks from the list."""
    with wiring.sessions() as session:
        return next(p.id for p in list_people(session, "inspector") if p.login == POSTS["inspector"])
