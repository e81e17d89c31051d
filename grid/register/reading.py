"""The register as people look at it: lists by keyset, one component with its facts, reviews, surveys. Reads
only.

Places are answered in degrees (EPSG:4490). Names of types come from the catalogue, so callers look them up.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, text
from sqlalchemy.orm import Session, aliased

from gis_core.errors import BadInput, NotFound
from grid.components import NoSuchComponent
from grid.register.facts import content_of
from grid.register.tables import ComponentFactRow, ProposalRow, SurveyFindingRow, SurveyRow
from grid.rules.register import ALIAS_DIGITS, CODE_DIGITS, STATES, Asking
from grid.tables import ComponentRow, OrganisationRow

MOST_ROWS = 200
LONGEST_TEXT = 60


class BadRegisterFilter(BadInput):
    """A filter of the register that names no state or no area."""

    code = "bad_register_filter"


class NoSuchProposal(NotFound):
    """There is no review of that number."""

    code = "no_such_proposal"


class NoSuchSurvey(NotFound):
    """There is no survey of that number."""

    code = "no_such_survey"


@dataclass(frozen=True, slots=True)
class RegisterFilter:
    """Which components are wanted; what is not named does not matter.

    `area_code` is that of a district, street, community or grid (6, 9, 12, 15 digits). `text` is the
    beginning of a
    code (of either length) or part of a name; `type_codes` are the types its words may mean.
    """

    type_code: str | None = None
    state: str | None = None
    area_code: str | None = None
    owner_code: str | None = None
    text: str = ""

    def __post_init__(self) -> None:
        if self.state is not None and self.state not in STATES:
            raise BadRegisterFilter(f"没有“{self.state[:10]}”这种状态。可选{'、'.join(STATES)}。")
        if self.area_code is not None and not re.fullmatch(r"[0-9]{6}([0-9]{3}){0,3}", self.area_code):
            raise BadRegisterFilter("区域代码应为 6、9、12 或 15 位数字。")
        words = (self.type_code or "", self.owner_code or "", self.text)
        if any(unicodedata.category(sign) in ("Cc", "Cs") for word in words for sign in word):
            raise BadRegisterFilter("筛选条件中含有无法识别的字符，请重新选择。")
        if len(self.text) > LONGEST_TEXT:
            raise BadRegisterFilter(f"查找的文字最多 {LONGEST_TEXT} 个字。")

    @property
    def is_empty(self) -> bool:
        """Whether it leaves nothing out."""
        return self == RegisterFilter()


@dataclass(frozen=True, slots=True)
class ComponentSummary:
    """A row of the register."""

    id: int
    code: str
    alias_code: str | None
    type_code: str
    name: str
    state: str
    unit_grid_code: str
    owner_code: str | None
    owner_name: str | None
    authority_code: str
    authority_name: str | None
    lon: float
    lat: float
    is_synthetic: bool


@dataclass(frozen=True, slots=True)
class ComponentPage:
    """Some components, and the code after which the next page begins; None on the last one."""

    rows: tuple[ComponentSummary, ...]
    next_code: str | None


@dataclass(frozen=True, slots=True)
class ComponentFact:
    """One step in the life of a component."""

    seq: int
    at: datetime
    by_person_id: int | None
    by_name: str
    by_role: str
    by_organisation_code: str | None
    action: str
    reason: str
    body: Mapping[str, Any]
    prev_hash: bytes
    hash: bytes

    @property
    def content(self) -> dict[str, Any]:
        """What the hash is taken over."""
        asking = Asking(self.at, self.by_person_id, self.by_name, self.by_role, self.by_organisation_code)
        return content_of(asking, seq=self.seq, action=self.action, reason=self.reason, body=self.body)


@dataclass(frozen=True, slots=True)
class ComponentDetail:
    """All of a component: its attributes, the shape of a line or area, its facts in order."""

    summary: ComponentSummary
    maintainer_code: str | None
    maintainer_name: str | None
    first_surveyed_on: date
    changed_on: date | None
    source: str
    remark: str | None
    accuracy_class: str | None
    edition: str | None
    revision: int
    shape_geojson: str | None
    facts: tuple[ComponentFact, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody on the street says of the register, and what became of it; places in degrees."""

    id: int
    kind: str
    code: str | None
    type_code: str
    old_state: str | None
    state: str | None
    old_lon: float | None
    old_lat: float | None
    lon: float | None
    lat: float | None
    moved_m: float | None
    unit_grid_code: str | None
    photo_sha256: str | None
    note: str
    survey_id: int | None
    by_name: str
    at: datetime
    status: str
    decided_by: str | None
    decided_at: datetime | None
    decision: str | None
    is_stale: bool

    @property
    def middle(self) -> tuple[float, float]:
        """Where to look: the new place, else the old one."""
        return (self.lon or self.old_lon or 0.0, self.lat or self.old_lat or 0.0)


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


