"""Locked writes of cases: few statements, each set-wise, the number of a case given out in the last one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import RowMapping, func, insert, select, text, update
from sqlalchemy.orm import Session

from cases.conditions import plain
from cases.reading import CaseNotFound
from cases.rules.deadlines import clocks_as_data, clocks_from_data
from cases.rules.deciding import Assignee, CaseState, Decision
from cases.rules.evidence import StoredPhoto
from cases.tables import EveryCase, JoinedRow, WordsOfFactRow
from gis_core.journal import Entry, moment_text
from gis_core.places import PlanePoint
from grid.rules.criteria import Limit

CaseRowOf = EveryCase.__table__


@dataclass(frozen=True, slots=True)
class Locked:
    """A case held by this transaction: what rules look at, and what the next fact links to."""

    case_id: int
    case_no: str
    revision: int
    last_hash: bytes
    point: PlanePoint
    unit_grid_code: str
    state: CaseState
    description: str
    place_text: str
    source: str
    component_code: str | None
    parent_no: str | None
    is_synthetic: bool
    is_drill: bool
    proposed_department_code: str | None


@dataclass(frozen=True, slots=True)
class NewCase:
    """The columns of a case that its first fact settles; corrections alone change some of them."""

    case_id: int
    client_id: UUID
    district_code: str
    track_code: str
    description: str
    place_text: str
    point: PlanePoint
    position_source: str
    accuracy_m: float | None
    component_code: str | None
    unit_grid_code: str
    responsibility_code: str | None
    zone_code: str | None
    pulled_m: float
    frame_version: int
    source: str
    proposed_department_code: str | None
    contact_name: str | None
    contact_phone: str | None
    is_synthetic: bool
    is_drill: bool = False
    parent_no: str | None = None


@dataclass(frozen=True, slots=True)
class NewJoined:
    """Somebody who says "me too" of a case."""

    case_id: int
    fact_seq: int
    client_id: UUID
    at: datetime
    source: str
    person_id: int | None
    contact_name: str
    contact_phone: str
    text: str
    track_code: str


@dataclass(frozen=True, slots=True)
class PhotoFound:
    """A photo of a fact with its point in the plane system, where that is known."""

    role: str
    photo: StoredPhoto
    point: PlanePoint | None


@dataclass(frozen=True, slots=True)
class SettledCase:
    """A new case with its first decision and the hash of its first fact."""

    new: NewCase
    decision: Decision
    last_hash: bytes


_AS_GIVEN = (
    "district_code", "track_code", "description", "place_text", "position_source", "accuracy_m",
    "component_code", "unit_grid_code", "responsibility_code", "zone_code", "pulled_m", "frame_version",
    "source", "proposed_department_code", "contact_name", "contact_phone", "is_synthetic",
    "is_drill", "parent_no",
)  # fmt: skip

_NEXT_ID = text("""
    SELECT nextval('cases.case_id') AS case_id,
           (SELECT c.id FROM cases."case" c WHERE c.client_id = :client_id) AS known_id
""")

_ADD_PHOTOS = text("""
    INSERT INTO cases.photo (case_id, fact_seq, role, sha256, width_px, height_px, size_bytes, taken_at, geom,
        shot, distance_m, direction_deg, is_direction_magnetic)
    SELECT :case_id, :seq, p.role, p.sha256, p.width_px, p.height_px, p.size_bytes, p.taken_at,
        ST_SetSRID(ST_MakePoint(p.easting_m, p.northing_m), :srid),
        p.shot, p.distance_m, p.direction_deg, p.is_direction_magnetic
    FROM jsonb_to_recordset(:photos) AS p(role text, sha256 text, width_px int, height_px int,
        size_bytes int, taken_at timestamptz, easting_m float8, northing_m float8,
        shot text, distance_m float8, direction_deg float8, is_direction_magnetic boolean)
