"""Queues of desks and departments: which cases belong to a post, the filter, the page of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy.orm import Session
from starlette.datastructures import QueryParams

from cases.filtering import CaseFilter, Cursor, Order, read_order
from cases.listing import CasePage, count_desk, list_cases
from cases.reading import CaseNotFound
from cases.rules.deadlines import LIGHT_NAMES
from cases.rules.stages import AFTER_WORK, OPEN_STAGES, PENDING_STAGES, WITH_DEPARTMENT
from web.accounts.desk_views import DeskView, find_default, read_desk
from web.accounts.people import Person
from web.faces.chips import Chip, FilterNames, chips_of
from web.faces.named_places import NamedPlaces, named_places
from web.faces.sheets import Sheet, get_sheet
from web.filters import FILTERS, kept, read_filter, visible_to, write_filter
from web.wiring import Wiring

ROWS = 50


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of a queue: its name, the stages in it, and how it is sorted until somebody says otherwise.

    `only` names fields of the filter with what they must be; `OWN` is the organisation of who looks.
    """

    key: str
    name: str
    stages: tuple[str, ...]
    order: Order = "urgent"
    only: tuple[tuple[str, Any], ...] = ()

    def narrowed(self, wanted: CaseFilter, person: Person) -> CaseFilter:
        """The filter of this part: its stages, those of them that are wanted, and what else must hold.

        What is wanted stays wanted: where it and this part exclude each other, nothing is left.
        """
        stages = tuple(stage for stage in self.stages if stage in wanted.stages or not wanted.stages)
        narrowed, is_possible = wanted.in_stages(stages), bool(stages)
        for name, value in self.only:
            must = person.organisation_code if value is OWN else value
            asked = getattr(wanted, name)
            if isinstance(must, tuple):
                must = tuple(one for one in must if one in asked or not asked)
                is_possible &= bool(must)
            elif name != "department_code":  # a helper's cases are another department's
                is_possible &= asked in (None, must)
            marks: dict[str, Any] = {name: must}
            narrowed = replace(narrowed, **marks)
        return narrowed if is_possible else narrowed.for_nothing()


@dataclass(frozen=True, slots=True)
class Post:
    """A desk: where it lies, who sits at it, and the parts of its queue, its own work first."""

    key: str
    role: str
    address: str
    title: str
    icon: str
    tabs: tuple[Tab, ...]


OWN = object()
EVERYTHING = Tab("all", "全部", OPEN_STAGES, order="newest")
ENDED = Tab("ended", "已办结", ("closed", "declined", "voided"), order="newest")

OPERATOR = Post(
    "operator", "operator", "/desk/operator", "受理", "inbox",
    (
        Tab("todo", "待受理", ("reported",)),
        Tab("finished", "待核查", ("finished",)),
        Tab("out", "核查中", ("verifying", "rechecking")),
        EVERYTHING, ENDED,
    ),
)  # fmt: skip
DUTY_CHIEF = Post(
    "duty-chief", "duty_chief", "/desk/duty-chief", "立案结案", "stamp",
    (
        Tab("todo", "待立案", ("accepted",)),
        Tab("rechecked", "待结案", ("rechecked",)),
        Tab("void", "申请作废", ("accepted", "filed"), only=(("is_void_asked", True),)),
        EVERYTHING, ENDED,
    ),
)  # fmt: skip
DISPATCHER = Post(
    "dispatcher", "dispatcher", "/desk/dispatcher", "派遣", "send",
    (
        Tab("todo", "待派遣", ("filed",)),
        Tab("asked", "待审批", PENDING_STAGES),
        Tab("out", "处置中", ("dispatched", "in_progress")),
        Tab("suspended", "挂账", ("suspended",)),
        EVERYTHING, ENDED,
    ),
)  # fmt: skip
DEPARTMENT = Post(
    "department", "department", "/department", "部门", "department",
    (
        Tab("todo", "待处置", ("dispatched",)),
        Tab("working", "处置中", ("in_progress",)),
        Tab("asked", "申请中", (*PENDING_STAGES, "suspended")),
        Tab("helping", "协办", WITH_DEPARTMENT, only=(("department_code", None), ("helping_code", OWN))),
        Tab("done", "已反馈", ("finished", "rechecking", "rechecked")),
        Tab("late", "可申诉", AFTER_WORK, order="newest", only=(("is_late", True), ("appeal", "none"))),
        ENDED,
    ),
)  # fmt: skip
LEADER = Post(
    "leader", "leader", "/desk/leader", "督办", "flag",
    (
        Tab("overdue", "超期", OPEN_STAGES, only=(("lights", ("overdue",)),)),
        Tab("asked", "挂账待批", ("suspension_pending",)),
        Tab("appeals", "申诉", AFTER_WORK, order="newest", only=(("appeal", "asked"),)),
        Tab("answer", "待答复", OPEN_STAGES, only=(("awaits_answer", True),)),
        Tab("suspended", "挂账", ("suspended",)),
        EVERYTHING, ENDED,
    ),
)  # fmt: skip
POSTS = (OPERATOR, DUTY_CHIEF, DISPATCHER, LEADER, DEPARTMENT)


