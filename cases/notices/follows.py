"""Reporters without an account: how they hear of their case, how they stop, what they say of the result."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.following import PublicCase
from cases.notices.store import DELIVER
from cases.notices.telling import Teller
from cases.remarks import add_score
from cases.rules.contacts import check_email, check_mobile
from cases.rules.deciding import Asking
from cases.rules.evidence import clean_text
from gis_core.errors import BadInput, Refused
from gis_core.jobs import send_named

SCORES = (1, 2, 3, 4, 5)
MOST_WORDS = 500


class NoSuchChannel(BadInput):
    """A way of being told that there is not."""

    code = "no_such_channel"


class BadRating(BadInput):
    """A score that is not one of the five."""

    code = "bad_rating"


class NotToRate(Refused):
    """The case is not done yet, or was rated before."""

    code = "not_to_rate"


@dataclass(frozen=True, slots=True)
class Follow:
    """How somebody wants to hear of a case, checked: a channel and an address written in one way."""

    channel: str
    address: str
    language: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a reporter has chosen: the channel, and the address with its middle hidden."""

    channel: str
    address: str
    score: int | None


def read_follow(channel: str, address: str, language: str) -> Follow | None:
    """What a reporter chose; None for not to be told.

    :raises NoSuchChannel: for another channel; BadEmail, BadMobile for an address that cannot be one.
    """
    if channel in ("", "none"):
        return None
    if channel not in ("sms", "email"):
        raise NoSuchChannel("请选择短信、电子邮件或不通知。")
    checked = check_mobile(address) if channel == "sms" else check_email(address)
    return Follow(channel, checked, "en" if language == "en" else "zh")


# A code has one choice; another address or channel takes the place of the one before, with a new way to stop.
_CHOOSE = text("""
    INSERT INTO cases.follower AS f (case_id, track_code, channel, address, language, stop_token, chosen_at)
    SELECT id, :code, :channel, :address, :language, :token, :at FROM cases.seen_case WHERE case_no = :case_no
    ON CONFLICT (case_id, track_code) DO UPDATE SET channel = EXCLUDED.channel, address = EXCLUDED.address,
        language = EXCLUDED.language, stop_token = EXCLUDED.stop_token, chosen_at = EXCLUDED.chosen_at,
        stopped_at = NULL
    WHERE (f.channel, f.address, f.language) IS DISTINCT FROM
          (EXCLUDED.channel, EXCLUDED.address, EXCLUDED.language) OR f.stopped_at IS NOT NULL
    RETURNING id, case_id
""")
_CONFIRM = text("""
    WITH made AS (
        INSERT INTO cases.notice (case_id, seq, at, occasion, topic, audience, words)
        VALUES (:case_id, 0, :at, 'follow', 'public', 'one', :words) RETURNING id
    )
    INSERT INTO cases.delivery (channel, case_id, notice_id, follower_id, created_at, next_at)
    SELECT :channel, :case_id, id, :follower_id, :at, :at FROM made RETURNING id
""")
_TYPE = text("SELECT kind, type_code FROM cases.seen_case WHERE id = :case_id")
_STOP_CODE = text("""
    UPDATE cases.follower f SET stopped_at = :at FROM cases.seen_case c
    WHERE c.id = f.case_id AND c.case_no = :case_no AND f.track_code = :code AND f.stopped_at IS NULL
""")
_STOP = text("""
    UPDATE cases.follower SET stopped_at = coalesce(stopped_at, :at) WHERE stop_token = :token RETURNING id
""")
_CHOSEN = text("""
    SELECT f.channel, f.address, r.score
    FROM cases.seen_case c
    LEFT JOIN cases.follower f ON f.case_id = c.id AND f.track_code = :code AND f.stopped_at IS NULL
    LEFT JOIN cases.rating r ON r.case_id = c.id AND r.track_code = :code AND r.round = :round
    WHERE c.case_no = :case_no
""")
_RATE = text("""
    INSERT INTO cases.rating (case_id, track_code, round, score, words, at)
    SELECT id, :code, :round, :score, :words, :at FROM cases.seen_case WHERE case_no = :case_no
    ON CONFLICT DO NOTHING RETURNING case_id
""")


