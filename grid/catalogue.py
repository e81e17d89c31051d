"""Component and matter types of the edition in force, their filing criteria and limits."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import cast

from gis_core.errors import NotFound
from grid.city import BadCityData, City, read_yaml
from grid.divisions import read_rows
from grid.rules.criteria import KIND_NAMES, KINDS, STATUS_NAMES, Criterion, Kind, Limit, LimitUnit


class UnknownType(NotFound):
    """No such component or matter type in the edition in force."""

    code = "no_such_type"


class UnknownCriterion(NotFound):
    """No such filing criterion in force."""

    code = "no_such_criterion"


@dataclass(frozen=True, slots=True)
class MajorClass:
    """A major class (大类) of components or matters."""

    kind: Kind
    code: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class CatalogueType:
    """A component or matter type (小类); `geometry` is None for matters, `aliases` are older names."""

    kind: Kind
    code: str
    major_code: str
    major_name: str
    name: str
    name_en: str
    geometry: str | None
    edition: str
    is_local: bool
    aliases: tuple[str, ...]
    accuracy_class: str | None = None


class Catalogue:
    """Types and criteria as in force on a day; looked up without touching the disk or the database."""

    def __init__(
        self,
        edition: str,
        *,
        majors: Iterable[MajorClass],
        types: Iterable[CatalogueType],
        criteria: Iterable[Criterion],
        common: dict[Kind, tuple[str, ...]],
        closing: dict[Kind, str],
    ) -> None:
        self.edition = edition
        self.types = tuple(types)
        self._majors = tuple(majors)
        self._types = {(found.kind, found.code): found for found in self.types}
        self._criteria = {criterion.code: criterion for criterion in criteria}
        self._criteria_of: dict[tuple[Kind, str], tuple[Criterion, ...]] = {}
        for criterion in self._criteria.values():
            key = (criterion.kind, criterion.type_code)
            self._criteria_of[key] = (*self._criteria_of.get(key, ()), criterion)
        self._common = common
        self._closing = closing

    @classmethod
    def load(cls, city: City, on: date, *, edition: str | None = None) -> "Catalogue":
        """The catalogue as in force on a day, or a named older edition (which has types and no criteria).

        :raises BadCityData: naming the file and line at fault.
        """
        wanted = edition or city.edition_on(on)
        is_adopted = wanted == city.edition_on(on)
        majors, types = _read_types(city, wanted, with_local=is_adopted)
        known = {(found.kind, found.code) for found in types}
        criteria = _read_criteria(city.catalogue.criteria, on, known) if is_adopted else ()
        common = read_yaml(city.catalogue.common) if is_adopted else {}
        return cls(
            wanted,
            majors=majors,
            types=types,
            criteria=criteria,
            common={kind: tuple(common.get(kind, ())) for kind in KINDS},
            closing=read_yaml(city.catalogue.folder / "closing.yaml"),
        )

    def majors(self, kind: Kind) -> tuple[MajorClass, ...]:
        """Major classes of a kind, in the order of the standard."""
        return tuple(major for major in self._majors if major.kind == kind)

    def types_of(self, kind: Kind, major_code: str) -> tuple[CatalogueType, ...]:
        """Types of a major class: the commonest first, then by code."""
        found = [one for one in self.types if one.kind == kind and one.major_code == major_code]
        return tuple(sorted(found, key=self._by_use(kind)))

    def common(self, kind: Kind, *, recent: Sequence[str] = (), limit: int = 8) -> tuple[CatalogueType, ...]:
        """Types to offer first: the person's recent ones, newest first, then the commonest in the city."""
        codes = dict.fromkeys((*recent, *self._common[kind]))
        found = [self._types[kind, code] for code in codes if (kind, code) in self._types]
        return tuple(found[:limit])

    def search(self, text: str, *, kind: Kind | None = None, limit: int = 20) -> tuple[CatalogueType, ...]:
        """Types whose name, older name, English name or code holds the text; nearest match first."""
        wanted = text.strip().casefold()
        if not wanted:
            return ()
        scored = [
            (score, one)
            for one in self.types
            if kind in (None, one.kind) and (score := _match(one, wanted)) is not None
        ]
        scored.sort(key=lambda pair: (pair[0], self._by_use(pair[1].kind)(pair[1])))
        return tuple(one for _, one in scored[:limit])

    def find_type(self, kind: str, code: str) -> CatalogueType | None:
        """The type, or None."""
        return self._types.get((cast(Kind, kind), code))

    def get_type(self, kind: str, code: str) -> CatalogueType:
        """The type.

        :raises UnknownType: when the edition in force has none such.
        """
        found = self.find_type(kind, code)
        if found is None:
            kind_name = KIND_NAMES.get(cast(Kind, kind), "")
            raise UnknownType(
                f"{self.edition} 中没有代码为 {code} 的{kind_name}类型，请重新选择。",
                kind=kind,
                type_code=code,
            )
        return found

    def criteria_of(self, kind: str, type_code: str) -> tuple[Criterion, ...]:
        """Filing criteria of a type; every type of the edition in force has at least one."""
        return self._criteria_of.get((cast(Kind, kind), type_code), ())

    def get_criterion(self, code: str) -> Criterion:
        """The filing criterion.

        :raises UnknownCriterion: when none such is in force.
        """
        found = self._criteria.get(code)
        if found is None:
            raise UnknownCriterion(f"没有代码为 {code} 的立案条件，请重新选择。")
        return found

    def closing_condition(self, kind: Kind) -> str:
        """When a case of that kind may be closed, in Chinese."""
        return self._closing[kind]

    def _by_use(self, kind: Kind) -> Callable[[CatalogueType], tuple[int, str]]:
        order = {code: rank for rank, code in enumerate(self._common[kind])}
        return lambda one: (order.get(one.code, len(order)), one.code)