""")

_TAKE_IDS = text("SELECT nextval('cases.case_id') FROM generate_series(1, :many)")

_KNOWN_IDS = text('SELECT client_id FROM cases."case" WHERE client_id = ANY(:client_ids)')

_ADD_FACTS = text("""
    INSERT INTO cases.fact (case_id, seq, at, by_person_id, by_name, by_role, by_organisation_code,
        transition_no, action, from_stage, to_stage, reason, body, prev_hash, hash)
    SELECT f.case_id, f.seq, f.at, f.by_person_id, f.by_name, f.by_role, f.by_organisation_code,
        f.transition_no, f.action, f.from_stage, f.to_stage, f.reason, f.body,
        decode(f.prev_hash, 'hex'), decode(f.hash, 'hex')
    FROM jsonb_to_recordset(:facts) AS f(case_id bigint, seq int, at timestamptz, by_person_id bigint,
        by_name text, by_role text, by_organisation_code text, transition_no int, action text,
        from_stage text, to_stage text, reason text, body jsonb, prev_hash text, hash text)
""")

# The counters' rows stay locked from here to the commit: this must be the last statement before it. They are
# bumped in the order of districts, so that two transactions never wait for each other.
_ADD_CASES = text("""
    WITH added AS (
        SELECT * FROM jsonb_to_recordset(:cases) AS c(place int, id bigint, client_id uuid,
            district_code text, stage text, kind text, type_code text, component_code text,
            description text, easting_m float8, northing_m float8, place_text text, position_source text,
            accuracy_m float8, unit_grid_code text, responsibility_code text, zone_code text,
            pulled_m float8, frame_version bigint, source text, reporter_id bigint,
            proposed_department_code text, contact_name text, contact_phone text, track_code text,
            reported_at timestamptz, stage_since timestamptz, stage_due_at timestamptz,
            stage_at_risk_at timestamptz, clocks jsonb, is_handled_at_once boolean, last_hash text,
            is_synthetic boolean, is_drill boolean, criterion_code text, filed_at timestamptz, parent_no text)
    ), counted AS (
        SELECT district_code, count(*)::int AS many FROM added GROUP BY district_code
    ), numbered AS (
        INSERT INTO cases.case_counter AS counter (district_code, "on", last)
        SELECT district_code, :numbered_on, many FROM counted ORDER BY district_code
        ON CONFLICT (district_code, "on") DO UPDATE SET last = counter.last + EXCLUDED.last
        RETURNING district_code, "on", last
    )
    INSERT INTO cases."case" (id, case_no, client_id, revision, stage, kind, type_code, component_code,
        description, geom, place_text, position_source, accuracy_m, unit_grid_code, responsibility_code,
        zone_code, pulled_m, frame_version, source, reporter_id, proposed_department_code, contact_name,
        contact_phone, track_code, reported_at, stage_since, stage_due_at, stage_at_risk_at, clocks,
        is_handled_at_once, last_hash, is_synthetic, is_drill, criterion_code, filed_at, parent_no)
    SELECT a.id,
        a.district_code || to_char(n."on", 'YYYYMMDD') || lpad((n.last - c.many
            + row_number() OVER (PARTITION BY a.district_code ORDER BY a.place))::text, 6, '0'),
        a.client_id, 1, a.stage, a.kind, a.type_code, a.component_code, a.description,
        ST_SetSRID(ST_MakePoint(a.easting_m, a.northing_m), :srid), a.place_text, a.position_source,
        a.accuracy_m, a.unit_grid_code, a.responsibility_code, a.zone_code, a.pulled_m, a.frame_version,
        a.source, a.reporter_id, a.proposed_department_code, a.contact_name, a.contact_phone, a.track_code,
        a.reported_at, a.stage_since, a.stage_due_at, a.stage_at_risk_at, a.clocks, a.is_handled_at_once,
        decode(a.last_hash, 'hex'), a.is_synthetic, a.is_drill, a.criterion_code, a.filed_at, a.parent_no
    FROM added a JOIN counted c USING (district_code) JOIN numbered n USING (district_code)
    RETURNING id, case_no