def choose(
    session: Session, case_no: str, code: str, follow: Follow | None, *, teller: Teller, at: datetime
) -> None:
    """Keep how the holder of a code wants to hear, and confirm a new address by a message to it.

    Whoever calls has made sure that the code fits. None stops what was chosen before.
    """
    if follow is None:
        session.execute(_STOP_CODE, {"case_no": case_no, "code": code, "at": at})
        return
    chosen = {"channel": follow.channel, "address": follow.address, "language": follow.language}
    given = {"case_no": case_no, "code": code, "token": secrets.token_urlsafe(18), "at": at}
    row = session.execute(_CHOOSE, given | chosen).one_or_none()
    if row is None:
        return  # chosen just so before
    kind = session.execute(_TYPE, {"case_id": row.case_id}).one()
    words = teller.words_of_following(kind.kind, kind.type_code, at)
    confirm = {"case_id": row.case_id, "at": at, "words": Jsonb(words), "channel": follow.channel}
    delivery_id = session.execute(_CONFIRM, confirm | {"follower_id": row.id}).scalar_one()
    send_named(DELIVER, session, delivery_ids=[delivery_id])


def stop(session: Session, token: str, *, at: datetime) -> bool:
    """End the messages that a link belongs to; False for a link that nobody was sent."""
    return session.execute(_STOP, {"token": token[:32], "at": at}).first() is not None


def find_chosen(session: Session, case_no: str, code: str, *, reopen_count: int) -> Chosen:
    """What the holder of a code has chosen, and the score given after the last closing."""
    row = session.execute(_CHOSEN, {"case_no": case_no, "code": code, "round": reopen_count}).one()
    return Chosen(row.channel or "none", hide_middle(row.address or ""), row.score)


def rate(session: Session, found: PublicCase, code: str, *, score: int, words: str, asking: Asking) -> None:
    """Keep what a reporter says of the result, once after each closing; the score as a fact of the case.

    :raises BadRating, TextTooLong: for what cannot be kept.
    :raises NotToRate: when the case is not done, or the code has rated this closing before.
    """
    if found.stage != "done":
        raise NotToRate("这件还没有办结，办结后可以评价。")
    if score not in SCORES:
        raise BadRating("请选 1 至 5 分。")
    said = clean_text(words, "评价", most=MOST_WORDS)
    kept = {"case_no": found.case_no, "code": code, "round": found.reopen_count}
    given = kept | {"score": score, "words": said, "at": asking.at}
    if session.execute(_RATE, given).first() is None:
        raise NotToRate("这件已经评价过了，谢谢您。")
    add_score(session, found.merged_into or found.case_no, found.case_no, score, asking)


def hide_middle(address: str) -> str:
    """An address of which only its owner recognises what is shown.

    >>> hide_middle("+8613912345678"), hide_middle("someone@example.org"), hide_middle("")
    ('+861****678', 's****@example.org', '')
    """
    name, at, host = address.partition("@")
    if at:
        return f"{name[:1]}****@{host}"
    return f"{address[:4]}****{address[-3:]}" if address else ""


@dataclass(frozen=True, slots=True)
class Rating:
    """What a reporter said of the result."""

    score: int
    words: str
    at: datetime


_RATINGS = text("""
    SELECT r.score, r.words, r.at FROM cases.rating r JOIN cases.seen_case c ON c.id = r.case_id
    WHERE c.case_no = :case_no OR c.merged_into = :case_no ORDER BY r.at
""")


def list_ratings(session: Session, case_no: str) -> tuple[Rating, ...]:
    """What reporters said of the result, those of merged reports too; the first one first."""
    return tuple(Rating(*row) for row in session.execute(_RATINGS, {"case_no": case_no}))