@dataclass(frozen=True, slots=True)
class Queue:
    """What a desk shows: the part chosen, its rows, the counts of every part, the case that is open."""

    post: Post
    tab: Tab
    order: Order
    page: CasePage
    counts: Mapping[str, int]
    wanted: CaseFilter
    areas: tuple[tuple[str, str], ...]
    zones: tuple[tuple[str, str], ...]
    names: FilterNames
    views: tuple[DeskView, ...]
    sheet: Sheet | None
    selected: str | None
    query: QueryParams

    def address(self, **changes: str | None) -> str:
        """This queue's address with some of its parts changed; None leaves one out."""
        return address_with(self.post.address, kept(self.query, _KEPT), **changes)

    def file_address(self, form: str) -> str:
        """Where all of this list is to be had as a file."""
        return address_with(f"{self.post.address}/cases.{form}", kept(self.query, _LISTED))

    def bare_address(self) -> str:
        """This part of the queue without any filter, in the same order."""
        return address_with(self.post.address, kept(self.query, ("order", "case")), tab=self.tab.key)

    @property
    def drill_address(self) -> str:
        """The same part of the queue in drills, or from there in the city."""
        return self.address(drill=None if self.wanted.is_drill else "true", case=None)

    @property
    def chips(self) -> tuple[Chip, ...]:
        """What is asked for, each thing with the address of the list without it."""
        return chips_of(self.asked, self.names, self._without)

    @property
    def asked(self) -> list[tuple[str, str]]:
        """The filter as the address says it."""
        return kept(self.query, FILTERS)

    @property
    def asked_elsewhere(self) -> list[tuple[str, str]]:
        """What the address asks for beside the sentence above the list, so that its form keeps it."""
        said = SAID_IN_SENTENCE if len(self.wanted_lights) < MANY else SAID_IN_SENTENCE - {"light"}
        return [pair for pair in self.asked if pair[0] not in said]

    @property
    def wanted_lights(self) -> list[str]:
        """The lights that the address asks for."""
        return [value for name, value in self.asked if name == "light"]

    @property
    def more_address(self) -> str:
        """The page of all filters, as this list has them."""
        return address_with(f"/workbench/{self.post.key}/filter", kept(self.query, _KEPT - {"case"}))

    @property
    def export_address(self) -> str:
        """The page that has the worker write all of this list to a file."""
        return f"/workbench/{self.post.key}/export?{self.list_query}"

    @property
    def list_query(self) -> str:
        """What the address says of this list, its part always named."""
        return urlencode([*kept(self.query, KEPT_IN_VIEWS - {"tab"}), ("tab", self.tab.key)])

    @property
    def views_address(self) -> str:
        """The page of this desk's views, which can keep what is shown now."""
        pairs = kept(self.query, KEPT_IN_VIEWS - {"tab"})
        return address_with(f"/workbench/{self.post.key}/views", pairs, tab=self.tab.key)

    @property
    def shown_views(self) -> tuple[tuple[DeskView, str, bool], ...]:
        """The views of this desk with their addresses, and whether the list is as one of them has it."""
        now = _as_set(self.post, kept(self.query, KEPT_IN_VIEWS))
        return tuple(
            (
                view,
                view_address(self.post, view.query),
                _as_set(self.post, _pairs(self.post, view.query)) == now,
            )
            for view in self.views
            if not view.is_removed
        )

    @property
    def removed_view(self) -> DeskView | None:
        """The view that was removed just now, so that it can be had back."""
        number = self.query.get("removed", "")
        return next((view for view in self.views if view.is_removed and str(view.id) == number), None)

    @property
    def map_filter(self) -> str:
        """The filter of exactly this part, as tiles of the map take it."""
        return urlencode(write_filter(self.wanted))

    def _without(self, name: str, value: str) -> str:
        pairs = kept(self.query, _KEPT)
        return address_with(self.post.address, [pair for pair in pairs if pair != (name, value)])

    @property
    def orders(self) -> tuple[tuple[str, str, bool], ...]:
        """Ways to sort: address, name and whether it is so now. What has ended is not urgent any more."""
        if self.tab is ENDED:
            return ()
        return tuple(
            (self.address(order=None if key == self.tab.order else key), name, key == self.order)
            for key, name in ORDER_NAMES.items()
        )

    @property
    def light(self) -> str:
        """The light asked for, or nothing."""
        return next(iter(self.wanted_lights), "")

    @property
    def is_filtered(self) -> bool:
        """Whether the filter leaves something out."""
        return bool(self.asked)


ORDER_NAMES: dict[Order, str] = {"urgent": "先到期在前", "newest": "最新在前"}
_LISTED = FILTERS | {"tab"}
_KEPT = FILTERS | {"tab", "order", "case"}
KEPT_IN_VIEWS = FILTERS | {"tab", "order"}
"""What a view keeps of an address."""
SAID_IN_SENTENCE = frozenset({"q", "area", "zone", "light"})
"""What the sentence above a list lets one choose."""
MANY = 2