""")


_STATE = (
    "stage", "criterion_code", "inspector_id", "department_code", "crew_id", "rework_count", "filed_at",
    "dispatched_at", "finished_at", "closed_at", "stage_since", "is_overdue_handled", "is_verified_true",
    "is_recheck_passed", "helping_codes", "asked_from", "is_ask_endorsed", "extension_count",
    "suspension_count", "suspended_until", "is_supervised", "urge_count", "has_open_urge", "answer_due_at",
    "is_void_asked", "appeal", "is_lateness_exempt", "kind", "type_code", "is_handled_at_once",
    "merged_into", "join_count", "reopen_count", "made_safe_at",
)  # fmt: skip
"""Fields of a case's state that are columns of the same name, and that steps change."""
_OF_THE_STEP = (
    "revision", "limit_value", "limit_unit", "stage_due_at", "stage_at_risk_at", "clocks", "last_hash",
)  # fmt: skip
_OF_THE_ROW = (
    "case_no", "revision", "last_hash", "description", "place_text", "source", "component_code", "parent_no",
    "is_synthetic", "is_drill", "unit_grid_code", "proposed_department_code",
)  # fmt: skip
# Another deadline has alarms of its own; that one run of a clock rings once is kept by `cases.alarm`.
_MOVE_CASE = text(
    f'UPDATE cases."case" SET {", ".join(f"{name} = :{name}" for name in (*_STATE, *_OF_THE_STEP))},'  # noqa: S608 - names of our own
    " alarm = CASE WHEN stage_due_at IS DISTINCT FROM :stage_due_at THEN 0 ELSE alarm END WHERE id = :case_id"
)

_ASSIGNEE = text("""
    SELECT id, name, roles, organisation_code FROM accounts.person WHERE id = :person_id AND is_active
""")

_ORGANISATIONS = text("SELECT code, name FROM grid.organisation WHERE code = ANY(:codes)")


_TELL_LIGHTS = text(
    "SELECT pg_notify('case_light', case_no) FROM unnest(CAST(:case_nos AS text[])) AS case_no"
)


def tell_lights(session: Session, case_nos: Sequence[str]) -> None:
    """Tell live viewers, at commit, of cases whose light has changed; none is no statement."""
    if case_nos:
        session.execute(_TELL_LIGHTS, {"case_nos": list(case_nos)})


def take_case_id(session: Session, client_id: UUID, *, is_drill: bool = False) -> tuple[int, int | None]:
    """A fresh case id, and the id of the case that this client id has made already, if any.

    A drill's is below zero: whatever names a case by its id knows by that whether it is one.
    """
    row = session.execute(_NEXT_ID, {"client_id": client_id}).one()
    return -row.case_id if is_drill else row.case_id, row.known_id


