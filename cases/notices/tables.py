"""Columns of notices, of what people chose, and of what was sent (schema `cases`)."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from gis_core.db import Base

SCHEMA = "cases"
MOMENT = TIMESTAMP(timezone=True)
TO_CASE = "cases.case.id"
STATUSES = ("waiting", "sent", "dead", "limited", "stopped")


class NoticeRow(Base):
    """What an audience was told of a step or of a clock, in every language, by the templates of the day.

    `{case_no}` in the words is filled in when they are read: the number of a new case comes last.
    """

    __tablename__ = "notice"
    __table_args__ = (
        # Usage: the newest notices of a post; their unread count.
        Index("ix_notice_post", "post", "id", postgresql_where=text("post IS NOT NULL")),
        # Usage: the newest notices of a department; their unread count.
        Index(
            "ix_notice_organisation",
            "organisation_code",
            "id",
            postgresql_where=text("organisation_code IS NOT NULL"),
        ),
        # Usage: the newest notices of a person; their unread count.
        Index("ix_notice_person", "person_id", "id", postgresql_where=text("person_id IS NOT NULL")),
        # Usage: what the reporter of a case was told.
        Index("ix_notice_public", "case_id", "id", postgresql_where=text("audience = 'public'")),
        # Usage: notices that are old enough to go.
        Index("ix_notice_at", "at", postgresql_using="brin"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    # deferred: notices of a report are written before its row, whose number comes last; none: of the field
    case_id: Mapped[int | None] = mapped_column(ForeignKey(TO_CASE, deferrable=True, initially="DEFERRED"))
    seq: Mapped[int] = (
        mapped_column()
    )  # of the fact; for a clock, of the newest fact; of the field, of its row
    at: Mapped[datetime] = mapped_column(MOMENT)
    occasion: Mapped[str] = mapped_column(String(24))  # an action, at_risk or overdue
    topic: Mapped[str] = mapped_column(String(8))
    audience: Mapped[str] = mapped_column(String(8))  # post body person public one
    post: Mapped[str | None] = mapped_column(String(24))
    organisation_code: Mapped[str | None] = mapped_column(String(24))
    person_id: Mapped[int | None] = mapped_column(BigInteger)
    by_person_id: Mapped[int | None] = mapped_column(BigInteger)  # does not hear of the own step
    words: Mapped[dict[str, Any]] = mapped_column(JSONB)  # by language: title, text


class NoticeReadRow(Base):
    """A notice that a person has read, beyond those read all at once."""

    __tablename__ = "notice_read"
    __table_args__ = (
        # Usage: a notice that goes takes its marks along.
        Index("ix_notice_read_notice", "notice_id"),
        {"schema": SCHEMA},
    )
    person_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.person.id", ondelete="CASCADE"), primary_key=True
    )
    notice_id: Mapped[int] = mapped_column(
        ForeignKey("cases.notice.id", ondelete="CASCADE"), primary_key=True
    )


class NoticeWishRow(Base):
    """How a person wants to hear of what; personal data, shown to that person only."""

    __tablename__ = "notice_wish"
    __table_args__ = ({"schema": SCHEMA},)
    person_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.person.id", ondelete="CASCADE"), primary_key=True
    )
    read_until_id: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    language: Mapped[str] = mapped_column(String(2), server_default=text("'zh'"))
    email: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    email_topics: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    sms_topics: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    push_topics: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))


class PushSubscriptionRow(Base):
    """A browser that takes web push for a person, as the browser described itself."""

    __tablename__ = "push_subscription"
    __table_args__ = (
        UniqueConstraint("endpoint"),
        # Usage: the browsers of a person.
        Index("ix_push_subscription_person", "person_id"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("accounts.person.id", ondelete="CASCADE"))
    endpoint: Mapped[str] = mapped_column(Text)
    p256dh: Mapped[str] = mapped_column(Text)
    auth: Mapped[str] = mapped_column(Text)
    user_agent: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(MOMENT)


class FollowerRow(Base):
    """Somebody without an account who hears of a case; the address is personal data and reaches no log."""

    __tablename__ = "follower"
    __table_args__ = (
        UniqueConstraint("case_id", "track_code"),
        UniqueConstraint("stop_token"),
        # Usage: how often an address was written to lately.
        Index("ix_follower_address", "address"),
        CheckConstraint("channel IN ('email', 'sms')", name="channel_is_known"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey(TO_CASE, deferrable=True, initially="DEFERRED"))
    track_code: Mapped[str] = mapped_column(String(12))  # the reporter's, or that of who said "me too"
    channel: Mapped[str] = mapped_column(String(8))
    address: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(2))
    stop_token: Mapped[str] = mapped_column(String(32))
    chosen_at: Mapped[datetime] = mapped_column(MOMENT)
    stopped_at: Mapped[datetime | None] = mapped_column(MOMENT)


class RatingRow(Base):
    """What a reporter says of the result, once after each closing."""

    __tablename__ = "rating"
    __table_args__ = (CheckConstraint("score BETWEEN 1 AND 5", name="score_is_1_to_5"), {"schema": SCHEMA})
    case_id: Mapped[int] = mapped_column(ForeignKey(TO_CASE), primary_key=True)
    track_code: Mapped[str] = mapped_column(String(12), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # how often reopened before
    score: Mapped[int] = mapped_column(SmallInteger)
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(MOMENT)


class WebhookRow(Base):
    """An address of another system that is told of steps; `former_secret` signs along until it ends."""

    __tablename__ = "webhook"
    __table_args__ = (UniqueConstraint("name"), {"schema": SCHEMA})
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    former_secret: Mapped[str | None] = mapped_column(Text)
    former_until: Mapped[datetime | None] = mapped_column(MOMENT)
    occasions: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))  # none: all
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(MOMENT)


class DeliveryRow(Base):
    """A message on its way by a channel, and how far it is; `claimed_until` keeps two workers apart."""

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint(f"status IN ({', '.join(repr(s) for s in STATUSES)})", name="status_is_known"),
        # Usage: the sweep of what is due and that no job looks after; dead letters.
        Index(
            "ix_delivery_open", "status", "next_at", postgresql_where=text("status IN ('waiting', 'dead')")
        ),
        # Usage: how often a person was written to lately.
        Index(
            "ix_delivery_person",
            "person_id",
            "channel",
            "sent_at",
            postgresql_where=text("person_id IS NOT NULL"),
        ),
        # Usage: how often a follower was written to lately; a follower who goes.
        Index("ix_delivery_follower", "follower_id", postgresql_where=text("follower_id IS NOT NULL")),
        # Usage: the log of a webhook.
        Index("ix_delivery_webhook", "webhook_id", "id", postgresql_where=text("webhook_id IS NOT NULL")),
        # Usage: a notice that goes takes its messages along.
        Index("ix_delivery_notice", "notice_id", postgresql_where=text("notice_id IS NOT NULL")),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    channel: Mapped[str] = mapped_column(String(8))  # email sms push webhook
    case_id: Mapped[int | None] = mapped_column(ForeignKey(TO_CASE, deferrable=True, initially="DEFERRED"))
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("cases.notice.id", ondelete="CASCADE"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.person.id", ondelete="CASCADE"))
    subscription_id: Mapped[int | None] = mapped_column(
        ForeignKey("cases.push_subscription.id", ondelete="SET NULL")
    )
    follower_id: Mapped[int | None] = mapped_column(ForeignKey("cases.follower.id", ondelete="CASCADE"))
    webhook_id: Mapped[int | None] = mapped_column(ForeignKey("cases.webhook.id", ondelete="CASCADE"))
    body: Mapped[dict[str, Any] | None] = mapped_column(JSONB)  # of a webhook
    status: Mapped[str] = mapped_column(String(8), server_default=text("'waiting'"))
    attempt_count: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    next_at: Mapped[datetime] = mapped_column(MOMENT)
    claimed_until: Mapped[datetime | None] = mapped_column(MOMENT)
    sent_at: Mapped[datetime | None] = mapped_column(MOMENT)


class DeliveryAttemptRow(Base):
    """One attempt to deliver: what the other side answered, without anybody's address."""

    __tablename__ = "delivery_attempt"
    __table_args__ = (
        # Usage: the attempts of a message, in order.
        Index("ix_delivery_attempt_delivery", "delivery_id", "id"),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("cases.delivery.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(MOMENT)
    is_sent: Mapped[bool] = mapped_column()
    answer: Mapped[str] = mapped_column(Text)
    took_ms: Mapped[int] = mapped_column()


class AlarmRow(Base):
    """An alarm that went off: once for each run of a clock and level (1 at 80 %, 2 at the whole limit)."""

    __tablename__ = "alarm"
    __table_args__ = ({"schema": SCHEMA},)
    case_id: Mapped[int] = mapped_column(ForeignKey(TO_CASE), primary_key=True)
    clock: Mapped[str] = mapped_column(String(12), primary_key=True)
    started_at: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)
    extension: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(MOMENT)  # when it was noticed
    turned_at: Mapped[datetime] = mapped_column(MOMENT)  # when the light turned
