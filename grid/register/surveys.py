"""Special surveys: which there are, how far they are by unit grid, what is to be found in one. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, and_, or_, select, text
from sqlalchemy.orm import Session

from gis_core.errors import NotFound
from grid.component_list import ComponentSummary, select_summaries, summary_of
from grid.register.tables import SurveyFindingRow, SurveyRow
from grid.rules.codes import unit_grids_of
from grid.tables import ComponentRow


class NoSuchSurvey(NotFound):
    """There is no survey of that number."""

    code = "no_such_survey"


@dataclass(frozen=True, slots=True)
class Survey:
    """A special survey."""

    id: int
    theme: str
    area_code: str
    type_codes: tuple[str, ...]
    inspector_ids: tuple[int, ...]
    from_on: date
    until_on: date
    note: str
    by_name: str
    at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class GridProgress:
    """How far a survey is in a unit grid: registered components, and those found, missing and new."""

    unit_grid_code: str
    registered: int
    found: int
    missing: int
    new: int

    @property
    def open(self) -> int:
        """How many nobody has looked for yet."""
        return max(0, self.registered - self.found - self.missing)

    @property
    def share(self) -> float:
        """How much of the grid is done, 0 to 1; a grid without components is done."""
        return 1.0 if not self.registered else min(1.0, (self.found + self.missing) / self.registered)


@dataclass(frozen=True, slots=True)
class ToFind:
    """A component of a survey and what was said of it: found, missing or nothing yet."""

    component: ComponentSummary
    result: str | None


def list_surveys(session: Session, *, inspector_id: int | None = None, most: int = 50) -> tuple[Survey, ...]:
    """Surveys, the newest first; those of one inspector that are not closed when asked."""
    query = select(*_SURVEY).order_by(SurveyRow.id.desc()).limit(most)
    if inspector_id is not None:
        query = query.where(SurveyRow.inspector_ids.contains([inspector_id]), SurveyRow.closed_at.is_(None))
    return tuple(_survey(row) for row in session.execute(query))


def get_survey(session: Session, survey_id: int) -> Survey:
    """One survey.

    :raises NoSuchSurvey: when there is none.
    """
    row = session.execute(select(*_SURVEY).where(SurveyRow.id == survey_id)).one_or_none()
    if row is None:
        raise NoSuchSurvey(f"没有编号为 {survey_id} 的专项普查。")
    return _survey(row)


_SURVEY = tuple(getattr(SurveyRow, name) for name in Survey.__slots__)


def _survey(row: Row[Any]) -> Survey:
    values = dict(zip(Survey.__slots__, row, strict=True))
    values["type_codes"] = tuple(values["type_codes"])
    values["inspector_ids"] = tuple(values["inspector_ids"])
    return Survey(**values)


_PROGRESS = text("""
    WITH wanted AS (
        SELECT c.unit_grid_code, count(*) AS registered,
               count(*) FILTER (WHERE f.result = 'found') AS found,
               count(*) FILTER (WHERE f.result = 'missing') AS missing
        FROM grid.component c
        LEFT JOIN grid.survey_finding f ON f.survey_id = :id AND f.component_id = c.id
        WHERE c.type_code = ANY(:types) AND c.unit_grid_code BETWEEN :first AND :last
          AND (c.state <> '移除' OR f.id IS NOT NULL)
        GROUP BY 1
    ), added AS (
        SELECT unit_grid_code, count(*) AS new FROM grid.survey_finding
        WHERE survey_id = :id AND result = 'new' GROUP BY 1
    )
    SELECT coalesce(w.unit_grid_code, a.unit_grid_code), coalesce(registered, 0), coalesce(found, 0),
           coalesce(missing, 0), coalesce(a.new, 0)
    FROM wanted w FULL JOIN added a ON a.unit_grid_code = w.unit_grid_code
    ORDER BY 1
""")


def list_progress(session: Session, survey: Survey) -> tuple[GridProgress, ...]:
    """How far a survey is, by unit grid, for grids that have anything to find or something new."""
    first, last = unit_grids_of(survey.area_code)
    asked = {"id": survey.id, "types": list(survey.type_codes), "first": first, "last": last}
    rows = session.execute(_PROGRESS, asked)
    return tuple(GridProgress(*row) for row in rows)


def list_grid_shapes(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """Outlines of unit grids in force as GeoJSON in degrees, by code."""
    rows = session.execute(
        text(
            "SELECT code, ST_AsGeoJSON(ST_Transform(geom, 4490), 6) FROM grid.unit_grid"
            " WHERE valid_to IS NULL AND code = ANY(:codes)"
        ),
        {"codes": list(codes)},
    )
    return {row[0]: row[1] for row in rows}


def list_to_find(
    session: Session, survey: Survey, unit_grid_code: str, *, most: int = 200
) -> tuple[ToFind, ...]:
    """Components of a survey in a grid, those nobody has looked for first."""
    query = (
        select_summaries(SurveyFindingRow.result)
        .outerjoin(
            SurveyFindingRow,
            and_(SurveyFindingRow.survey_id == survey.id, SurveyFindingRow.component_id == ComponentRow.id),
        )
        .where(
            ComponentRow.unit_grid_code == unit_grid_code,
            ComponentRow.type_code.in_(survey.type_codes),
            or_(ComponentRow.state != "移除", SurveyFindingRow.id.is_not(None)),
        )
        .order_by(SurveyFindingRow.id.is_not(None), ComponentRow.code)
        .limit(most)
    )
    return tuple(ToFind(summary_of(row), row[-1]) for row in session.execute(query))
