"""The queue: a message exists when, and only when, the decision it belongs to was committed."""

import pytest
from sqlalchemy import text

from gis_core.db import Sessions
from gis_core.jobs import Jobs, open_jobs, run_worker, send

QUEUED = text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")


@pytest.fixture
def jobs(sessions: Sessions) -> Jobs:
    return open_jobs(sessions.kw["bind"].url.render_as_string(hide_password=False))


def queued(sessions: Sessions) -> int:
    with sessions() as session:
        return session.execute(QUEUED).scalar_one()


def test_a_message_of_a_decision_that_was_rolled_back_is_never_sent(sessions: Sessions, jobs: Jobs) -> None:
    task = jobs.task(name="tell")(lambda word: None)
    with sessions() as session:
        send(task, session, word="立案")
        session.rollback()
    assert queued(sessions) == 0


def test_a_message_is_sent_after_its_decision_is_committed(sessions: Sessions, jobs: Jobs) -> None:
    heard: list[str] = []

    @jobs.task(name="tell")
    def tell(word: str) -> None:
        heard.append(word)

    with sessions.begin() as session:
        send(tell, session, word="立案")
    run_worker(jobs, until_empty=True)
    assert (heard, queued(sessions)) == (["立案"], 0)