_Owner = aliased(OrganisationRow)
_Authority = aliased(OrganisationRow)
_Maintainer = aliased(OrganisationRow)


def _place(column: Any) -> tuple[ColumnElement[float], ColumnElement[float]]:
    degrees = func.ST_Transform(column, 4490)
    return func.ST_X(degrees), func.ST_Y(degrees)


def _summaries(*more: Any) -> Select[Any]:
    lon, lat = _place(ComponentRow.geom)
    columns: tuple[Any, ...] = (
        ComponentRow.id,
        ComponentRow.code,
        ComponentRow.alias_code,
        ComponentRow.type_code,
        ComponentRow.name,
        ComponentRow.state,
        ComponentRow.unit_grid_code,
        ComponentRow.owner_code,
        _Owner.name.label("owner_name"),
        ComponentRow.authority_code,
        _Authority.name.label("authority_name"),
        lon.label("lon"),
        lat.label("lat"),
        ComponentRow.is_synthetic,
    )
    return (
        select(*columns, *more)
        .outerjoin(_Owner, _Owner.code == ComponentRow.owner_code)
        .outerjoin(_Authority, _Authority.code == ComponentRow.authority_code)
    )


def _summary(row: Row[Any]) -> ComponentSummary:
    return ComponentSummary(*row[: len(ComponentSummary.__slots__)])


def list_components(
    session: Session,
    wanted: RegisterFilter,
    after: str = "",
    limit: int = 50,
    *,
    type_codes: Sequence[str] = (),
) -> ComponentPage:
    """The components that are wanted, by code, `limit` (at most 200) to a page; one query.

    `type_codes` are the types that the words of the filter may mean.
    """
    size = max(1, min(limit, MOST_ROWS))
    query = _summaries().where(*_conditions(wanted, type_codes), ComponentRow.code > after[:CODE_DIGITS])
    rows = session.execute(query.order_by(ComponentRow.code).limit(size + 1)).all()
    shown = tuple(_summary(row) for row in rows[:size])
    return ComponentPage(shown, shown[-1].code if len(rows) > size else None)


def count_components(
    session: Session, wanted: RegisterFilter, *, type_codes: Sequence[str] = (), most: int
) -> int:
    """How many components are wanted; counting stops at `most`."""
    found = select(ComponentRow.id).where(*_conditions(wanted, type_codes)).limit(most).subquery()
    return session.execute(select(func.count()).select_from(found)).scalar_one()


def _conditions(wanted: RegisterFilter, type_codes: Sequence[str]) -> list[ColumnElement[bool]]:
    equals = {
        ComponentRow.type_code: wanted.type_code,
        ComponentRow.owner_code: wanted.owner_code,
        ComponentRow.state: wanted.state,
    }
    found: list[ColumnElement[bool]] = [
        column == value for column, value in equals.items() if value is not None
    ]
    if wanted.state not in (None, "完好"):
        found.append(ComponentRow.state != "完好")  # true of it; lets `ix_component_state` serve
    if wanted.area_code is not None:
        found.append(ComponentRow.unit_grid_code.between(wanted.area_code, wanted.area_code + "~"))
    words = wanted.text.strip()
    if words.isascii() and words.isdigit():
        found.append(_begins(words))
    elif words and type_codes:
        found.append(ComponentRow.type_code.in_(type_codes))
    elif words:
        found.append(ComponentRow.name.icontains(words, autoescape=True))
    return found


def _begins(digits: str) -> ColumnElement[bool]:
    """Codes that begin so, as a range of full ones; of either length."""
    if len(digits) > CODE_DIGITS:
        return ComponentRow.code == digits
    first, last = digits.ljust(CODE_DIGITS, "0"), digits.ljust(CODE_DIGITS, "9")
    by_code = ComponentRow.code.between(first, last)
    return or_(by_code, ComponentRow.alias_code == digits) if len(digits) == ALIAS_DIGITS else by_code


