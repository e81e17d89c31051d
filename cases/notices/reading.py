"""Notices as people read them: the newest of somebody's audiences, what is unread, what reporters see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, func, text
from sqlalchemy.orm import Session

from cases.notices.wording import CASE_NO
from cases.rules.telling import POSTS_AS_A_WHOLE

MOST_COUNTED = 99
"""More unread notices than this are told as 99+."""
PAGE = 50


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose notices: a person, with the posts and the department that person hears for."""

    person_id: int
    posts: tuple[str, ...]
    organisation_code: str | None

    @classmethod
    def of(cls, person_id: int, roles: frozenset[str], organisation_code: str | None) -> "Reader":
        """The reader that somebody is: a department's own people hear what their department is told."""
        posts = tuple(post for post in POSTS_AS_A_WHOLE if post in roles)
        return cls(person_id, posts, organisation_code if "department" in roles else None)

    @property
    def audiences(self) -> frozenset[str]:
        """The names under which the reader's bell rings."""
        names = {f"person:{self.person_id}", *(f"post:{post}" for post in self.posts)}
        return frozenset(names | ({f"body:{self.organisation_code}"} if self.organisation_code else set()))


@dataclass(frozen=True, slots=True)
class NoticeShown:
    """A notice in one language; `case_no` is empty for what is told of the field."""

    id: int
    case_no: str
    at: datetime
    occasion: str
    topic: str
    title: str
    text: str
    is_read: bool


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """What the reporter of a case was told."""

    at: datetime
    title: str
    text: str


# Each audience is asked for its newest ones by its own index; together they are few, however many there are.
_LIST = text("""
    WITH wish AS (
        SELECT coalesce(max(read_until_id), 0) AS until FROM cases.notice_wish WHERE person_id = :person_id
    ), mine AS (
        (SELECT id, by_person_id FROM cases.notice WHERE person_id = :person_id AND id < :before
         ORDER BY id DESC LIMIT :most)
        UNION
        (SELECT id, by_person_id FROM cases.notice
         WHERE organisation_code = :organisation_code AND id < :before
         ORDER BY id DESC LIMIT :most)
        UNION
        (SELECT n.id, n.by_person_id FROM unnest(CAST(:posts AS text[])) AS held(post)
         CROSS JOIN LATERAL (SELECT id, by_person_id FROM cases.notice WHERE post = held.post AND id < :before
                             ORDER BY id DESC LIMIT :most) n)
    ), marked AS (
        SELECT mine.id, mine.id <= wish.until OR EXISTS (
            SELECT FROM cases.notice_read r
            WHERE r.person_id = :person_id AND r.notice_id = mine.id) AS is_read
        FROM mine, wish WHERE mine.by_person_id IS DISTINCT FROM :person_id
    )
    SELECT n.id, coalesce(c.case_no, '') AS case_no, n.at, n.occasion, n.topic, n.words, m.is_read
    FROM marked m JOIN cases.notice n USING (id) LEFT JOIN cases.seen_case c ON c.id = n.case_id
    WHERE NOT (m.is_read AND :is_unread)
    ORDER BY n.id DESC LIMIT :most
""")
_CASE_OF = text("""
    SELECT c.case_no FROM cases.notice n JOIN cases.seen_case c ON c.id = n.case_id WHERE n.id = :notice_id
""")
_TOPIC_OF = text("SELECT topic FROM cases.notice WHERE id = :notice_id")
_PUBLIC = text("""
    SELECT n.at, n.words, c.case_no FROM cases.notice n JOIN cases.seen_case c ON c.id = n.case_id
    WHERE c.case_no = ANY(:case_nos) AND n.audience = 'public' ORDER BY n.id
""")
_NO_END = 2**62


def list_notices(
    session: Session, reader: Reader, *, language: str, is_unread: bool = False, before: int = _NO_END
) -> tuple[NoticeShown, ...]:
    """The newest notices before one, the last first; at most `PAGE`, those read left out when asked."""
    most = MOST_COUNTED + 1 if is_unread else PAGE
    given = _given(reader, most=most, before=before) | {"is_unread": is_unread}
    rows = session.execute(_LIST, given).mappings()
    return tuple(_shown(row, language) for row in rows)[:PAGE]


def unread_of(person_id: Any, roles: Any, organisation_code: Any) -> ColumnElement[int]:
    """How many of somebody's newest notices are unread, at most one more than `MOST_COUNTED`, in SQL."""
    return func.cases.unread_notices(person_id, roles, organisation_code, MOST_COUNTED + 1, type_=Integer())


def find_topic(session: Session, notice_id: int) -> str | None:
    """What a notice is about; None when it is no more."""
    return session.execute(_TOPIC_OF, {"notice_id": notice_id}).scalar_one_or_none()


def find_case_no(session: Session, notice_id: int) -> str | None:
    """The case that a notice is of; None when it is of the field, or is no more."""
    return session.execute(_CASE_OF, {"notice_id": notice_id}).scalar_one_or_none()


def list_public_notices(
    session: Session, case_nos: Sequence[str], *, language: str
) -> tuple[PublicNotice, ...]:
    """What the reporters of a case, and of the one it was merged into, were told; the first one first."""
    rows = session.execute(_PUBLIC, {"case_nos": list(case_nos)})
    return tuple(PublicNotice(row.at, *said(row.words, language, row.case_no)) for row in rows)


def said(words: dict[str, Any], language: str, case_no: str) -> tuple[str, str]:
    """Title and text in a language, with the number of the case."""
    chosen = words.get(language) or words["zh"]
    return tuple(str(chosen[part]).replace(CASE_NO, case_no) for part in ("title", "text"))  # type: ignore[return-value]


def _given(reader: Reader, *, most: int, before: int) -> dict[str, Any]:
    return {
        "person_id": reader.person_id,
        "organisation_code": reader.organisation_code,
        "posts": list(reader.posts),
        "most": most,
        "before": before,
    }


def _shown(row: Any, language: str) -> NoticeShown:
    title, words = said(row["words"], language, row["case_no"])
    names = ("id", "case_no", "at", "occasion", "topic", "is_read")
    return NoticeShown(title=title, text=words, **{name: row[name] for name in names})


def newest_id(rows: Sequence[NoticeShown]) -> int:
    """The newest of some notices; 0 for none."""
    return max((row.id for row in rows), default=0)