def address_with(base: str, pairs: Sequence[tuple[str, str]], **changes: str | None) -> str:
    """An address with some of its pairs changed; None leaves one out."""
    merged = [pair for pair in pairs if pair[0] not in changes]
    merged += [(name, value) for name, value in changes.items() if value]
    return f"{base}?{urlencode(merged)}" if merged else base


def view_address(post: Post, query: str) -> str:
    """Where a view leads at a desk, which may be another than that at which it was made."""
    return (
        address_with(post.address, _pairs(post, query)) if query else f"{post.address}?tab={post.tabs[0].key}"
    )


def _pairs(post: Post, query: str) -> list[tuple[str, str]]:
    """What a view asks for, without what this desk has not got: another's tabs; departments see their own."""
    lacking = {"department"} if post is DEPARTMENT else set()
    if dict(parse_qsl(query)).get("tab") not in {tab.key for tab in post.tabs}:
        lacking.add("tab")
    return [pair for pair in kept(QueryParams(query), KEPT_IN_VIEWS) if pair[0] not in lacking]


def _as_set(post: Post, pairs: Sequence[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Pairs of an address without their order, the part of the queue always named."""
    return frozenset(pairs) | {("tab", dict(pairs).get("tab", post.tabs[0].key))}


def read_queue(post: Post, person: Person, query: QueryParams) -> tuple[Tab, CaseFilter]:
    """The part of the queue that an address asks for, and its filter, cut down to what the person may see.

    :raises Malformed: BadFilter and NotYourCase for an address that cannot be.
    """
    tab = next((one for one in post.tabs if one.key == query.get("tab")), post.tabs[0])
    return tab, visible_to(person, read_filter(query))


def get_queue(
    session: Session, wiring: Wiring, post: Post, *, person: Person, query: QueryParams, at: datetime
) -> Queue:
    """The queue that an address asks for. Raises what `read_filter` raises for a bad one."""
    tab, filtered = read_queue(post, person, query)
    wanted = tab.narrowed(filtered, person)
    after = Cursor.decode(query["after"]) if query.get("after") else None
    order = read_order(query["order"]) if query.get("order") else tab.order
    page = list_cases(session, wanted, after, ROWS, at=at, types=wiring.cases.types, order=order)
    selected = query.get("case") or None
    sheet = _find_sheet(session, wiring, selected, person, at)
    places = named_places(session, wiring)
    asked = {one for one in (wanted.inspector_id, wanted.crew_id) if one is not None}
    known = read_desk(session, person.id, post.key, asked)
    people = {str(number): name for number, name in known.names.items()}
    return Queue(
        post=post,
        tab=tab,
        order=order,
        page=page,
        counts=_counts(session, post, filtered, person, at),
        wanted=wanted,
        areas=served_areas(places, wiring),
        zones=tuple(places.zones.items()),
        names=FilterNames(places, wiring.rules.organisation_names, people, wiring.catalogue),
        views=known.views,
        sheet=sheet,
        selected=sheet.detail.summary.case_no if sheet else None,
        query=query,
    )


def _find_sheet(
    session: Session, wiring: Wiring, case_no: str | None, person: Person, at: datetime
) -> Sheet | None:
    if not case_no:
        return None
    try:
        return get_sheet(session, wiring, case_no, person, at)
    except CaseNotFound:
        return None


def _counts(
    session: Session, post: Post, filtered: CaseFilter, person: Person, at: datetime
) -> dict[str, int]:
    """How many cases each part has; what has ended grows without end and is not counted."""
    plain = [
        tab for tab in post.tabs if tab is not ENDED and not tab.only and {*tab.stages} <= {*OPEN_STAGES}
    ]
    marked = {
        tab.key: tab.narrowed(filtered, person) for tab in post.tabs if tab is not ENDED and tab not in plain
    }
    by_stage, each = count_desk(session, filtered, marked, at=at)
    return {tab.key: sum(by_stage.get(stage, 0) for stage in tab.stages) for tab in plain} | each


def find_opening(session: Session, post: Post, person: Person, query: QueryParams) -> str | None:
    """Where a desk opens for the person when its address asks for nothing; None when right there."""
    if query:
        return None
    found = find_default(session, person.id, post.key)
    return None if found is None else view_address(post, found)


def served_areas(places: NamedPlaces, wiring: Wiring) -> tuple[tuple[str, str], ...]:
    """Districts, and streets and towns below them, for the filter."""
    names = places.divisions
    served = [code for code in names if code[:6] in wiring.city.districts and len(code) in (6, 9)]
    return tuple((code, names[code]) for code in sorted(served))


def places_of(person: Person) -> list[Post]:
    """The desks of a person, as the rail lists them."""
    return [one for one in POSTS if one.role in person.roles]


def light_choices() -> tuple[tuple[str, str], ...]:
    """Lights to filter by, with their names."""
    return tuple(LIGHT_NAMES.items())
