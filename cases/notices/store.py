"""Writes of notices, set-wise; what wakes channels and open pages is in the same transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.rules.stages import STAGE_CLOCK
from cases.rules.telling import Hearer
from gis_core.jobs import send_named
from gis_core.journal import moment_text

DELIVER = "cases.deliver"
MOST_NOTIFIED = 7_000
"""Bytes of one NOTIFY; a longer list of audiences is told to everybody."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice to be made: of which case and fact, or of which row of the field, for whom, in which words."""

    case_id: int | None
    seq: int
    at: datetime
    occasion: str
    hearer: Hearer
    words: Mapping[str, Mapping[str, str]]
    by_person_id: int | None = None


@dataclass(frozen=True, slots=True)
class HookBody:
    """What other systems are told of a step: codes only; the number of the case is added when it is sent."""

    case_id: int
    occasion: str
    body: Mapping[str, Any]


# One statement makes the notices, finds who wants to hear of them by which channel, queues a message for
# each and tells open pages. One person gets one message of a step by a channel, whatever the person's posts.
_TELL = text("""
    WITH made AS (
        INSERT INTO cases.notice (case_id, seq, at, occasion, topic, audience, post, organisation_code,
            person_id, by_person_id, words)
        SELECT n.case_id, n.seq, n.at, n.occasion, n.topic, n.audience, n.post, n.organisation_code,
            n.person_id, n.by_person_id, n.words
        FROM jsonb_to_recordset(:notices) AS n(case_id bigint, seq int, at timestamptz, occasion text,
            topic text, audience text, post text, organisation_code text, person_id bigint,
            by_person_id bigint, words jsonb)
        RETURNING id, case_id, seq, occasion, at, topic, audience, post, organisation_code, person_id,
            by_person_id
    ), wanting AS (
        SELECT DISTINCT ON (m.case_id, m.seq, m.occasion, w.person_id) m.id, m.case_id, m.at, m.topic, w.*
        FROM made m
        JOIN cases.notice_wish w ON m.topic = ANY(w.email_topics || w.sms_topics || w.push_topics)
        JOIN accounts.person p ON p.id = w.person_id AND p.is_active AND p.id IS DISTINCT FROM m.by_person_id
            AND (p.id = m.person_id OR m.post = ANY(p.roles)
                 OR (m.organisation_code = p.organisation_code AND 'department' = ANY(p.roles)))
        ORDER BY m.case_id, m.seq, m.occasion, w.person_id, m.id
    ), queued AS (
        INSERT INTO cases.delivery (channel, case_id, notice_id, person_id, subscription_id, follower_id,
            webhook_id, body, created_at, next_at)
        SELECT 'email', case_id, id, person_id, NULL::bigint, NULL::bigint, NULL::bigint, NULL::jsonb, at, at
        FROM wanting WHERE topic = ANY(email_topics) AND email IS NOT NULL
        UNION ALL
        SELECT 'sms', case_id, id, person_id, NULL, NULL, NULL, NULL, at, at
        FROM wanting WHERE topic = ANY(sms_topics) AND phone IS NOT NULL
        UNION ALL
        SELECT 'push', w.case_id, w.id, w.person_id, s.id, NULL, NULL, NULL, w.at, w.at
        FROM wanting w JOIN cases.push_subscription s ON s.person_id = w.person_id
        WHERE w.topic = ANY(push_topics)
        UNION ALL
        SELECT f.channel, m.case_id, m.id, NULL, NULL, f.id, NULL, NULL, m.at, m.at
        FROM made m JOIN cases.follower f ON f.stopped_at IS NULL AND f.case_id IN (
            SELECT m.case_id UNION ALL
            SELECT r.id FROM cases.seen_case c JOIN cases.seen_case r ON r.merged_into = c.case_no
            WHERE c.id = m.case_id)
        WHERE m.topic = 'public'
        UNION ALL
        SELECT 'webhook', b.case_id, NULL, NULL, NULL, NULL, h.id, b.body, b.at, b.at
        FROM jsonb_to_recordset(:bodies) AS b(case_id bigint, occasion text, body jsonb, at timestamptz)
        JOIN cases.webhook h ON h.is_active AND (h.occasions = '{}' OR b.occasion = ANY(h.occasions))
        RETURNING id
    )
    SELECT queued.id FROM (SELECT pg_notify('notice', :audiences)) AS told LEFT JOIN queued ON true
""")

