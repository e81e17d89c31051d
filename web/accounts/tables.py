"""Columns of people, roles, sessions and keys of other systems (schema `accounts`)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from gis_core.db import Base

SCHEMA = "accounts"
MOMENT = TIMESTAMP(timezone=True)


class PersonRow(Base):
    """Someone who signs in."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("login"), {"schema": SCHEMA})
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    login: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)  # argon2id
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    organisation_code: Mapped[str | None] = mapped_column(
        ForeignKey("grid.organisation.code", use_alter=True)
    )
    responsibility_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))  # an inspector's grids
    is_active: Mapped[bool] = mapped_column()
    is_demo: Mapped[bool] = mapped_column()
    failed_count: Mapped[int] = mapped_column()
    locked_until: Mapped[datetime | None] = mapped_column(MOMENT)


class SessionRow(Base):
    """A signed-in browser; the cookie holds the secret, the row its SHA-256."""

    __tablename__ = "session"
    __table_args__ = (
        # Usage: the sweep of expired sessions.
        Index("ix_session_expires", "expires_at"),
        {"schema": SCHEMA},
    )
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("accounts.person.id", ondelete="CASCADE"))
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    seen_at: Mapped[datetime] = mapped_column(MOMENT)
    expires_at: Mapped[datetime] = mapped_column(MOMENT)
    user_agent: Mapped[str] = mapped_column(Text)


class DeskViewRow(Base):
    """A filter that somebody keeps under a name at a desk, and whom it is shared with (视图)."""

    __tablename__ = "desk_view"
    __table_args__ = (
        # Usage: the views of a person at a desk; a name is kept once.
        Index(
            "uq_desk_view_name", "person_id", "post", "name", unique=True,
            postgresql_where=text("removed_at IS NULL"),
        ),
        # Usage: what is shared with a desk.
        Index(
            "ix_desk_view_shared", "shared_to", postgresql_using="gin",
            postgresql_where=text("shared_to <> '{}'"),
        ),
        # Usage: the sweep of removed views, whose removal can be undone until then.
        Index("ix_desk_view_removed", "removed_at", postgresql_where=text("removed_at IS NOT NULL")),
        {"schema": SCHEMA},
    )  # fmt: skip
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("accounts.person.id", ondelete="CASCADE"))
    post: Mapped[str] = mapped_column(String(24))  # key of the desk it was made at
    name: Mapped[str] = mapped_column(String(40))
    query: Mapped[str] = mapped_column(Text)  # as addresses have it
    place: Mapped[int] = mapped_column()  # in the person's own order
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    shared_to: Mapped[list[str]] = mapped_column(ARRAY(String(24)), server_default=text("'{}'"))
    changed_at: Mapped[datetime] = mapped_column(MOMENT)
    removed_at: Mapped[datetime | None] = mapped_column(MOMENT)


class ThrottleRow(Base):
    """How often something was tried in a window of time, shared by every process; not worth a log record."""

    __tablename__ = "throttle"
    __table_args__ = ({"schema": SCHEMA, "prefixes": ["UNLOGGED"]},)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    window_at: Mapped[datetime] = mapped_column(MOMENT, primary_key=True)
    count: Mapped[int] = mapped_column()


class ApiKeyRow(Base):
    """Another system that may send us something; the row holds the SHA-256 of its key."""

    __tablename__ = "api_key"
    __table_args__ = (
        # Usage: whose key a request carries.
        UniqueConstraint("key_hash"),
        # Usage: a system in force is revoked by its name.
        Index("ix_api_key_name", "name", unique=True, postgresql_where=text("revoked_at IS NULL")),
        {"schema": SCHEMA},
    )
    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    key_hash: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))  # report update
    per_hour: Mapped[int] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(MOMENT)
    used_at: Mapped[datetime | None] = mapped_column(MOMENT)
    revoked_at: Mapped[datetime | None] = mapped_column(MOMENT)


class ApiReportRow(Base):
    """A report that came with a key: the case of this client id, and the SHA-256 of what was sent."""

    __tablename__ = "api_report"
    __table_args__ = (
        # Usage: the foreign key, when a key is looked after.
        Index("ix_api_report_key", "key_id"),
        {"schema": SCHEMA},
    )
    client_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("accounts.api_key.id"))
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime] = mapped_column(MOMENT)
