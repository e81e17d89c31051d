"""What is done to the register, each in one transaction: changes, reviews, surveys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import BadInput, Conflict, NotAllowed, Refused
from gis_core.places import LonLat, PlanePoint, to_grain
from grid.catalogue import Catalogue
from grid.register import store
from grid.register.reviews import Proposal, get_proposal
from grid.register.surveys import Survey, get_survey
from grid.rules.locating import Located, Locator, locate_place
from grid.rules.register import Asking, check_state_change
from grid.rules.responsibility import Responsibilities, find_department

SAME_PLACE_M = 0.01
FARTHEST_MOVE_M = 500.0
LONGEST_NOTE = 500
Result = Literal["found", "missing", "new"]


class NothingChanges(BadInput):
    """A change that changes nothing."""

    code = "nothing_changes"


class StaleComponent(Conflict):
    """The component has changed since the person looked at it."""

    code = "stale_component"


class AlreadyDecided(Conflict):
    """Somebody has decided this review."""

    code = "already_decided"


class ReasonMissing(BadInput):
    """A decision about the register says why."""

    code = "register_reason_missing"


class TooFarMoved(Refused):
    """A component does not walk that far: it is another one."""

    code = "component_too_far"


class BadSurvey(BadInput):
    """A survey without a theme, types, an area or inspectors, or that ends before it begins."""

    code = "bad_survey"


class SurveyClosed(Refused):
    """The survey is over."""

    code = "survey_closed"


class NotInSurvey(NotAllowed):
    """The person is no inspector of the survey, or the component is none of it."""

    code = "not_in_survey"


class Frame(Protocol):
    """Whoever knows the unit grids in force."""

    @property
    def locator(self) -> Locator:
        """The locator of the newest version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be different; None leaves a thing as it is.

    `remark` and organisations may be emptied by an empty text.
    """

    state: str | None = None
    place: LonLat | None = None
    authority_code: str | None = None
    owner_code: str | None = None
    maintainer_code: str | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an inspector says of a component.

    Of one that is not registered `code` is None, and `place` is given.
    """

    client_id: UUID
    type_code: str
    code: str | None = None
    state: str | None = None
    place: LonLat | None = None
    photo_sha256: str | None = None
    note: str = ""
    survey_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyPlan:
    """A survey to be begun."""

    theme: str
    area_code: str
    type_codes: tuple[str, ...]
    inspector_ids: tuple[int, ...]
    from_on: date
    until_on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Register:
    """The operations on one city's register, wired once; safe to share between threads."""

    sessions: Sessions
    plane: PlaneSystem
    frame: Frame
    catalogue: Catalogue
    rules: Responsibilities

    def change(self, code: str, change: Change, *, reason: str, seen_revision: int, asking: Asking) -> None:
        """Change a component, with a reason that stays in its history.

        :raises ReasonMissing: when no reason is given.
        :raises NoSuchComponent: when the register does not hold it.
        :raises StaleComponent: when it has changed since it was looked at.
        :raises WrongStateChange: when the state may not follow the one it has.
        :raises OutsideFrame: when the new place lies in no unit grid.
        :raises NothingChanges: when nothing is different.
        """
        why = _need_reason(reason)
        with self.sessions.begin() as session:
            held = store.lock_component(session, code)
            if held.revision != seen_revision:
                raise StaleComponent("部件在您打开页面之后有变动，什么都没有写入。请刷新页面后重试。")
            self._change(session, held, change, reason=why, asking=asking)

    def propose(self, said: Said, asking: Asking) -> int:
        """Keep what the street says for review, once for each client id; the number of the review.

        :raises NoSuchComponent: when the register does not hold the component.
        :raises UnknownType: when a new one is of no type in force.
        :raises WrongStateChange: when the state may not follow the one it has.
        :raises TooFarMoved: when the new place is farther than a component is moved.
        :raises OutsideFrame: when the place lies in no unit grid.
        :raises NothingChanges: when nothing is different.
        """
        with self.sessions.begin() as session:
            return self._propose(session, said, asking)[0]

    def accept(self, proposal_id: int, *, reason: str, asking: Asking) -> str:
        """Accept a review: the component changes, or a new one is registered; its code.

        What `change` refuses is refused here too.

        :raises NoSuchProposal: when there is no review of that number.
        :raises AlreadyDecided: when somebody has decided it.
        :raises StaleComponent: when the component has changed since it was said.
        """
        with self.sessions.begin() as session:
            proposal = self._open_proposal(session, proposal_id)
            point = store.find_proposed_point(session, proposal_id)
            grounds = reason.strip() or proposal.note or "情况属实"
            why = f"采纳{proposal.by_name}的上报（审核 {proposal_id}）：{grounds}"
            if proposal.kind == "new":
                component_id, code = self._register(session, proposal, point, why, asking)
            else:
                component_id, code = None, proposal.code or ""
                if proposal.is_stale:
                    raise StaleComponent("上报之后部件已有变动，不能直接采纳。请退回，或在部件页上改。")
                held = store.lock_component(session, code)
                change = Change(
                    state=proposal.state, place=None if point is None else self.plane.to_lonlat(point)
                )
                self._change(session, held, change, reason=why, asking=asking, point=point)
            store.decide_proposal(
                session,
                proposal_id,
                status="accepted",
                reason=reason.strip() or "情况属实",
                asking=asking,
                component_id=component_id,
            )
        return code

    def give_back(self, proposal_id: int, *, reason: str, asking: Asking) -> None:
        """Return a review with a reason; the register stays as it is.

        :raises ReasonMissing: when no reason is given.
        :raises NoSuchProposal: when there is no review of that number.
        :raises AlreadyDecided: when somebody has decided it.
        """
        why = _need_reason(reason)
        with self.sessions.begin() as session:
            self._open_proposal(session, proposal_id)
            store.decide_proposal(
                session, proposal_id, status="returned", reason=why, asking=asking, component_id=None
            )

    def begin_survey(self, plan: SurveyPlan, asking: Asking) -> int:
        """Begin a special survey; its number.

        :raises BadSurvey: saying what is missing.
        :raises UnknownType: when one of its types is not in force.
        """
        _check_plan(plan)
        for code in plan.type_codes:
            self.catalogue.get_type("component", code)
        with self.sessions.begin() as session:
            return store.add_survey(
                session,
                theme=plan.theme.strip(),
                area_code=plan.area_code,
                type_codes=list(plan.type_codes),
                inspector_ids=list(plan.inspector_ids),
                from_on=plan.from_on,
                until_on=plan.until_on,
                note=plan.note.strip(),
                asking=asking,
            )

    def close_survey(self, survey_id: int, asking: Asking) -> None:
        """Close a survey; its findings stay.

        :raises NoSuchSurvey: when there is none of that number.
        """
        with self.sessions.begin() as session:
            get_survey(session, survey_id)
            store.close_survey(session, survey_id, asking.at)

    def note_found(self, survey_id: int, code: str, asking: Asking) -> None:
        """A component of a survey stands where it should.

        :raises SurveyClosed: when the survey is over.
        :raises NotInSurvey: when the person or the component is none of the survey.
        :raises NoSuchComponent: when the register does not hold it.
        """
        with self.sessions.begin() as session:
            survey = self._open_survey(session, survey_id, asking)
            held = store.lock_component(session, code)
            _need_part(survey, held)
            self._note(session, survey_id, held, result="found", proposal_id=None, asking=asking)

    def note_missing(self, survey_id: int, said: Said, asking: Asking) -> int:
        """A component of a survey is not there; the number of the review.

        It is noted, and its state 丢失 goes to review.
        """
        with self.sessions.begin() as session:
            survey = self._open_survey(session, survey_id, asking)
            held = store.lock_component(session, said.code or "")
            _need_part(survey, held)
            number, _ = self._propose(session, said, asking)
            self._note(session, survey_id, held, result="missing", proposal_id=number, asking=asking)
            return number

    def note_new(self, survey_id: int, said: Said, asking: Asking) -> int:
        """Something stands there that is not registered: noted, and goes to review; the review's number."""
        with self.sessions.begin() as session:
            survey = self._open_survey(session, survey_id, asking)
            if said.type_code not in survey.type_codes:
                raise NotInSurvey("这类部件不在本次普查范围内。请选普查的类型，或在部件页上报。")
            number, is_new = self._propose(session, said, asking)
            if is_new and said.place is not None:
                store.note_finding(
                    session,
                    survey_id=survey_id,
                    component_id=None,
                    proposal_id=number,
                    unit_grid_code=self._locate(said.place).unit_grid_code,
                    result="new",
                    asking=asking,
                )
            return number

    def _note(
        self,
        session: Session,
        survey_id: int,
        held: store.LockedComponent,
        *,
        result: Result,
        proposal_id: int | None,
        asking: Asking,
    ) -> None:
        store.note_finding(
            session,
            survey_id=survey_id,
            component_id=held.id,
            proposal_id=proposal_id,
            unit_grid_code=held.unit_grid_code,
            result=result,
            asking=asking,
        )

    def _propose(self, session: Session, said: Said, asking: Asking) -> tuple[int, bool]:
        point = None if said.place is None else self._on_grain(said.place)
        component_id, revision, kind = None, 0, "new"
        if said.code is None:
            self.catalogue.get_type("component", said.type_code)
            if said.place is None:
                raise NothingChanges("新部件要有位置。请定位，或在地图上点选。")
        else:
            held = store.lock_component(session, said.code)
            component_id, revision, kind = held.id, held.revision, "change"
            if said.state is not None and said.state != held.state:
                check_state_change(held.state, said.state)
            if point is not None and (away_m := _away_m(held, point)) > FARTHEST_MOVE_M:
                raise TooFarMoved(
                    f"新位置离登记位置 {away_m:,.0f} 米，不像同一个部件。请核对编码，或作为新部件上报。"
                )
            has_moved = point is not None and _away_m(held, point) > SAME_PLACE_M
            if not has_moved and said.state in (None, held.state) and not said.note.strip():
                raise NothingChanges("状态和位置都没有变化。请选择新的状态、移动位置或写明情况。")
        if said.place is not None:
            self._locate(said.place)
        return store.add_proposal(
            session,
            client_id=said.client_id,
            kind=kind,
            component_id=component_id,
            revision=revision,
            type_code=said.type_code,
            state=said.state,
            point=point,
            photo_sha256=said.photo_sha256,
            note=said.note.strip()[:LONGEST_NOTE],
            survey_id=said.survey_id,
            asking=asking,
            srid=self.plane.srid,
        )

    def _open_proposal(self, session: Session, proposal_id: int) -> Proposal:
        status = store.lock_proposal(session, proposal_id)
        if status not in ("open", None):
            raise AlreadyDecided("这条上报已由别人审核，请刷新页面查看。")
        return get_proposal(session, proposal_id)

    def _open_survey(self, session: Session, survey_id: int, asking: Asking) -> Survey:
        survey = get_survey(session, survey_id)
        if survey.closed_at is not None:
            raise SurveyClosed("本次专项普查已结束，什么都没有写入。")
        if asking.person_id not in survey.inspector_ids:
            raise NotInSurvey("您不在本次普查的监督员名单里。请联系数据员。")
        return survey

    def _change(
        self,
        session: Session,
        held: store.LockedComponent,
        change: Change,
        *,
        reason: str,
        asking: Asking,
        point: PlanePoint | None = None,
    ) -> None:
        """Work out what differs, and write it with its fact."""
        columns = _differing(held, change)
        if "state" in columns:
            check_state_change(held.state, str(columns["state"]))
        if point is None and change.place is not None:
            point = self._on_grain(change.place)
        where: Located | None = None
        if point is not None and _away_m(held, point) > SAME_PLACE_M:
            where = self._locate(self.plane.to_lonlat(point))
            columns["unit_grid_code"] = where.unit_grid_code
        if not columns:
            raise NothingChanges("没有任何变化，什么都没有写入。")
        store.change_component(
            session,
            held,
            columns,
            point=point if where is not None else None,
            on=city_time(asking.at).date(),
            asking=asking,
            reason=reason,
            body=_body(held, columns, point if where is not None else None),
            srid=self.plane.srid,
        )

    def _register(
        self, session: Session, proposal: Proposal, point: PlanePoint | None, reason: str, asking: Asking
    ) -> tuple[int, str]:
        if point is None:
            raise NothingChanges("上报中没有位置，不能登记。请退回。")
        where = self._locate(self.plane.to_lonlat(point))
        found = self.catalogue.get_type("component", proposal.type_code)
        whose = find_department(self.rules, where, "component", proposal.type_code)
        new = store.NewComponent(
            type_code=proposal.type_code,
            name=found.name,
            district_code=where.district_code,
            point=point,
            unit_grid_code=where.unit_grid_code,
            authority_code=whose.organisation_code,
            accuracy_class="C",  # a phone's position; a survey makes it better
            on=city_time(asking.at).date(),
        )
        return store.add_component(session, new, asking=asking, reason=reason, srid=self.plane.srid)

    def _locate(self, place: LonLat) -> Located:
        return locate_place(self.frame.locator, self.plane, place)

    def _on_grain(self, place: LonLat) -> PlanePoint:
        point = self.plane.to_plane(place)
        return PlanePoint(to_grain(point.easting_m), to_grain(point.northing_m))


