"""The state of an incident at a moment, read and folded from 10,000 facts in PostGIS."""

import os
import random
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from emergency.incidents.reading import get_incident, list_facts
from emergency.incidents.tables import IncidentFactRow, IncidentRow
from emergency.record.reading import state_at
from gis_core.db import open_sessions
from gis_core.journal import seal
from tests.bench.figures import Figure
from tests.databases import RUN_FOLDER, Databases, begin_run, end_run, fill_migrated
from tests.incident_city import PLANE, after, incidents_in, opened

_figure = partial(Figure, "emergency")
FACTS = 10_000
TASKS = 200
RUNS = 5


def measure(n_facts: int = FACTS) -> list[Figure]:
    """Figures of one long incident, at its end and in its middle."""
    is_ours = RUN_FOLDER not in os.environ
    if is_ours:
        begin_run()
    databases = Databases(Path(os.environ[RUN_FOLDER]))
    template = databases.template("bench_record", fill_migrated)
    try:
        with databases.clone(template, "bench_record_run") as engine:
            incidents = incidents_in(open_sessions(engine))
            number = opened(incidents)
            with incidents.sessions.begin() as session:
                fill(session, number, n_facts)
            figures = []
            for name, share in (("the last moment", 1.0), ("a moment in the middle", 0.5)):
                timings = []
                for _ in range(RUNS):
                    started = perf_counter()
                    with incidents.sessions() as session:
                        at = after(n_facts * share)
                        facts = list_facts(session, get_incident(session, PLANE, number).id, until=at)
                    found = state_at(facts, at, incidents.book)
                    timings.append(perf_counter() - started)
                assert len(found.stood.tasks) == TASKS
                figures.append(
                    _figure(f"state at {name} of {n_facts:,} facts", median(timings), "s", target=0.5)
                )
    finally:
        if is_ours:
            end_run()
    return figures


def fill(session: Session, number: str, n_facts: int) -> None:
    """A long response: tasks given and moved, closures, resources, tolls, reports, notes; a fact a minute."""
    chance = random.Random(7)
    incident = get_incident(session, PLANE, number)
    last = list_facts(session, incident.id)[-1]
    rows, prev = [], last.hash
    for seq in range(2, n_facts + 1):
        row = {
            "incident_id": incident.id, "seq": seq, "at": after(seq - 1), "happened_at": after(seq - 1),
            "by_person_id": 31, "by_name": "应急值班员甲", "by_role": "duty_officer",
            "by_organisation_code": "BJ-ZH", "transition_no": 7, "from_stage": "responding",
            "to_stage": "responding", "text": "巡堤查险，未见异常", **_told(seq, chance),
        }  # fmt: skip
        digest = seal(row, prev)
        rows.append(row | {"prev_hash": prev, "hash": digest})
        prev = digest
    session.execute(insert(IncidentFactRow), rows)
    values = {"revision": n_facts, "last_hash": prev, "received_at": after(0) + timedelta(0)}
    session.execute(update(IncidentRow).where(IncidentRow.id == incident.id).values(values))


def _told(seq: int, chance: random.Random) -> dict[str, Any]:
    if seq == 2:
        tasks = [
            {
                "code": f"BJ-FX/t{n}", "text": "巡查堤防", "post": "department@BJ-SL", "department": "BJ-SL",
                "due_at": after(60 + n).isoformat(),
            }
            for n in range(TASKS)
        ]  # fmt: skip
        told = {"plans": [{"code": "BJ-FX", "name": "防汛", "version": "1", "sha256": "", "level": 3}]}
        body: dict[str, Any] = {"response": told | {"commander": "leader@BJ-ZH"}, "tasks": tasks}
        return {
            "action": "activate",
            "body": body | {"changes": {"stage": "responding", "response_level": 3}},
        }
    key = f"k{chance.randrange(60)}"
    kinds: list[tuple[str, dict[str, Any]]] = [
        ("note", {"task": {"code": f"BJ-FX/t{chance.randrange(TASKS)}", "state": "accepted", "words": ""}}),
        ("note", {"closure": {"key": key, "action": "close", "name": "滨河路"}}),
        ("note", {"closure": {"key": key, "action": "lift"}}),
        ("note", {"resource": {"code": key, "kind": "team", "name": "冲锋舟队", "state": "arrived"}}),
        ("note", {}),
    ]
    if seq % 50 == 0:
        return {"action": "note_toll", "body": {"changes": {"toll": {"moved": seq}}, "is_change": True}}
    if seq % 70 == 0:
        report = {
            "kind": "follow_up",
            "channel": "written",
            "receiver": "省",
            "codes": ["x"],
            "title": "续报",
        }
        return {"action": "send_report", "body": {"changes": {}, "report": report | {"words": "情况" * 200}}}
    action, body = kinds[seq % len(kinds)]
    return {"action": action, "body": {"changes": {}} | body}
