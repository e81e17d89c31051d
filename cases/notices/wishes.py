"""How a person wants to hear of what, and the browsers that take web push for that person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from cases.rules.contacts import check_email, check_mobile
from cases.rules.telling import TOPICS
from gis_core.errors import BadInput
from gis_core.messages.push import Subscription

CHANNELS = ("email", "sms", "push")
MOST_BROWSERS = 10


class NoAddress(BadInput):
    """A channel is chosen whose address is missing."""

    code = "no_address"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person chose: topics by channel, the addresses, the language of messages."""

    language: str = "zh"
    email: str | None = None
    phone: str | None = None
    topics: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    browsers: int = 0

    def wants(self, channel: str, topic: str) -> bool:
        """Whether the person wants to hear of a topic by a channel."""
        return topic in self.topics.get(channel, ())

    def checked(self) -> "Wishes":
        """The wishes with addresses written in one way and known topics alone.

        :raises BadEmail, BadMobile: for an address that cannot be one.
        :raises NoAddress: when topics are chosen for a channel without an address.
        """
        email = check_email(self.email) if self.email else None
        phone = check_mobile(self.phone) if self.phone else None
        for channel, address, name in (("email", email, "电子邮箱"), ("sms", phone, "手机号码")):
            if self.topics.get(channel) and address is None:
                raise NoAddress(f"选了用{name}接收，请填写{name}；或取消这些选择。")
        known = {
            channel: tuple(topic for topic in TOPICS if self.wants(channel, topic)) for channel in CHANNELS
        }
        return Wishes(self.language if self.language == "en" else "zh", email, phone, known, self.browsers)


_FIND = text("""
    SELECT w.language, w.email, w.phone, w.email_topics, w.sms_topics, w.push_topics, browsers.n
    FROM (SELECT count(*) AS n FROM cases.push_subscription WHERE person_id = :person_id) AS browsers
    LEFT JOIN cases.notice_wish w ON w.person_id = :person_id
""")
_SAVE = text("""
    INSERT INTO cases.notice_wish (person_id, language, email, phone, email_topics, sms_topics, push_topics)
    VALUES (:person_id, :language, :email, :phone, :email_topics, :sms_topics, :push_topics)
    ON CONFLICT (person_id) DO UPDATE SET language = EXCLUDED.language, email = EXCLUDED.email,
        phone = EXCLUDED.phone, email_topics = EXCLUDED.email_topics, sms_topics = EXCLUDED.sms_topics,
        push_topics = EXCLUDED.push_topics
""")
# A browser belongs to whoever switched push on in it last; the oldest of very many go.
_SUBSCRIBE = text("""
    WITH kept AS (
        INSERT INTO cases.push_subscription (person_id, endpoint, p256dh, auth, user_agent, created_at)
        VALUES (:person_id, :endpoint, :p256dh, :auth, :user_agent, :at)
        ON CONFLICT (endpoint) DO UPDATE SET person_id = EXCLUDED.person_id, p256dh = EXCLUDED.p256dh,
            auth = EXCLUDED.auth, created_at = EXCLUDED.created_at
    )
    DELETE FROM cases.push_subscription WHERE id IN (
        SELECT id FROM cases.push_subscription WHERE person_id = :person_id
        ORDER BY created_at DESC, id DESC OFFSET :most)
""")
_UNSUBSCRIBE = text(
    "DELETE FROM cases.push_subscription WHERE person_id = :person_id AND endpoint = :endpoint"
)


def find_wishes(session: Session, person_id: int) -> Wishes:
    """What a person chose; nothing when nothing was chosen yet."""
    row = session.execute(_FIND, {"person_id": person_id}).one()
    topics = {
        channel: tuple(chosen or ())
        for channel, chosen in zip(CHANNELS, (row.email_topics, row.sms_topics, row.push_topics), strict=True)
    }
    return Wishes(row.language or "zh", row.email, row.phone, topics, row.n)


def save_wishes(session: Session, person_id: int, wishes: Wishes) -> None:
    """Keep what a person chose; `wishes` are checked."""
    topics = {f"{channel}_topics": list(wishes.topics.get(channel, ())) for channel in CHANNELS}
    given = {"language": wishes.language, "email": wishes.email, "phone": wishes.phone}
    session.execute(_SAVE, {"person_id": person_id} | given | topics)


def subscribe(
    session: Session, person_id: int, browser: Subscription, *, user_agent: str, at: datetime
) -> None:
    """Have a browser take push for a person."""
    keys = {"endpoint": browser.endpoint, "p256dh": browser.p256dh, "auth": browser.auth}
    given = {"person_id": person_id, "user_agent": user_agent[:200], "at": at, "most": MOST_BROWSERS - 1}
    session.execute(_SUBSCRIBE, given | keys)


def unsubscribe(session: Session, person_id: int, endpoint: str) -> None:
    """Have a browser take push no more."""
    session.execute(_UNSUBSCRIBE, {"person_id": person_id, "endpoint": endpoint})