def _need_reason(reason: str) -> str:
    why = reason.strip()
    if not why:
        raise ReasonMissing("请写明理由，它会留在部件的履历里。")
    return why[:LONGEST_NOTE]


def _check_plan(plan: SurveyPlan) -> None:
    checks: tuple[tuple[Callable[[], bool], str], ...] = (
        (lambda: bool(plan.theme.strip()), "请写明普查主题。"),
        (lambda: bool(plan.area_code), "请选择普查区域。"),
        (lambda: bool(plan.type_codes), "请至少选择一类部件。"),
        (lambda: bool(plan.inspector_ids), "请至少指派一名监督员。"),
        (lambda: plan.from_on <= plan.until_on, "结束日期早于开始日期，请改正。"),
    )
    for is_right, words in checks:
        if not is_right():
            raise BadSurvey(words)


def _need_part(survey: Survey, held: store.LockedComponent) -> None:
    if held.type_code not in survey.type_codes or not held.unit_grid_code.startswith(survey.area_code):
        raise NotInSurvey(f"部件 {held.code} 不在本次普查范围内。")


def _away_m(held: store.LockedComponent, point: PlanePoint) -> float:
    east_m, north_m = point.easting_m - held.easting_m, point.northing_m - held.northing_m
    return float((east_m**2 + north_m**2) ** 0.5)


def _differing(held: store.LockedComponent, change: Change) -> dict[str, object]:
    columns: dict[str, object] = {}
    if change.state is not None and change.state != held.state:
        columns["state"] = change.state
    for name in ("authority_code", "owner_code", "maintainer_code", "remark"):
        wanted = getattr(change, name)
        if wanted is not None and (wanted or None) != getattr(held, name):
            columns[name] = wanted or None
    return columns


def _body(
    held: store.LockedComponent, columns: Mapping[str, object], point: PlanePoint | None
) -> dict[str, Any]:
    """What a fact of a change says: each thing before and after."""
    body: dict[str, Any] = {"code": held.code}
    for name, after in columns.items():
        body[name] = {"before": getattr(held, name), "after": after}
    if point is not None:
        body["position"] = {
            "before": f"{held.easting_m:.3f} {held.northing_m:.3f}",
            "after": f"{point.easting_m:.3f} {point.northing_m:.3f}",
        }
    return body