def find_client_ids(session: Session, client_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the client ids that have made a case already."""
    return set(session.execute(_KNOWN_IDS, {"client_ids": list(client_ids)}).scalars())


def take_case_ids(session: Session, many: int) -> list[int]:
    """So many fresh case ids."""
    return list(session.execute(_TAKE_IDS, {"many": many}).scalars())


def add_facts(session: Session, entries: Sequence[Entry]) -> None:
    """Append sealed facts to the chains of their cases, all in one statement."""
    rows = [
        {
            **entry.content,
            "at": moment_text(cast(datetime, entry.content["at"])),
            "prev_hash": entry.prev_hash.hex(),
            "hash": entry.hash.hex(),
        }
        for entry in entries
    ]
    session.execute(_ADD_FACTS, {"facts": Jsonb(rows)})


def add_photos(session: Session, photos: Sequence[PhotoFound], *, case_id: int, seq: int, srid: int) -> None:
    """Append the photos of a fact, all in one statement; none is no statement."""
    if photos:
        session.execute(
            _ADD_PHOTOS,
            {"case_id": case_id, "seq": seq, "srid": srid, "photos": Jsonb([_photo(p) for p in photos])},
        )


def _photo(found: PhotoFound) -> dict[str, Any]:
    photo, point = found.photo, found.point
    return {
        "role": found.role,
        "sha256": photo.sha256,
        "width_px": photo.width_px,
        "height_px": photo.height_px,
        "size_bytes": photo.size_bytes,
        "taken_at": photo.taken_at and photo.taken_at.isoformat(),
        "easting_m": point and point.easting_m,
        "northing_m": point and point.northing_m,
        "shot": photo.shot,
        "distance_m": photo.distance_m,
        "direction_deg": photo.direction and photo.direction.deg,
        "is_direction_magnetic": photo.direction and photo.direction.is_magnetic,
    }


def add_cases(session: Session, settled: Sequence[SettledCase], *, on: date, srid: int) -> dict[int, str]:
    """Insert new cases, each district's numbers of the day `on` in their order; answers numbers by case id.

    Nothing may come after it in the transaction.
    """
    rows = [_case_columns(place, one) for place, one in enumerate(settled)]
    added = session.execute(_ADD_CASES, {"cases": Jsonb(rows), "numbered_on": on, "srid": srid})
    return {row.id: row.case_no for row in added}


def _case_columns(place: int, settled: SettledCase) -> dict[str, Any]:
    new, state, running = settled.new, settled.decision.state, settled.decision.state.stage_running
    return {
        "place": place,
        "id": new.case_id,
        "client_id": str(new.client_id),
        "easting_m": new.point.easting_m,
        "northing_m": new.point.northing_m,
        **{name: getattr(new, name) for name in _AS_GIVEN},
        "stage": state.stage,
        "kind": state.kind,
        "type_code": state.type_code,
        "reporter_id": state.reporter_id,
        "reported_at": moment_text(state.reported_at),
        "stage_since": moment_text(state.stage_since),
        "stage_due_at": running and running.due_at and moment_text(running.due_at),
        "stage_at_risk_at": running and running.at_risk_at and moment_text(running.at_risk_at),
        "clocks": clocks_as_data(state.clocks),
        "is_handled_at_once": state.is_handled_at_once,
        "criterion_code": state.criterion_code,
        "filed_at": state.filed_at and moment_text(state.filed_at),
        "last_hash": settled.last_hash.hex(),
    }


def lock(session: Session, case_no: str) -> Locked:
    """The case, held against other writers until the transaction ends; raises CaseNotFound."""
    return lock_all(session, (case_no,))[0]


def lock_all(session: Session, case_nos: Sequence[str]) -> list[Locked]:
    """Cases, held in the order of their ids so that nobody waits in a circle; raises CaseNotFound for one
    that is not there."""
    found = session.execute(
        select(
            CaseRowOf,
            EveryCase.geom.ST_X().label("easting_m"),
            EveryCase.geom.ST_Y().label("northing_m"),
        )
        .where(EveryCase.case_no.in_([plain(case_no) for case_no in case_nos]))
        .order_by(EveryCase.id)
        .with_for_update()
    )
    held = {row["case_no"]: _locked(row) for row in found.mappings()}
    for case_no in case_nos:
        if plain(case_no) not in held:
            raise CaseNotFound(f"没有案卷号为“{case_no[:40]}”的案件，请核对。")
    return [held[plain(case_no)] for case_no in case_nos]


def _locked(row: RowMapping) -> Locked:
    return Locked(
        case_id=row["id"],
        point=PlanePoint(row["easting_m"], row["northing_m"]),
        state=state_of(row),
        **{name: row[name] for name in _OF_THE_ROW},
    )


def find_merged_into(session: Session, case_no: str) -> str | None:
    """The number of the case into which this one was merged, if any."""
    query = select(EveryCase.merged_into).where(EveryCase.case_no == plain(case_no))
    return session.execute(query).scalar_one_or_none()


def count_open_parts(session: Session, case_no: str) -> int:
    """How many parts of a case are not over."""
    query = select(func.count()).where(EveryCase.parent_no == case_no, EveryCase.closed_at.is_(None))
    return session.execute(query).scalar_one()


def add_joined(session: Session, joined: NewJoined) -> None:
    """Note somebody who said "me too"."""
    session.execute(insert(JoinedRow).values({name: getattr(joined, name) for name in NewJoined.__slots__}))


def add_words(session: Session, case_id: int, fact_seq: int, words: str) -> None:
    """Keep what was written word for word, beside a fact that has no telephone numbers in it."""
    session.execute(insert(WordsOfFactRow).values(case_id=case_id, fact_seq=fact_seq, text=words))


def find_joined(session: Session, client_id: UUID) -> tuple[str, str] | None:
    """Number of the case and track code of a "me too" that was sent before, if it was."""
    query = (
        select(EveryCase.case_no, JoinedRow.track_code)
        .join(JoinedRow, JoinedRow.case_id == EveryCase.id)
        .where(JoinedRow.client_id == client_id)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else (row.case_no, row.track_code)


def correct_case(
    session: Session, case_id: int, columns: Mapping[str, Any], point: PlanePoint | None
) -> None:
    """Set columns of what a report says and where; `point` is a new place, plane metres on the grain."""
    values: dict[Any, Any] = {name: value for name, value in columns.items() if name != "place"}
    if point is not None:
        srid = func.ST_SRID(EveryCase.geom)
        values["geom"] = func.ST_SetSRID(func.ST_MakePoint(point.easting_m, point.northing_m), srid)
    session.execute(update(EveryCase).where(EveryCase.id == case_id).values(values))


def state_of(row: RowMapping) -> CaseState:
    """What rules look at, from the columns of a case."""
    has_limit = row["limit_value"] is not None
    return CaseState(
        reported_at=row["reported_at"],
        clocks=clocks_from_data(row["clocks"]),
        reporter_id=row["reporter_id"],
        limit=Limit(row["limit_value"], row["limit_unit"]) if has_limit else None,
        **{name: row[name] for name in _STATE if name != "helping_codes"},
        helping_codes=tuple(row["helping_codes"]),
    )


def move_case(session: Session, held: Locked, decision: Decision, last_hash: bytes) -> None:
    """Write the state of a decision to the row that this transaction holds."""
    state, running = decision.state, decision.state.stage_running
    session.execute(
        _MOVE_CASE,
        {
            **{name: getattr(state, name) for name in _STATE},
            "helping_codes": list(state.helping_codes),
            "case_id": held.case_id,
            "revision": held.revision + 1,
            "limit_value": state.limit and state.limit.value,
            "limit_unit": state.limit and state.limit.unit,
            "last_hash": last_hash,
            "clocks": Jsonb(clocks_as_data(state.clocks)),
            "stage_due_at": running and running.due_at,
            "stage_at_risk_at": running and running.at_risk_at,
        },
    )


def note_fact(session: Session, held: Locked, last_hash: bytes) -> None:
    """Count a fact that leaves the case where it is; the row is held by this transaction."""
    values = {"revision": held.revision + 1, "last_hash": last_hash}
    session.execute(update(EveryCase).where(EveryCase.id == held.case_id).values(**values))


def find_assignee(session: Session, person_id: int) -> Assignee | None:
    """The active person who is to get a task, with the posts held; None when there is none."""
    row = session.execute(_ASSIGNEE, {"person_id": person_id}).one_or_none()
    return None if row is None else Assignee(row.id, row.name, tuple(row.roles), row.organisation_code)


def find_organisation_names(session: Session, codes: Sequence[str]) -> dict[str, str]:
    """Names of the organisations that exist among `codes`."""
    return {row.code: row.name for row in session.execute(_ORGANISATIONS, {"codes": list(codes)})}
