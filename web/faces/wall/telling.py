"""What the wall is told, as JSON: figures and cases in the reader's language, without anybody's contact.

The wall is seen by visitors, too: cases of private types stand at the middle of a square of 100 m and name
the community instead of the place; descriptions, which people wrote, are not shown at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cases.private_places import BLUR_CELL_M
from cases.reading import CaseDetail
from cases.rules.stages import FINAL_STAGES, STAGE_NAMES, action_label
from cases.rules.standings import Standing, both_ends
from cases.summaries import CaseSummary
from gis_core.places import LonLat, PlanePoint
from grid.positions.sos import Sos
from web.faces.views import TRACK, pictogram, track_of
from web.movers_told import sos_as_json
from web.wall_figures import Glance, Ranking
from web.wiring import Wiring

LIGHTS = ("normal", "at_risk", "overdue", "suspended")
RANKED_ROWS = 12
STEPS_SHOWN = 8
COMMUNITY_DIGITS = 12
"""Of the code of a unit grid: division code of its community."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Whom something is told: the wiring of the process, and the language with its words."""

    wiring: Wiring
    language: str
    say: Callable[..., str]
    communities: Mapping[str, str]
    organisations: Mapping[str, str]

    def figures(self, glance: Glance) -> dict[str, Any]:
        """Everything of a glance."""
        by_light = dict.fromkeys(LIGHTS, 0)
        for (_, light), n in glance.open.items():
            by_light[light] += n
        return {
            "at": glance.at.isoformat(),
            "area": glance.area,
            "counters": {
                "open": sum(by_light.values()),
                **by_light,
                "reported": glance.today[-1] if glance.today else 0,
                "filed": glance.since.filed,
                "closed": glance.since.closed,
            },
            "usual": {
                "days": glance.usual.days,
                "hours": round(glance.hours, 3),
                "by_hour": glance.usual.by_hour,
                "so_far": round(glance.usual.so_far(glance.hours), 1),
                "today": glance.today,
            },
            "flow": self._flow(glance),
            "next_due": [self.row(one) for one in glance.next_due],
            "overdue": [self.row(one) for one in glance.overdue],
            "overdue_by": [{"name": one.name, "n": one.n} for one in glance.overdue_by[:RANKED_ROWS]],
            "hot": [
                {"code": one.code, "name": f"{one.community} {one.code[12:]}", "n": one.n, "open": one.n_open}
                for one in glance.hot[:RANKED_ROWS]
            ],
            "ranking": self._ranking(glance.ranking),
        }

    def _flow(self, glance: Glance) -> list[dict[str, Any]]:
        """The six stages: how many stand in each, how many of them are overdue, how many came today."""
        return [
            {
                "name": self.say(name),
                "standing": sum(n for (stage, _), n in glance.open.items() if stage in stages),
                "overdue": sum(
                    n for (stage, light), n in glance.open.items() if stage in stages and light == "overdue"
                ),
                "came": sum(n for stage, n in glance.since.came_to.items() if stage in stages),
            }
            for name, stages in TRACK
        ]

    def _ranking(self, ranking: Ranking | None) -> dict[str, Any] | None:
        if ranking is None:
            return None
        is_en = self.language == "en"
        return {
            "period": ranking.period.key,
            "small_sample": ranking.small_sample,
            "departments": _standings(ranking.departments),
            "subdistricts": _standings(ranking.subdistricts),
            "grades": [
                {
                    "code": grade.code,
                    "name": grade.name_en if is_en else grade.name,
                    "departments": _count(ranking.departments, grade.code),
                    "subdistricts": _count(ranking.subdistricts, grade.code),
                }
                for grade in ranking.grades
            ],
        }

    def row(self, one: CaseSummary) -> dict[str, Any]:
        """A case as a row of the wall."""
        is_private = self.is_private(one)
        place = self.place(one, is_private=is_private)
        community = self.communities.get(one.community_code, "")
        return {
            "case_no": one.case_no,
            "type": self.type_name(one),
            "picture": pictogram(one.type_code),
            "place": community if is_private else one.place_text or community,
            "community": community,
            "stage": self.say(STAGE_NAMES[one.stage]),
            "department": self.organisations.get(one.department_code or "", one.department_name or ""),
            "light": one.light,
            "due_at": one.stage_due_at and one.stage_due_at.isoformat(),
            "at_risk_at": one.stage_at_risk_at and one.stage_at_risk_at.isoformat(),
            "is_supervised": one.is_supervised,
            "is_coarse": is_private,
            "lon": round(place.lon_deg, 6),
            "lat": round(place.lat_deg, 6),
        }

    def case(self, detail: CaseDetail) -> dict[str, Any]:
        """A case as a scene: its row, where it stands, and its last steps, without what people wrote."""
        one = detail.summary
        steps = detail.facts[-STEPS_SHOWN:]
        return {
            **self.row(one),
            "track": track_of(one.stage),
            "stages": [self.say(name) for name, _ in TRACK],
            "is_over": one.stage in FINAL_STAGES,
            "reported_at": one.reported_at.isoformat(),
            "is_synthetic": one.is_synthetic,
            "is_drill": one.is_drill,
            "steps": [
                {"at": fact.at.isoformat(), "words": self.say(action_label(fact.action))} for fact in steps
            ],
            "joined": one.join_count,
        }

    def call(self, sos: Sos) -> dict[str, Any]:
        """A call for help: as streams tell it without notes, with the community where it comes from."""
        told = sos_as_json(sos, self.wiring.plane)
        grid_code = self.wiring.movers.find_grid(sos.point) if sos.point else None
        named = ("id", "key", "name", "lon", "lat", "is_last_known", "at", "state")
        where = self.communities.get((grid_code or "")[:COMMUNITY_DIGITS], "")
        return {name: told[name] for name in named} | {"where": where}

    def type_name(self, one: CaseSummary) -> str:
        """The name of a case's type; in English from the catalogue."""
        found = self.wiring.catalogue.find_type(one.kind, one.type_code)
        if found is None:
            return one.type_name
        return str(found.name_en or found.name) if self.language == "en" else str(found.name)

    def is_private(self, one: CaseSummary) -> bool:
        """Whether the exact place of a case is for desks only."""
        return any((one.kind, one.type_code) == (p.kind, p.code) for p in self.wiring.privacy.private_types)

    def place(self, one: CaseSummary, *, is_private: bool) -> LonLat:
        """Where the wall shows a case: as `cases.private_places.public_place` has it."""
        exact = LonLat(one.lon, one.lat)
        if not is_private:
            return exact
        plane = self.wiring.plane.to_plane(exact)
        middle = PlanePoint(
            *(BLUR_CELL_M * round(v / BLUR_CELL_M) for v in (plane.easting_m, plane.northing_m))
        )
        return self.wiring.plane.to_lonlat(middle)


def _standings(rows: tuple[Standing, ...]) -> list[dict[str, Any]]:
    """Both ends of a ranking; `order` tells where rows between two are left out."""
    orders = {one.code: n for n, one in enumerate(rows)}
    return [_standing(one, orders[one.code]) for one in both_ends(rows, RANKED_ROWS)]


def _standing(one: Standing, order: int) -> dict[str, Any]:
    return {
        "order": order,
        "place": one.place,
        "name": one.name,
        "total": one.total and round(one.total, 1),
        "grade": one.grade,
        "n": one.n,
        "is_small": one.is_small,
    }


def _count(rows: Sequence[Standing], grade: str) -> int:
    return sum(one.grade == grade and not one.is_small for one in rows)