def get_detail(session: Session, code: str) -> ComponentDetail:
    """A component by its code of 17 or (in older editions) 16 digits; two queries.

    :raises NoSuchComponent: when the register does not hold it.
    """
    more = (
        ComponentRow.maintainer_code,
        _Maintainer.name,
        ComponentRow.first_surveyed_on,
        ComponentRow.changed_on,
        ComponentRow.source,
        ComponentRow.remark,
        ComponentRow.accuracy_class,
        ComponentRow.edition,
        ComponentRow.revision,
        func.ST_AsGeoJSON(func.ST_Transform(ComponentRow.shape, 4490), 7),
    )
    plain = code.strip().replace("\x00", "")
    by = ComponentRow.alias_code if len(plain) == ALIAS_DIGITS else ComponentRow.code
    query = _summaries(*more).outerjoin(_Maintainer, _Maintainer.code == ComponentRow.maintainer_code)
    row = session.execute(query.where(by == plain)).one_or_none()
    if row is None:
        raise NoSuchComponent(
            f"部件登记册中没有编码为 {plain[:20]} 的部件。请核对编码。", component_code=plain[:20]
        )
    names = ComponentDetail.__slots__[1:-1]
    given = dict(zip(names, row[len(ComponentSummary.__slots__) :], strict=True))
    return ComponentDetail(summary=_summary(row), facts=list_facts(session, row.id), **given)


def list_facts(session: Session, component_id: int) -> tuple[ComponentFact, ...]:
    """The facts of a component in order."""
    columns = [getattr(ComponentFactRow, name) for name in ComponentFact.__slots__]
    query = select(*columns).where(ComponentFactRow.component_id == component_id)
    return tuple(ComponentFact(*row) for row in session.execute(query.order_by(ComponentFactRow.seq)))


def list_by_codes(session: Session, codes: Sequence[str]) -> dict[str, ComponentSummary]:
    """Components by code; those that the register does not hold are left out."""
    rows = session.execute(_summaries().where(ComponentRow.code.in_(codes)))
    return {row.code: _summary(row) for row in rows}


def count_open_proposals(session: Session) -> int:
    """How many reviews are waiting."""
    return session.execute(
        select(func.count()).select_from(ProposalRow).where(ProposalRow.status == "open")
    ).scalar_one()


def list_proposals(
    session: Session, *, status: str | None = "open", code: str | None = None, most: int = 100
) -> tuple[Proposal, ...]:
    """Reviews: those waiting the oldest first, others the newest first; of one component when asked."""
    query = _proposals()
    if status is not None:
        query = query.where(ProposalRow.status == status)
    if code is not None:
        query = query.where(ComponentRow.code == code)
    order = ProposalRow.id if status == "open" else ProposalRow.id.desc()
    return tuple(Proposal(*row) for row in session.execute(query.order_by(order).limit(most)))


def get_proposal(session: Session, proposal_id: int) -> Proposal:
    """One review.

    :raises NoSuchProposal: when there is none.
    """
    row = session.execute(_proposals().where(ProposalRow.id == proposal_id)).one_or_none()
    if row is None:
        raise NoSuchProposal(f"没有编号为 {proposal_id} 的审核。")
    return Proposal(*row)


def _proposals() -> Select[Any]:
    old_lon, old_lat = _place(ComponentRow.geom)
    lon, lat = _place(ProposalRow.geom)
    columns: tuple[Any, ...] = (
        ProposalRow.id,
        ProposalRow.kind,
        ComponentRow.code,
        ProposalRow.type_code,
        ComponentRow.state,
        ProposalRow.state.label("new_state"),
        old_lon.label("old_lon"),
        old_lat.label("old_lat"),
        lon.label("lon"),
        lat.label("lat"),
        func.ST_Distance(ComponentRow.geom, ProposalRow.geom),
        ComponentRow.unit_grid_code,
        ProposalRow.photo_sha256,
        ProposalRow.note,
        ProposalRow.survey_id,
        ProposalRow.by_name,
        ProposalRow.at,
        ProposalRow.status,
        ProposalRow.decided_by,
        ProposalRow.decided_at,
        ProposalRow.decision,
        and_(
            ProposalRow.status == "open",
            ComponentRow.id.is_not(None),
            ComponentRow.revision != ProposalRow.revision,
        ),
    )
    return select(*columns).outerjoin(ComponentRow, ComponentRow.id == ProposalRow.component_id)


def list_evidence(session: Session, sha256s: Sequence[str]) -> set[str]:
    """Those of the photos that a review has."""
    query = select(ProposalRow.photo_sha256).where(ProposalRow.photo_sha256.in_(sha256s))
    return {one for one in session.scalars(query) if one is not None}


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
        WHERE c.type_code = ANY(:types) AND c.unit_grid_code BETWEEN :area AND :area || '~'
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
    rows = session.execute(
        _PROGRESS, {"id": survey.id, "types": list(survey.type_codes), "area": survey.area_code}
    )
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
        _summaries(SurveyFindingRow.result)
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
    return tuple(ToFind(_summary(row), row[-1]) for row in session.execute(query))
