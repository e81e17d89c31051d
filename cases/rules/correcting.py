"""更正: what a report says and where, set right by its receiver, who may correct but not push it on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from cases.rules.deciding import Asking, CaseState, Decision, Known, advance
from cases.rules.evidence import MOST_DESCRIPTION, MOST_PLACE_TEXT, clean_text, without_phones
from cases.rules.intake import proposed_body
from cases.rules.steps import Reasoned, because, find_edge
from gis_core.errors import Refused
from gis_core.places import LonLat
from grid.rules.locating import Located
from grid.rules.responsibility import Assignment

WORDS = frozenset({"地点", "说明"})


class NothingCorrected(Refused):
    """A correction that changes nothing."""

    code = "nothing_corrected"


@dataclass(frozen=True, slots=True)
class Said:
    """What a report says now, and where; degrees EPSG:4490."""

    place: LonLat
    description: str
    place_text: str


@dataclass(frozen=True, slots=True)
class Correct(Reasoned):
    """更正: type, place or words; None leaves a thing as it is.

    `place` is in degrees EPSG:4490. `said`, `where` and `whose` are looked up by the operation: what the
    report says now, the unit grid of the new place, and who answers for type and place as corrected.
    """

    action: ClassVar[str] = "correct"
    kind: str | None = None
    type_code: str | None = None
    criterion_code: str | None = None
    place: LonLat | None = None
    place_text: str | None = None
    description: str | None = None
    said: Said | None = None
    where: Located | None = None
    whose: Assignment | None = None

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Set it right; before and after stay in the fact."""
        explained, words = self.explained()
        edge = find_edge(explained, state, asking)  # type: ignore[arg-type]  # of this class
        kind, type_code = self.kind or state.kind, self.type_code or state.type_code
        known.get_type_name(kind, type_code)
        criterion_code = self._criterion(state, known, kind, type_code)
        changes = self._changes(state, known, kind, type_code, criterion_code)
        if not changes:
            raise NothingCorrected("没有改动任何内容，不需要更正。")
        told = "；".join(f"{name}由“{old}”改为“{new}”" for name, (old, new) in changes.items())
        written = self.said.description if self.said else ""
        whose = {"proposed_department_code": self.whose and self.whose.organisation_code}
        return replace(
            advance(
                replace(state, kind=kind, type_code=type_code, criterion_code=criterion_code),
                edge,
                asking=asking,
                known=known,
                reason=because(edge, f"{words}。{told}"),
                body={
                    **self.reason_body,
                    "changes": {k: list(v) for k, v in changes.items()},
                    "proposed": proposed_body(self.whose),
                },
            ),
            corrected={**self._columns(), **whose},
            # The number that the reporter wrote is not lost with the words that are set right.
            said=written if "说明" in changes and without_phones(written) != written else "",
        )

    def _criterion(self, state: CaseState, known: Known, kind: str, type_code: str) -> str | None:
        """The criterion after the correction, which must be the type's; before acceptance there is none."""
        code = self.criterion_code or state.criterion_code
        if state.stage == "reported" or code is None:
            return state.criterion_code
        return known.get_criterion(code, kind=kind, type_code=type_code).code

    def _changes(
        self, state: CaseState, known: Known, kind: str, type_code: str, criterion_code: str | None
    ) -> dict[str, tuple[str, str]]:
        said = self.said or Said(LonLat(0, 0), "", "")
        described, placed = self._typed()
        pairs = {
            "类别": (
                known.types.get((state.kind, state.type_code), state.type_code),
                known.types.get((kind, type_code), type_code),
            ),
            "立案条件": (state.criterion_code or "", criterion_code or ""),
            "位置": (_degrees(said.place), _degrees(self.place or said.place)),
            "地点": (said.place_text, said.place_text if placed is None else placed),
            "说明": (said.description, said.description if described is None else described),
        }
        changed = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
        for name in WORDS & changed.keys():  # the fact cannot be changed: it is told without numbers
            old, new = changed[name]
            changed[name] = without_phones(old), without_phones(new)
        return changed

    def _typed(self) -> tuple[str | None, str | None]:
        """Words and place as corrected; None for what is as the form had it, without telephone numbers."""
        said = self.said or Said(LonLat(0, 0), "", "")
        described = _cleaned(self.description, "问题描述", most=MOST_DESCRIPTION)
        placed = _cleaned(self.place_text, "地点描述", most=MOST_PLACE_TEXT)
        return (
            None if described == without_phones(said.description) else described,
            None if placed == without_phones(said.place_text) else placed,
        )

    def _columns(self) -> Mapping[str, Any]:
        """Columns to be set, by name; `place` stands for the geometry."""
        where, columns = self.where, dict[str, Any]()
        if self.place is not None and where is not None:
            columns |= {
                "place": self.place,
                "position_source": "map",
                "accuracy_m": None,
                "unit_grid_code": where.unit_grid_code,
                "responsibility_code": where.responsibility_code,
                "zone_code": where.zone_code,
                "pulled_m": where.pulled_m,
                "frame_version": where.frame_version,
            }
        described, placed = self._typed()
        columns |= {} if described is None else {"description": described}
        return columns | ({} if placed is None else {"place_text": placed})


def _cleaned(text: str | None, name: str, **most: int) -> str | None:
    return None if text is None else clean_text(text, name, **most)


def _degrees(place: LonLat) -> str:
    return f"{place.lon_deg:.6f}, {place.lat_deg:.6f}"
