"""People, sessions and counts of attempts as the database keeps them."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from gis_core.db import Sessions
from tests.case_city import FRIDAY_MORNING, baoji
from tests.face_city import QUICK
from web.accounts import store
from web.accounts.reading import find_open_session, list_people
from web.accounts.seed import seed_demo_people
from web.accounts.tables import PersonRow, SessionRow
from web.throttle import Allowance, TooOften, need_left, spend

THREE_A_MINUTE = Allowance("test", 3, timedelta(minutes=1))
AT = datetime(2026, 9, 18, 1, 30, tzinfo=UTC)


@pytest.fixture
def somebody(session):
    """A person without an organisation; the number."""
    store.save_person(
        session,
        login="somebody",
        name="监督员甲",
        roles=["inspector"],
        organisation_code=None,
        responsibility_codes=[],
        password_hash="-",
        is_active=True,
        is_demo=True,
    )
    return session.execute(select(PersonRow.id)).scalar_one()


def open_one(session, person_id, secret, at):
    store.open_session(
        session, token_hash=secret, person_id=person_id, csrf_token="c", at=at, user_agent="x" * 900
    )


def test_an_open_session_knows_its_person(session, somebody):
    open_one(session, somebody, b"1", AT)
    found = find_open_session(session, b"1", at=AT)
    assert found is not None
    assert (found.person.name, found.person.roles) == ("监督员甲", {"inspector"})


def test_sessions_that_have_ended_are_cleared_away_by_the_next(session, somebody):
    open_one(session, somebody, b"1", AT)
    open_one(session, somebody, b"2", AT + timedelta(hours=13))
    assert session.execute(select(SessionRow.token_hash)).scalars().all() == [b"2"]


def test_demo_people_may_be_seeded_twice(sessions: Sessions):
    from grid.seed import seed

    seed(sessions, baoji(), FRIDAY_MORNING)
    first, second = (seed_demo_people(sessions, baoji(), hasher=QUICK) for _ in range(2))
    with sessions() as session:
        assert len(session.execute(select(PersonRow.id)).all()) == first == second


def test_people_are_found_by_post_and_organisation(session, somebody):
    assert [person.login for person in list_people(session, "inspector")] == ["somebody"]
    assert list_people(session, "crew") == ()
    assert list_people(session, "inspector", organisation_code="BJ-JD") == ()


def test_an_allowance_is_spent_and_comes_back_with_the_next_window(sessions: Sessions):
    [spend(sessions, THREE_A_MINUTE, "somebody", at=AT) for _ in range(3)]
    with pytest.raises(TooOften):
        spend(sessions, THREE_A_MINUTE, "somebody", at=AT + timedelta(seconds=59))
    spend(sessions, THREE_A_MINUTE, "somebody", at=AT + timedelta(minutes=1))


def test_one_s_allowance_is_nobody_else_s(sessions: Sessions):
    [spend(sessions, THREE_A_MINUTE, "somebody", at=AT) for _ in range(3)]
    need_left(sessions, THREE_A_MINUTE, "another", at=AT)
    with pytest.raises(TooOften):
        need_left(sessions, THREE_A_MINUTE, "somebody", at=AT)


def test_a_refusal_says_when_to_come_back(sessions: Sessions):
    [spend(sessions, THREE_A_MINUTE, "somebody", at=AT) for _ in range(3)]
    with pytest.raises(TooOften) as refusal:
        need_left(sessions, THREE_A_MINUTE, "somebody", at=AT + timedelta(seconds=20))
    assert refusal.value.facts["retry_after_s"] == 40
