"""Whether a condition can hold at all, and whether it holds only when another one does.

A condition is spread out into alternatives, each a range for every quantity in it. Quantities are free
but for an order: rain in three hours is never more than in six, nor in a district more than in its city.
"""

from collections.abc import Iterator, Mapping, Sequence
from math import inf

from emergency.rules.plans.conditions import AllOf, AnyOf, Leaf, Not, Quantity
from emergency.rules.plans.ranges import Range
from emergency.rules.plans.situation import is_within

Alternative = Mapping[Quantity, Range]
MOST_ALTERNATIVES = 4_000

DOMAINS: Mapping[str, Range] = {
    "rain_mm": Range(0),
    "flow_m3_s": Range(0),
    "silence_min": Range(0),
    "warning": Range(0, 4),
    "sensors": Range(0),
    "case_count": Range(0),
    "event_level": Range(1, 4),
    "figure": Range(0),
}
"""What a quantity can be at all; stages are free."""


class TooManyAlternatives(Exception):
    """The condition is too branched to be decided; the linter says so."""


def is_possible(condition: AllOf | AnyOf | Not | Leaf, *unless: AllOf | AnyOf | Not | Leaf) -> bool:
    """Whether the condition can hold while none of the others does.

    :raises TooManyAlternatives: beyond 4,000 alternatives.
    """
    chances: list[Alternative] = [{}]
    for one, is_denied in [(condition, False), *((other, True) for other in unless)]:
        chances = _both(chances, list(_alternatives(one, is_denied)))
    return bool(chances)


def _alternatives(condition: AllOf | AnyOf | Not | Leaf, is_denied: bool) -> Iterator[Alternative]:
    if isinstance(condition, Not):
        yield from _alternatives(condition.member, not is_denied)
    elif isinstance(condition, AllOf | AnyOf):
        together = isinstance(condition, AllOf) is not is_denied
        yield from _joined(condition.members, is_denied, together=together)
    else:
        for part in _parts(condition, is_denied):
            yield {condition.quantity: part}


def _parts(leaf: Leaf, is_denied: bool) -> tuple[Range, ...]:
    asked = leaf.asked
    if not is_denied:
        return (asked,)
    if leaf.measure not in ("warning", "sensors", "case_count", "event_level"):
        return asked.outside()
    whole = (Range(high=asked.low - 1), Range(low=asked.high + 1))
    return tuple(part for part in whole if abs(part.low) != inf or abs(part.high) != inf)


def _joined(
    members: Sequence[AllOf | AnyOf | Not | Leaf], is_denied: bool, *, together: bool
) -> Iterator[Alternative]:
    if not together:
        for member in members:
            yield from _alternatives(member, is_denied)
        return
    chances: list[Alternative] = [{}]
    for member in members:
        chances = _both(chances, list(_alternatives(member, is_denied)))
    yield from chances


def _both(left: Sequence[Alternative], right: Sequence[Alternative]) -> list[Alternative]:
    if len(left) * len(right) > 50 * MOST_ALTERNATIVES:
        raise TooManyAlternatives
    found = [merged for one in left for other in right if (merged := _merged(one, other)) is not None]
    if len(found) > MOST_ALTERNATIVES:
        raise TooManyAlternatives
    return found


def _merged(one: Alternative, other: Alternative) -> Alternative | None:
    """Both at once; None when no values can be so."""
    ranges = dict(one)
    for quantity, part in other.items():
        ranges[quantity] = ranges.get(quantity, DOMAINS.get(quantity[0], Range())).meet(part)
    if any(part.is_empty for part in ranges.values()) or _breaks_order(ranges):
        return None
    return ranges


def _breaks_order(ranges: Alternative) -> bool:
    """A quantity that can never be the greater one is asked to be greater."""
    return any(
        Range(low=least.low, is_low_open=least.is_low_open)
        .meet(Range(high=most.high, is_high_open=most.is_high_open))
        .is_empty
        for small, least in ranges.items()
        for large, most in ranges.items()
        if small != large and _never_exceeds(small, large)
    )


def _never_exceeds(small: Quantity, large: Quantity) -> bool:
    if small[0] != large[0]:
        return False
    if small[0] == "rain_mm":
        return is_within(small[1], large[1]) and float(small[2]) <= float(large[2])
    if small[0] == "case_count":
        (kind, area), (wider_kind, wider) = small[1].split("/"), large[1].split("/")
        shorter = float(small[2]) <= float(large[2])
        return shorter and kind.startswith(wider_kind) and is_within(area, wider)
    if small[0] == "sensors":
        return small[1] == large[1] and small[3] == large[3] and is_within(small[2], large[2])
    return False
