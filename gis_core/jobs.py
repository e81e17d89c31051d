"""The job queue: procrastinate over the same database, so that a decision and its message commit together."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import procrastinate
import psycopg
from sqlalchemy.orm import Session

Jobs = procrastinate.App
JobContext = procrastinate.JobContext
"""What a job that asks for it is told: above all whether its worker is stopping."""


def open_jobs(database_url: str) -> Jobs:
    """The queue in the database that `database_url` names; not connected before a worker runs.

    Deferring through `send` needs no connection of its own.
    """
    conninfo = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    return Jobs(connector=procrastinate.PsycopgConnector(conninfo=conninfo, min_size=1, max_size=6))


def send(task: Callable[..., Any], session: Session, **words: Any) -> int:
    """Queue a job inside the session's own transaction: it exists when, and only when, that commits.

    `task` is a function registered with `@jobs.task`; answers the job's id.
    """
    connection = session.connection().connection.driver_connection
    deferrer = cast(Any, task).configure(connection=cast(psycopg.Connection[Any], connection))
    job_id: int = deferrer.defer(**words)
    return job_id


def send_named(name: str, session: Session, /, **words: Any) -> int:
    """Queue a job by its name, for processes that do not run it themselves; see `send`."""
    return send_later(name, session, None, **words)


def send_later(name: str, session: Session, at: datetime | None, /, **words: Any) -> int:
    """Queue a job by its name that is not to run before a moment (aware); see `send`."""
    connection = session.connection().connection.driver_connection
    sender = Jobs(connector=procrastinate.PsycopgConnector())  # never opened: the session's connection serves
    deferrer = sender.configure_task(
        name, connection=cast(psycopg.Connection[Any], connection), schedule_at=at
    )
    return deferrer.defer(**words)


GRACE_S = 1.0
"""After it, jobs that a stopping worker still runs are asked to break off; those that never look go on."""


PROMPT = "prompt"
"""The queue of jobs that cannot wait for long ones: a worker keeps a place for it."""


def run_worker(jobs: Jobs, *, concurrency: int = 2, until_empty: bool = False) -> None:
    """Work off the queue until SIGINT or SIGTERM; with `until_empty`, until nothing is left to do now."""

    async def work(*, queues: list[str] | None, places: int) -> None:
        await jobs.run_worker_async(
            queues=cast(list[str], queues),  # None for all
            wait=not until_empty,
            concurrency=places,
            install_signal_handlers=not until_empty and queues is None,
            listen_notify=not until_empty,
            shutdown_graceful_timeout=GRACE_S,
            delete_jobs="successful",
        )

    async def work_on_all() -> None:
        async with jobs.open_async():
            if until_empty:
                await work(queues=None, places=concurrency)
                return
            beside = asyncio.create_task(work(queues=[PROMPT], places=1))
            try:
                await work(queues=None, places=concurrency)
            finally:
                beside.cancel()
                await asyncio.gather(beside, return_exceptions=True)

    asyncio.run(work_on_all())