@dataclass(frozen=True, slots=True)
class Successor:
    """What a type of an older edition is called in the newer one."""

    kind: Kind
    code: str
    name: str
    edition: str
    basis: str


def read_successors(city: City, on: date) -> dict[tuple[str, Kind, str], Successor]:
    """Successors of older types by (edition, kind, code), for records of older editions.

    The mapping is in force from the day on which the newer edition is; a record brought in earlier
    keeps its own code.
    """
    return {
        (row["from_edition"], kind, row["from_code"]): Successor(
            kind=kind, code=row["to_code"], name=row["to_name"], edition=row["to_edition"], basis=row["basis"]
        )
        for _, row in read_rows(city.catalogue.folder / "mapping.csv")
        if date.fromisoformat(row["from_on"]) <= on
        for kind in [cast(Kind, row["kind"])]
    }


def _match(one: CatalogueType, wanted: str) -> int | None:
    """0 for an equal name or code, 1 for a beginning, 2 within the name, 3 within older or English names."""
    name = one.name.casefold()
    if wanted in (name, one.code):
        return 0
    if name.startswith(wanted) or one.code.startswith(wanted):
        return 1
    if wanted in name:
        return 2
    if any(wanted in other.casefold() for other in (*one.aliases, one.name_en)):
        return 3
    return None


def _read_types(
    city: City, edition: str, *, with_local: bool
) -> tuple[list[MajorClass], list[CatalogueType]]:
    folder = _edition_folder(city, edition)
    majors = [
        MajorClass(kind=cast(Kind, row["kind"]), code=row["code"], name=row["name"], name_en=row["name_en"])
        for _, row in read_rows(folder / "majors.csv")
    ]
    names = {(major.kind, major.code): major.name for major in majors}
    aliases = _read_aliases(city, edition)
    sources: list[tuple[Path, Kind | None, bool]] = [
        (folder / "components.csv", "component", False),
        (folder / "matters.csv", "matter", False),
    ]
    if with_local:
        sources.append((city.catalogue.local_types, None, True))
    types = []
    for path, kind_of_file, is_local in sources:
        for line, row in read_rows(path):
            kind = kind_of_file or cast(Kind, row["kind"])
            major_name = names.get((kind, row["major_code"]))
            if major_name is None:
                raise BadCityData(f"{path} 第 {line} 行: 没有大类 {row['major_code']}。")
            types.append(
                CatalogueType(
                    kind=kind,
                    code=row["code"],
                    major_code=row["major_code"],
                    major_name=major_name,
                    name=row["name"],
                    name_en=row["name_en"],
                    geometry=row.get("geometry") or None,
                    edition=edition,
                    is_local=is_local,
                    aliases=aliases.get((kind, row["code"]), ()),
                    accuracy_class=row.get("accuracy_class") or None,
                )
            )
    return majors, types


def _edition_folder(city: City, edition: str) -> Path:
    path = city.catalogue.folder / "editions.yaml"
    editions = read_yaml(path)
    if edition not in editions:
        raise BadCityData(f"{path} 中没有版本 {edition}。", file=str(path), key=edition)
    return city.catalogue.folder / str(editions[edition]["folder"])


def _read_aliases(city: City, edition: str) -> dict[tuple[Kind, str], tuple[str, ...]]:
    names: dict[tuple[Kind, str], dict[str, None]] = {}
    for _, row in read_rows(city.catalogue.folder / "mapping.csv"):
        if row["to_edition"] == edition and row["from_name"] != row["to_name"]:
            names.setdefault((cast(Kind, row["kind"]), row["to_code"]), {})[row["from_name"]] = None
    return {key: tuple(found) for key, found in names.items()}


def _read_criteria(path: Path, on: date, known: set[tuple[Kind, str]]) -> list[Criterion]:
    """Criteria in force on the day: of rows with one code, the newest that has begun."""
    newest: dict[str, tuple[date, Criterion]] = {}
    for line, row in read_rows(path):
        criterion, from_on = _criterion(path, line, row)
        if (criterion.kind, criterion.type_code) not in known:
            raise BadCityData(f"{path} 第 {line} 行: 没有类型 {criterion.type_code}。")
        begun = newest.get(criterion.code)
        if from_on <= on and (begun is None or begun[0] < from_on):
            newest[criterion.code] = (from_on, criterion)
    found = {code: criterion for code, (_, criterion) in newest.items()}
    for criterion in found.values():
        second = found.get(criterion.then)
        if criterion.then and (second is None or second.type_code != criterion.type_code or second.then):
            raise BadCityData(f"{path}: {criterion.code} 的后续条件 {criterion.then} 不是同类的最后一步。")
    return [*found.values()]


def _criterion(path: Path, line: int, row: dict[str, str]) -> tuple[Criterion, date]:
    try:
        criterion = Criterion(
            code=row["code"],
            kind=cast(Kind, row["kind"]),
            type_code=row["type_code"],
            condition=row["condition"],
            condition_en=row["condition_en"],
            limit=Limit(int(row["value"]), cast(LimitUnit, row["unit"])),
            source=row["source"],
            status=row["status"],
            then=row.get("then", ""),
        )
        if criterion.status not in STATUS_NAMES:
            raise ValueError(f"status {criterion.status} 不在 {sorted(STATUS_NAMES)} 之内")
        return criterion, date.fromisoformat(row["from_on"])
    except (KeyError, ValueError) as problem:
        raise BadCityData(f"{path} 第 {line} 行有误：{problem}", file=str(path), line=line) from problem
