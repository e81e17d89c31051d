"""A trigger as a tree that people grow: a condition is added to a group, changed, or taken out, by its path.

A path is the places of the members from the root, joined by dots: `0.2` is the third member of the first.
The root is the path "". A trigger that lost its last condition is None: only people propose that level.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from emergency.rules.plans.conditions import AllOf, AnyOf, Condition, Not
from gis_core.errors import BadInput, NotFound

Join = Literal["all", "any", "not"]
JOIN_NAMES: dict[str, str] = {"any": "满足其一", "all": "同时满足", "not": "不满足"}
DEEPEST = 6
"""Groups within groups; deeper ones nobody could read (assumed)."""
Tree = dict[str, Any]


class NoSuchCondition(NotFound):
    """There is no condition at this place of the trigger."""

    code = "no_such_condition"


class ConditionTooDeep(BadInput):
    """Groups are nested too deeply."""

    code = "condition_too_deep"


@dataclass(frozen=True, slots=True)
class Branch:
    """A condition of a trigger as it is shown: where, how deep, in words; a join has no words of its own."""

    path: str
    depth: int
    join: Join | None
    words: str
    status: str | None = None
    source: str | None = None


def branches(trigger: Condition | None) -> tuple[Branch, ...]:
    """Every condition of a trigger from the root downwards, members after their group."""
    return tuple(_branches(trigger, "", 0)) if trigger is not None else ()


def _branches(one: Any, path: str, depth: int) -> Iterator[Branch]:
    joins: dict[type, Join] = {AllOf: "all", AnyOf: "any", Not: "not"}
    join = joins.get(type(one))
    if join is None:
        yield Branch(path, depth, None, one.words, one.status, one.source)
        return
    yield Branch(path, depth, join, JOIN_NAMES[join])
    members = (one.member,) if isinstance(one, Not) else one.members
    for at, member in enumerate(members):
        yield from _branches(member, f"{path}.{at}".strip("."), depth + 1)


def find(tree: Tree | None, path: str) -> Tree:
    """The condition at a path.

    :raises NoSuchCondition: when there is none.
    """
    found = tree
    for place in _places(path):
        members = _members(found)
        if members is None or place >= len(members):
            raise _gone()
        found = members[place]
    if found is None:
        raise _gone()
    return found


def put(path: str, condition: Tree) -> Callable[[Tree | None], Tree | None]:
    """A change that puts a condition in the place of the one at a path."""

    def change(tree: Tree | None) -> Tree | None:
        find(tree, path)
        return _replaced(tree, _places(path), condition)

    return change


def add(path: str, condition: Tree) -> Callable[[Tree | None], Tree | None]:
    """A change that adds a condition to the group at a path; beside a single condition as its alternative."""

    def change(tree: Tree | None) -> Tree | None:
        if tree is None:
            return condition if _members(condition) is not None else {"any": [condition]}
        group = find(tree, path)
        _need_shallow(path)
        join = next((one for one in ("all", "any") if one in group), "any")
        return _replaced(tree, _places(path), {join: [*group.get(join, [group]), condition]})

    return change


def wrap(path: str, join: Join) -> Callable[[Tree | None], Tree | None]:
    """A change that puts a condition into a group of its own, or turns a group into another kind."""

    def change(tree: Tree | None) -> Tree | None:
        found = find(tree, path)
        members = _members(found)
        _need_shallow(path)
        if join == "not":
            return _replaced(tree, _places(path), {"not": found})
        if members is None:
            return _replaced(tree, _places(path), {join: [found]})
        return _replaced(tree, _places(path), {join: members})

    return change


def drop(path: str) -> Callable[[Tree | None], Tree | None]:
    """A change that takes a condition out, and every group that has nothing left by that."""

    def change(tree: Tree | None) -> Tree | None:
        find(tree, path)
        places = _places(path)
        while places:
            *above, last = places
            group = find(tree, ".".join(map(str, above)))
            left = [one for at, one in enumerate(_members(group) or ()) if at != last]
            if left:
                join = next(one for one in JOIN_NAMES if one in group)
                return _replaced(tree, above, {join: left})
            places = above
        return None

    return change


def _need_shallow(path: str) -> None:
    if len(_places(path)) >= DEEPEST:
        raise ConditionTooDeep(f"条件套得超过 {DEEPEST} 层，没有保存。请拆成并列的几条。")


def _places(path: str) -> list[int]:
    if not all(part.isdecimal() and len(part) <= 4 for part in path.split(".") if path):
        raise _gone()
    return [int(part) for part in path.split(".")] if path else []


def _members(tree: Tree | None) -> list[Tree] | None:
    if tree is None:
        return None
    if "not" in tree:
        return [tree["not"]]
    found: list[Tree] | None = tree.get("all") or tree.get("any")
    return found


def _replaced(tree: Tree | None, places: list[int], condition: Tree) -> Tree | None:
    if not places or tree is None:
        return condition
    place, *below = places
    if "not" in tree:
        return {"not": _replaced(tree["not"], below, condition)}
    join = "all" if "all" in tree else "any"
    members = [_replaced(one, below, condition) if at == place else one for at, one in enumerate(tree[join])]
    return {join: members}


def _gone() -> NoSuchCondition:
    return NoSuchCondition("启动条件里没有这一条，可能刚被别人改过。请刷新后再改。")
