"""Filters that people keep under a name at their desks: their own, in their own order, and what is shared."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from gis_core.errors import NotFound, Refused
from web.accounts.tables import DeskViewRow, PersonRow

MOST_VIEWS = 30
UNDO_WITHIN = timedelta(days=7)
"""How long a removed view can be had back."""


class NoSuchView(NotFound):
    """The person has no such view."""

    code = "no_such_view"


class TooManyViews(Refused):
    """A desk's list of views has to stay readable."""

    code = "too_many_views"


@dataclass(frozen=True, slots=True)
class DeskView:
    """A view: its name and its query; whose it is, when it is somebody else's that is shared."""

    id: int
    name: str
    query: str
    is_own: bool
    is_default: bool
    is_removed: bool
    shared_to: tuple[str, ...]
    owner_name: str


@dataclass(frozen=True, slots=True)
class DeskKnown:
    """What a desk needs of people: the views of who sits there, and names by number."""

    views: tuple[DeskView, ...]
    names: dict[int, str]


def read_desk(session: Session, person_id: int, post: str, people: Collection[int] = ()) -> DeskKnown:
    """The views of a person at a desk, own ones first and in order, and names of people; one query.

    Own views that were removed of late are among them: a page may offer to take that back.
    """
    is_own = DeskViewRow.person_id == person_id
    is_shared = DeskViewRow.shared_to.contains([post]) & DeskViewRow.removed_at.is_(None)
    views = (
        select(DeskViewRow, is_own.label("is_own"), PersonRow.name.label("owner_name"))
        .join(PersonRow, PersonRow.id == DeskViewRow.person_id)
        .where((is_own & (DeskViewRow.post == post)) | (~is_own & is_shared))
        .subquery("views")
    )
    row = func.jsonb_build_array(
        views.c.id, views.c.name, views.c.query, views.c.is_own, views.c.is_default,
        views.c.removed_at.is_not(None), views.c.shared_to, views.c.owner_name,
    )  # fmt: skip
    order = func.jsonb_build_array(~views.c.is_own, views.c.place, views.c.name)
    told = select(func.jsonb_agg(func.jsonb_build_array(order, row))).select_from(views).scalar_subquery()
    wanted = [*people] or [0]
    names = (
        select(func.jsonb_object_agg(PersonRow.id, PersonRow.name))
        .where(PersonRow.id.in_(wanted))
        .scalar_subquery()
    )
    found, known = session.execute(select(told, names)).one()
    rows = sorted(found or [])
    return DeskKnown(
        tuple(_view(row) for _, row in rows),
        {int(number): name for number, name in (known or {}).items()},
    )


def _view(row: Sequence[Any]) -> DeskView:
    number, name, query, is_own, is_default, is_removed, shared_to, owner_name = row
    return DeskView(number, name, query, is_own, is_default, is_removed, tuple(shared_to), owner_name)


def find_default(session: Session, person_id: int, post: str) -> str | None:
    """The query of the view that the person's desk opens with."""
    asked = select(DeskViewRow.query).where(
        DeskViewRow.person_id == person_id,
        DeskViewRow.post == post,
        DeskViewRow.is_default,
        DeskViewRow.removed_at.is_(None),
    )
    return session.execute(asked.limit(1)).scalar()


def save_view(session: Session, person_id: int, post: str, *, name: str, query: str, at: datetime) -> None:
    """Keep a query under a name, the last in order; one of that name is brought up to date.

    :raises TooManyViews: when the person has `MOST_VIEWS` at this desk.
    """
    own = (DeskViewRow.person_id == person_id) & (DeskViewRow.post == post) & DeskViewRow.removed_at.is_(None)
    counted = select(func.count(), func.coalesce(func.max(DeskViewRow.place), 0)).where(own)
    n, last = session.execute(counted.where(DeskViewRow.name != name)).one()
    if n >= MOST_VIEWS:
        raise TooManyViews(f"每个工作台最多保存 {MOST_VIEWS} 个视图，请先删除不用的。")
    new = insert(DeskViewRow).values(
        person_id=person_id, post=post, name=name, query=query, place=last + 1, changed_at=at
    )
    session.execute(
        new.on_conflict_do_update(
            index_elements=[DeskViewRow.person_id, DeskViewRow.post, DeskViewRow.name],
            index_where=DeskViewRow.removed_at.is_(None),
            set_={"query": new.excluded.query, "changed_at": at},
        )
    )


def set_default(session: Session, person_id: int, post: str, view_id: int | None) -> None:
    """Open the desk with this view from now on; with none for None."""
    own = (DeskViewRow.person_id == person_id) & (DeskViewRow.post == post)
    chosen = DeskViewRow.id == (view_id if view_id is not None else 0)
    session.execute(update(DeskViewRow).where(own).values(is_default=chosen))


def move_up(session: Session, person_id: int, view_id: int) -> None:
    """Let a view change places with the one before it; the first stays."""
    mine = _get_own(session, person_id, view_id)
    before = session.execute(
        select(DeskViewRow)
        .where(
            DeskViewRow.person_id == person_id,
            DeskViewRow.post == mine.post,
            DeskViewRow.removed_at.is_(None),
            DeskViewRow.place < mine.place,
        )
        .order_by(DeskViewRow.place.desc())
        .limit(1)
        .with_for_update()
    ).scalar()
    if before is not None:
        mine.place, before.place = before.place, mine.place


def share(session: Session, person_id: int, view_id: int, posts: Sequence[str], at: datetime) -> None:
    """Show a view to everybody at these desks; to nobody else for none."""
    mine = _get_own(session, person_id, view_id)
    mine.shared_to, mine.changed_at = sorted(posts), at


def remove(session: Session, person_id: int, view_id: int, at: datetime) -> None:
    """Take a view away, from whom it is shared with too; `restore` brings it back."""
    mine = _get_own(session, person_id, view_id)
    mine.removed_at = at


def restore(session: Session, person_id: int, view_id: int) -> None:
    """Bring a removed view back; when its name was given anew meanwhile, under a name with its number."""
    asked = select(DeskViewRow).where(DeskViewRow.id == view_id, DeskViewRow.person_id == person_id)
    mine = session.execute(asked.with_for_update()).scalar()
    if mine is None:
        raise NoSuchView("这个视图已不存在，不能恢复了。")
    namesake = select(literal(1)).where(
        DeskViewRow.person_id == person_id,
        DeskViewRow.post == mine.post,
        DeskViewRow.name == mine.name,
        DeskViewRow.removed_at.is_(None),
        DeskViewRow.id != view_id,
    )
    if session.execute(namesake).scalar() is not None:
        mine.name = f"{mine.name[:30]} {view_id}"
    mine.removed_at = None


def sweep(session: Session, at: datetime) -> None:
    """Forget views that were removed long ago."""
    session.execute(delete(DeskViewRow).where(DeskViewRow.removed_at < at - UNDO_WITHIN))


def _get_own(session: Session, person_id: int, view_id: int) -> DeskViewRow:
    asked = select(DeskViewRow).where(
        DeskViewRow.id == view_id, DeskViewRow.person_id == person_id, DeskViewRow.removed_at.is_(None)
    )
    found = session.execute(asked.with_for_update()).scalar()
    if found is None:
        raise NoSuchView("没有这个视图，或者它是别人的。请刷新页面后重试。")
    return found
