"""Who answers for what: place × type × owner → the organisation, with the rule named.

Order of rules: one that names the type goes before one that names its major class. Inside a rule the
zone goes before the district and the district before the city; bodies of a district do not act inside
a zone that lies over it. A known owner, else a known maintainer, answers first where the rule says so, and
before the territory always. Where nobody else is found, the territory answers: the subdistrict office or town
government of the place.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gis_core.errors import Refused

TERRITORY_RULE = "TERRITORY"


class NoOneAnswers(Refused):
    """Neither a rule nor the territory names an organisation for the place."""

    code = "no_one_answers"


class Standing(Protocol):
    """Where a place stands among divisions and zones; `grid.rules.locating.Located` is one."""

    @property
    def subdistrict_code(self) -> str:
        """Nine digits."""

    @property
    def district_code(self) -> str:
        """Six digits."""

    @property
    def zone_code(self) -> str | None:
        """Code of the zone over the place, if any."""


@dataclass(frozen=True, slots=True)
class ResponsibilityRule:
    """One rule in force: the types or major classes it names, and the bodies that answer, by area.

    `bodies` maps the code of a zone, district or city to an organisation; empty means the territory.
    """

    id: str
    name: str
    kind: str
    type_codes: frozenset[str]
    major_codes: frozenset[str]
    bodies: Mapping[str, str]
    is_owner_first: bool


@dataclass(frozen=True, slots=True)
class Keeper:
    """Who owns and who maintains a component by the register; `record` names its row and version in words."""

    owner_code: str | None = None
    maintainer_code: str | None = None
    record: str = ""


NO_KEEPER = Keeper()


@dataclass(frozen=True, slots=True)
class Assignment:
    """The organisation that answers, by which rule and why; `reason` is a Chinese sentence."""

    organisation_code: str
    rule_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Responsibilities:
    """The rules of a city as in force on a day, with the names of its organisations and zones.

    `territory` maps subdistrict codes to their offices. Rules that name a type are asked before rules
    that name a major class (the first two digits of a type code); among equals the earlier one wins.
    """

    version: str
    city_code: str
    rules: tuple[ResponsibilityRule, ...]
    territory: Mapping[str, str]
    organisation_names: Mapping[str, str]
    zone_names: Mapping[str, str]
    _by_type: dict[tuple[str, str], ResponsibilityRule] = field(init=False, repr=False, compare=False)
    _by_major: dict[tuple[str, str], ResponsibilityRule] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_type = ((rule, rule.type_codes) for rule in self.rules)
        by_major = ((rule, rule.major_codes) for rule in self.rules)
        object.__setattr__(self, "_by_type", _first_of_each(by_type))
        object.__setattr__(self, "_by_major", _first_of_each(by_major))

    def find_rule(self, kind: str, type_code: str) -> ResponsibilityRule | None:
        """The most specific rule for a type, or None."""
        return self._by_type.get((kind, type_code)) or self._by_major.get((kind, type_code[:2]))


def find_department(
    rules: Responsibilities, place: Standing, kind: str, type_code: str, keeper: Keeper = NO_KEEPER
) -> Assignment:
    """The organisation that answers for a type at a place, and the rule that says so.

    `keeper` is that of the component that is meant; bodies that the city does not know are nobody.

    :raises NoOneAnswers: when no rule applies and the subdistrict has no office on record.
    """
    rule = rules.find_rule(kind, type_code)
    kept_by = _kept_by(rules, keeper)
    if rule is None:
        if kept_by is not None:
            return _to_keeper(rules, kept_by, "没有规则涉及该类型", TERRITORY_RULE)
        return _territory(rules, place, "没有规则涉及该类型", TERRITORY_RULE)
    named = f"责任规则“{rule.name}”（{rule.id}）"
    if rule.is_owner_first and kept_by is not None:
        return _to_keeper(rules, kept_by, named, rule.id)
    body = _body_at(rules, place, rule)
    if body is not None:
        return _assign(rules, body[0], rule, body[1])
    if kept_by is not None:
        return _to_keeper(rules, kept_by, f"{named}：此处没有责任部门", rule.id)
    why = "此处没有责任部门" if rule.bodies else "权属不明" if rule.is_owner_first else "按属地管理"
    return _territory(rules, place, f"{named}：{why}", rule.id)


def _kept_by(rules: Responsibilities, keeper: Keeper) -> tuple[str, str] | None:
    """The organisation that owns, else maintains, and why it is that one."""
    for code, duty in ((keeper.owner_code, "权属"), (keeper.maintainer_code, "养护")):
        if code is not None and code in rules.organisation_names:
            return code, f"{keeper.record}{duty}单位明确，由{duty}单位负责"
    return None


def _to_keeper(rules: Responsibilities, kept_by: tuple[str, str], named: str, rule_id: str) -> Assignment:
    code, why = kept_by
    name = rules.organisation_names[code]
    return Assignment(code, rule_id, f"{named}：{why}（{rules.version}）：{name}。")


def _body_at(rules: Responsibilities, place: Standing, rule: ResponsibilityRule) -> tuple[str, str] | None:
    """The body of a rule that acts at a place, and why it does: zone, else district, else city."""
    if place.zone_code is not None and place.zone_code in rule.bodies:
        zone = rules.zone_names.get(place.zone_code, place.zone_code)
        return rule.bodies[place.zone_code], f"地点在{zone}内，由区内部门负责"
    if place.zone_code is None and place.district_code in rule.bodies:
        return rule.bodies[place.district_code], "由所在区部门负责"
    if rules.city_code in rule.bodies:
        return rule.bodies[rules.city_code], "由市级单位统一负责"
    return None


def _assign(rules: Responsibilities, code: str, rule: ResponsibilityRule, why: str) -> Assignment:
    name = rules.organisation_names[code]
    return Assignment(code, rule.id, f"责任规则“{rule.name}”（{rule.id}，{rules.version}）：{why}：{name}。")


def _territory(rules: Responsibilities, place: Standing, why: str, rule_id: str) -> Assignment:
    code = rules.territory.get(place.subdistrict_code)
    if code is None:
        raise NoOneAnswers(
            f"{why}，而街道（镇）{place.subdistrict_code} 也没有登记属地单位，请派遣员指定部门。",
            subdistrict_code=place.subdistrict_code,
        )
    name = rules.organisation_names[code]
    return Assignment(code, rule_id, f"{why}，由属地先行处置（{rules.version}）：{name}。")


def _first_of_each(
    named: Iterable[tuple[ResponsibilityRule, frozenset[str]]],
) -> dict[tuple[str, str], ResponsibilityRule]:
    found: dict[tuple[str, str], ResponsibilityRule] = {}
    for rule, codes in named:
        for code in codes:
            found.setdefault((rule.kind, code), rule)
    return found
