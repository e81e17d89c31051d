"""Types of the catalogue as Open311 services, and what is asked of each beside place and words."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from grid.catalogue import Catalogue, CatalogueType, UnknownType
from grid.rules.criteria import Criterion
from web.api.open311.asking import BadParameter
from web.words import Translate

CONDITION, ASSET = "condition", "asset_id"
MOST_ASSET = 17


@dataclass(frozen=True, slots=True)
class Service:
    """A type of components or matters as a service; `group_en` is its major class in English."""

    type: CatalogueType
    criteria: tuple[Criterion, ...]
    group_en: str

    @property
    def has_choice(self) -> bool:
        """Whether the type has several conditions to choose from."""
        return len(self.criteria) > 1

    @property
    def has_attributes(self) -> bool:
        """Whether anything is asked beside place and words."""
        return self.has_choice or self.type.kind == "component"

    def name(self, *, is_english: bool) -> str:
        """The name in the language asked for."""
        return self.type.name_en if is_english and self.type.name_en else self.type.name


@dataclass(frozen=True, slots=True)
class Attributes:
    """What the attributes of a request say, checked against the definition."""

    criterion: Criterion | None = None
    asset_id: str | None = None


@lru_cache(maxsize=4)
def services_of(catalogue: Catalogue) -> Mapping[str, Service]:
    """Every type in force by its code, which is unique over components and matters (a test holds it)."""
    in_english = {
        (major.kind, major.code): major.name_en
        for major in (*catalogue.majors("component"), *catalogue.majors("matter"))
    }
    return {
        one.code: Service(
            one, catalogue.criteria_of(one.kind, one.code), in_english[one.kind, one.major_code]
        )
        for one in catalogue.types
    }


def get_service(catalogue: Catalogue, code: str) -> Service:
    """The service of a code.

    :raises UnknownType: when the edition in force has none.
    """
    found = services_of(catalogue).get(code)
    if found is None:
        raise UnknownType(f"没有代码为 {code[:20]} 的服务。请从服务列表中选择。", type_code=code)
    return found


def describe_service(service: Service, *, is_english: bool) -> dict[str, Any]:
    """A line of the list of services."""
    one = service.type
    words = dict.fromkeys((*one.aliases, one.name_en, one.name))
    said = (c.condition_en if is_english else c.condition for c in service.criteria)
    return {
        "service_code": one.code,
        "service_name": service.name(is_english=is_english),
        "description": ("; " if is_english else "；").join(said) or one.name,
        "metadata": service.has_attributes,
        "type": "realtime",
        "keywords": ",".join(word.replace(",", " ") for word in words if word),
        "group": service.group_en if is_english and service.group_en else one.major_name,
    }


def define_service(service: Service, *, is_english: bool, say: Translate) -> dict[str, Any]:
    """The definition of a service: its attributes in their order."""
    _ = say
    attributes: list[dict[str, Any]] = []
    if service.has_choice:
        attributes.append(
            {
                "variable": True,
                "code": CONDITION,
                "datatype": "singlevaluelist",
                "required": False,
                "datatype_description": _("选一项；不确定可以不选"),
                "order": len(attributes) + 1,
                "description": _("属于哪种情形？"),
                "values": [
                    {"key": c.code, "name": c.condition_en if is_english else c.condition}
                    for c in service.criteria
                ],
            }
        )
    if service.type.kind == "component":
        attributes.append(
            {
                "variable": True,
                "code": ASSET,
                "datatype": "string",
                "required": False,
                "datatype_description": _("17 位部件标识码，由地图或设施铭牌得来"),
                "order": len(attributes) + 1,
                "description": _("是哪一个部件？"),
                "automated": "hidden_field",
            }
        )
    return {"service_code": service.type.code, "attributes": attributes}


def read_attributes(service: Service, sent: Mapping[str, tuple[str, ...]]) -> Attributes:
    """The attributes of a request as its service defines them.

    :raises BadParameter: for one that is not defined, has several values, or a value that is not listed.
    """
    known = {CONDITION: service.has_choice, ASSET: service.type.kind == "component"}
    for code, values in sent.items():
        if not known.get(code):
            raise BadParameter(f"服务 {service.type.code} 没有属性 {code}。请按服务定义填写。", fields=[code])
        if len(values) > 1:
            raise BadParameter(f"属性 {code} 只能有一个值。请更正。", fields=[code])
    return Attributes(_criterion(service, sent.get(CONDITION)), _asset(sent.get(ASSET)))


def _criterion(service: Service, sent: tuple[str, ...] | None) -> Criterion | None:
    if not sent:
        return None
    found = next((c for c in service.criteria if c.code == sent[0]), None)
    if found is None:
        raise BadParameter(
            f"属性 {CONDITION} 没有选项“{sent[0][:48]}”。请从服务定义中选择。", fields=[CONDITION]
        )
    return found


def _asset(sent: tuple[str, ...] | None) -> str | None:
    if not sent:
        return None
    code = sent[0].upper()
    if len(code) != MOST_ASSET or not (code.isascii() and code.isalnum()):
        raise BadParameter(f"属性 {ASSET} 应为 17 位部件标识码。请核对。", fields=[ASSET])
    return code