_ALARMS = text("""
    WITH near AS (
        (SELECT id FROM cases.seen_case WHERE alarm = 0 AND stage_at_risk_at IS NOT NULL AND closed_at IS NULL
             AND stage_at_risk_at <= :at
         ORDER BY stage_at_risk_at LIMIT :most)
        UNION
        (SELECT id FROM cases.seen_case WHERE alarm < 2 AND stage_due_at IS NOT NULL AND closed_at IS NULL
             AND stage_due_at <= :at
         ORDER BY stage_due_at LIMIT :most)
    ), held AS (
        SELECT c.id, CASE WHEN c.stage_due_at <= :at THEN 2 ELSE 1 END AS level
        FROM cases.seen_case c JOIN near USING (id)
        WHERE c.closed_at IS NULL AND (c.alarm = 0 AND c.stage_at_risk_at <= :at
                                       OR c.alarm < 2 AND c.stage_due_at <= :at)
        ORDER BY c.id FOR UPDATE OF c SKIP LOCKED
    ), marked AS (
        UPDATE cases."case" c SET alarm = held.level FROM held WHERE c.id = held.id
        RETURNING c.*, held.level
    ), gone_off AS (
        INSERT INTO cases.alarm (case_id, clock, started_at, extension, level, at, turned_at)
        SELECT m.id, k.name, (m.clocks -> k.name ->> 'started_at')::timestamptz,
            (m.clocks -> k.name ->> 'extension')::int, l.level, :at,
            CASE l.level WHEN 1 THEN m.stage_at_risk_at ELSE m.stage_due_at END
        FROM marked m
        CROSS JOIN LATERAL (SELECT CAST(:stage_clocks AS jsonb) ->> m.stage AS name) k
        CROSS JOIN LATERAL generate_series(1, m.level) AS l(level)
        WHERE m.clocks ? k.name
        ON CONFLICT DO NOTHING
        RETURNING case_id, clock, level
    ), newest AS (
        SELECT case_id, clock, max(level) AS level FROM gone_off GROUP BY case_id, clock
    )
    SELECT m.id, m.case_no, m.revision, m.stage, m.kind, m.type_code, m.place_text, m.unit_grid_code,
        m.department_code, m.crew_id, m.inspector_id, m.is_ask_endorsed, m.stage_due_at, m.stage_at_risk_at,
        m.reported_at, m.stage_since, n.clock, n.level
    FROM marked m LEFT JOIN newest n ON n.case_id = m.id
""")
_HUSH = text("""
    UPDATE cases."case" SET alarm = CASE WHEN stage_due_at <= :at THEN 2 ELSE 1 END
    WHERE closed_at IS NULL AND alarm = 0 AND stage_at_risk_at <= :at
""")


def tell(session: Session, notices: Sequence[Notice], bodies: Sequence[HookBody], *, at: datetime) -> None:
    """Make notices, and queue what goes out by channels; two statements at most, none for nothing."""
    if not notices and not bodies:
        return
    given = {
        "notices": Jsonb([_as_data(one) for one in notices]),
        "bodies": Jsonb([_body(one, at) for one in bodies]),
        "audiences": audiences_of(notices),
    }
    ids = [row.id for row in session.execute(_TELL, given) if row.id is not None]
    if ids:
        send_named(DELIVER, session, delivery_ids=ids)


def audiences_of(notices: Sequence[Notice]) -> str:
    """Whose bells ring, as open pages are told: `post:operator`, `body:BJ-PS`, `person:7`; or `*`, all."""
    names = sorted({name for one in notices if (name := _audience(one.hearer))})
    words = json.dumps(names)
    return words if len(words) <= MOST_NOTIFIED else '["*"]'


def set_off_alarms(session: Session, *, at: datetime, most: int) -> list[Any]:
    """Mark cases whose light has turned and log their alarms, each once; answers the cases that were marked.

    `level` is None where the alarm of this run of the clock went off before. Cases that somebody moves are
    left for the next time.
    """
    given = {"at": at, "most": most, "stage_clocks": json.dumps(STAGE_CLOCK)}
    return list(session.execute(_ALARMS, given).mappings())


def hush(session: Session, *, at: datetime) -> None:
    """Count the alarms of lights that have turned as gone off: of cases that come from a past."""
    session.execute(_HUSH, {"at": at})


def _as_data(notice: Notice) -> dict[str, Any]:
    hearer = notice.hearer
    return {
        "case_id": notice.case_id,
        "seq": notice.seq,
        "at": moment_text(notice.at),
        "occasion": notice.occasion,
        "topic": hearer.topic,
        "audience": hearer.audience,
        "post": hearer.post,
        "organisation_code": hearer.organisation_code,
        "person_id": hearer.person_id,
        "by_person_id": notice.by_person_id,
        "words": notice.words,
    }


def _body(hook: HookBody, at: datetime) -> dict[str, Any]:
    return {"case_id": hook.case_id, "occasion": hook.occasion, "body": hook.body, "at": moment_text(at)}


def _audience(hearer: Hearer) -> str | None:
    ids = {"post": hearer.post, "body": hearer.organisation_code, "person": hearer.person_id}
    return f"{hearer.audience}:{ids[hearer.audience]}" if hearer.audience in ids else None


_MARK_READ = text("""
    INSERT INTO cases.notice_read (person_id, notice_id)
    SELECT :person_id, id FROM cases.notice WHERE id = :notice_id
    ON CONFLICT DO NOTHING
""")
_READ_UNTIL = text("""
    WITH kept AS (
        INSERT INTO cases.notice_wish AS w (person_id, read_until_id) VALUES (:person_id, :notice_id)
        ON CONFLICT (person_id) DO UPDATE
        SET read_until_id = greatest(w.read_until_id, EXCLUDED.read_until_id)
    )
    DELETE FROM cases.notice_read WHERE person_id = :person_id AND notice_id <= :notice_id
""")
_FORGET = text("""
    DELETE FROM cases.notice WHERE id IN (
        SELECT id FROM cases.notice WHERE at < :before AND audience <> 'public' LIMIT :most)
""")


def mark_read(session: Session, person_id: int, notice_id: int) -> None:
    """Note that a person has read a notice."""
    session.execute(_MARK_READ, {"person_id": person_id, "notice_id": notice_id})


def mark_all_read(session: Session, person_id: int, *, until_id: int) -> None:
    """Note that a person has read every notice up to one."""
    session.execute(_READ_UNTIL, {"person_id": person_id, "notice_id": until_id})


_FORGET_POSTS = text("""
    DELETE FROM cases.delivery WHERE id IN (
        SELECT id FROM cases.delivery WHERE webhook_id IS NOT NULL AND created_at < :before LIMIT :most)
""")


def forget_old(session: Session, *, before: datetime, most: int = 20_000) -> int:
    """Let go of what staff and other systems were told before a day; what reporters were told stays."""
    session.execute(_FORGET_POSTS, {"before": before, "most": most})
    return session.execute(_FORGET, {"before": before, "most": most}).rowcount  # type: ignore[attr-defined,no-any-return]
