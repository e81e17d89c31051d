"""Working groups of a response as receivers: who is on each now, and who was when a message went out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emergency.rules.facts import Fact
from emergency.rules.plans.composing import MergedCommand, MergedGroup
from emergency.rules.plans.posts import Staff, each_once, organisation_of, role_of
from gis_core.clock import city_time
from gis_core.errors import BadInput

COMMAND = ".command"
"""The code of the command itself; no role of a group is written so."""
POSTS: dict[str, str] = {"leader": "值班领导", "commander": "指挥长", "duty_officer": "应急值班员"}
"""Posts of the command centre that receive messages."""


MOST_CHOSEN = 50


class BadReceivers(BadInput):
    """A message is for nobody, or for somebody that is not there."""

    code = "room_bad_receivers"


@dataclass(frozen=True, slots=True)
class Member:
    """A receiver within a group: which of its posts are in the group, and who is on duty there."""

    audience: str
    name: str
    posts: tuple[str, ...]
    on_duty: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkingGroup:
    """The command or a working group, of one plan or composed of several."""

    code: str
    name: str
    plans: tuple[str, ...]
    members: tuple[Member, ...]

    @property
    def audience(self) -> str:
        """How forms name it."""
        return f"group:{self.code}"

    def told(self) -> dict[str, Any]:
        """What the record keeps of it."""
        members = [
            {"audience": one.audience, "name": one.name, "posts": one.posts, "on_duty": one.on_duty}
            for one in self.members
        ]
        return {"code": self.code, "name": self.name, "plans": self.plans, "members": members}


@dataclass(frozen=True, slots=True)
class Receivers:
    """Who a message is for, with names by audience, and the groups through which they were chosen."""

    names: Mapping[str, str]
    groups: tuple[WorkingGroup, ...] = ()

    def words(self) -> str:
        """How the record tells it: groups by name and size, then those chosen on their own."""
        grouped = {one.audience for group in self.groups for one in group.members}
        told = [f"{one.name}（{len(one.members)} 个单位和岗位）" for one in self.groups]
        return "、".join([*told, *(name for key, name in self.names.items() if key not in grouped)])


def working_groups(
    command: MergedCommand,
    groups: Iterable[MergedGroup],
    staff: Staff,
    *,
    plans: Mapping[str, str],
    centre: str,
    at: datetime,
    on_duty: Mapping[str, tuple[str, ...]],
) -> tuple[WorkingGroup, ...]:
    """The command, then the groups, each with every organisation on it once, the lead first.

    A post of the command centre (`centre`) is told as that post, every other one as its organisation.
    `plans` are names by code; `on_duty` the people on duty in the centre, by post; those of organisations
    come from `staff`.
    """
    posts = each_once((command.commander, *command.deputies, *command.offices, *command.members))

    def members(those: Iterable[str]) -> tuple[Member, ...]:
        posts_of: dict[str, list[str]] = {}
        for post in those:
            posts_of.setdefault(audience_of(post, centre), []).append(post)
        return tuple(_member(audience, own, staff, on_duty, at) for audience, own in posts_of.items())

    found = [WorkingGroup(COMMAND, "、".join(command.names), tuple(plans.values()), members(posts))]
    for one in groups:
        of = each_once(plans[source.plan_code] for source in one.sources)
        found.append(WorkingGroup(one.role, one.name, of, members(one.posts)))
    return tuple(found)


def _member(
    audience: str, posts: list[str], staff: Staff, on_duty: Mapping[str, tuple[str, ...]], at: datetime
) -> Member:
    kind, _, code = audience.partition(":")
    told = tuple(staff.name_of(post) for post in posts)
    if kind == "post":
        return Member(audience, POSTS[code], told, on_duty.get(code, ()))
    on = city_time(at).date()
    there = [one for post in posts for one in staff.holders(post) if one.on_duty and one.valid_until >= on]
    name = staff.organisations.get(code, code)
    return Member(audience, name, told, each_once(one.name for one in there))


def audience_of(post: str, centre: str) -> str:
    """Who is told when a post is told.

    >>> audience_of("leader@BJ-ZH", "BJ-ZH"), audience_of("department@BJ-ZH", "BJ-ZH")
    ('post:leader', 'post:duty_officer')
    >>> audience_of("leader@BJ-SL", "BJ-ZH")
    'org:BJ-SL'
    """
    role, organisation = role_of(post), organisation_of(post)
    if organisation != centre:
        return f"org:{organisation}"
    return f"post:{role}" if role in POSTS else "post:duty_officer"


def receivers_of(
    chosen: Sequence[str], organisations: Mapping[str, str], groups: Sequence[WorkingGroup]
) -> Receivers:
    """Everybody who was chosen, each once; of groups all members as they are on them now.

    :raises BadReceivers: for none, too many, or one that is not there.
    """
    names = {f"post:{code}": name for code, name in POSTS.items()}
    names |= {f"org:{code}": name for code, name in organisations.items()}
    known = {one.audience: one for one in groups}
    wanted = list(dict.fromkeys(chosen))
    if not wanted or len(wanted) > MOST_CHOSEN or not set(wanted) <= names.keys() | known.keys():
        told = (
            f"请从列表中选择收通知的工作组、岗位或单位，最多 {MOST_CHOSEN} 个。工作组有变动时请刷新后重选。"
        )
        raise BadReceivers(told, field="to")
    sent = tuple(known[one] for one in wanted if one in known)
    single = {one: names[one] for one in wanted if one in names}
    return Receivers(single | {one.audience: one.name for group in sent for one in group.members}, sent)


def sent_groups(facts: Iterable[Fact]) -> dict[str, tuple[WorkingGroup, ...]]:
    """The groups that messages went to, as they were composed then, by the key of the message."""
    found: dict[str, tuple[WorkingGroup, ...]] = {}
    for fact in facts:
        body = fact.body.get("message") or {}
        if groups := body.get("groups"):
            found[body["key"]] = tuple(_group(one) for one in groups)
    return found


def _group(told: Mapping[str, Any]) -> WorkingGroup:
    members = tuple(
        Member(one["audience"], one["name"], tuple(one["posts"]), tuple(one["on_duty"]))
        for one in told["members"]
    )
    return WorkingGroup(told["code"], told["name"], tuple(told["plans"]), members)
