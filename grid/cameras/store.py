"""Locked writes of the register of cameras: a camera with its next fact, tours with their stops."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from gis_core.errors import Conflict, NotFound
from gis_core.places import PlanePoint
from grid.cameras.facts import ADDED, values_of
from grid.cameras.tables import CameraFactRow, CameraRow, CameraTourRow, CameraTourStopRow
from grid.register.facts import next_fact
from grid.rules.cameras import Camera, Protocol
from grid.rules.register import Asking
from grid.rules.tours import Tour
from grid.tables import OrganisationRow


class NoSuchCamera(NotFound):
    """The register has no camera of that code."""

    code = "no_such_camera"


class NoSuchTour(NotFound):
    """There is no tour of that number."""

    code = "no_such_tour"


class TourNameTaken(Conflict):
    """Another tour has the name."""

    code = "tour_name_taken"


@dataclass(frozen=True, slots=True)
class LockedCamera:
    """A camera held by this transaction."""

    id: int
    revision: int
    last_hash: bytes | None
    valid_to: date | None
    camera: Camera


def no_such_camera(code: str) -> NoSuchCamera:
    """What somebody is told who asks for a camera that is not there."""
    return NoSuchCamera(f"登记册中没有编号为 {code[:32]} 的摄像机。请从列表重新打开。")


def camera_of(row: CameraRow, easting_m: float, northing_m: float) -> Camera:
    """The camera of a row whose place was read in plane metres."""
    return Camera(
        code=row.code,
        name=row.name,
        place=PlanePoint(easting_m, northing_m),
        direction_deg=row.direction_deg,
        field_deg=row.field_deg,
        range_m=row.range_m,
        protocol=cast(Protocol, row.protocol),
        address=row.address,
        hls_address=row.hls_address or "",
        owner_code=row.owner_code,
        source=row.source,
        valid_from=row.valid_from,
        is_synthetic=row.is_synthetic,
    )


def find_locked(session: Session, code: str) -> LockedCamera | None:
    """Hold a camera until the transaction ends; None when there is none of that code."""
    place = func.ST_X(CameraRow.geom), func.ST_Y(CameraRow.geom)
    query = select(CameraRow, *place).where(CameraRow.code == code.replace("\x00", ""))
    found = session.execute(query.with_for_update()).one_or_none()
    if found is None:
        return None
    row, easting_m, northing_m = found
    last_hash = None if row.last_hash is None else bytes(row.last_hash)
    camera = camera_of(row, easting_m, northing_m)
    return LockedCamera(row.id, row.revision, last_hash, row.valid_to, camera)


def lock(session: Session, code: str) -> LockedCamera:
    """Hold a camera until the transaction ends.

    :raises NoSuchCamera: when there is none of that code.
    """
    held = find_locked(session, code)
    if held is None:
        raise no_such_camera(code)
    return held


def add(session: Session, camera: Camera, *, asking: Asking, reason: str, srid: int) -> int:
    """Write a camera and its first fact; its number."""
    fact = next_fact(asking, ADDED, {"after": values_of(camera)}, reason=reason)
    row = insert(CameraRow).values(_columns(camera, srid) | {"code": camera.code} | fact.left_behind)
    camera_id = int(session.execute(row.returning(CameraRow.id)).scalar_one())
    session.execute(insert(CameraFactRow).values(fact.columns(camera_id=camera_id)))
    return camera_id


def change(
    session: Session,
    held: LockedCamera,
    camera: Camera,
    *,
    valid_to: date | None,
    action: str,
    body: Mapping[str, Any],
    asking: Asking,
    reason: str,
    srid: int,
) -> None:
    """Write what a camera is now, and the fact that says so."""
    fact = next_fact(asking, action, body, reason=reason, revision=held.revision, last_hash=held.last_hash)
    session.execute(insert(CameraFactRow).values(fact.columns(camera_id=held.id)))
    values = _columns(camera, srid) | {"valid_to": valid_to} | fact.left_behind
    session.execute(update(CameraRow).where(CameraRow.id == held.id).values(values))


def has_owner(session: Session, code: str) -> bool:
    """Whether the city knows an organisation."""
    known = select(OrganisationRow.code).where(OrganisationRow.code == code.replace("\x00", ""))
    return session.execute(known).first() is not None


def write_tour(session: Session, tour: Tour, *, tour_id: int | None, by_name: str, at: datetime) -> int:
    """Write a tour, in place of the one numbered `tour_id`; its number.

    :raises NoSuchCamera: when a camera of it is not in the register.
    :raises NoSuchTour: when there is none of that number.
    :raises TourNameTaken: when another tour has the name.
    """
    numbers = _numbers(session, tour)
    number = _add_tour(session, tour.name, by_name, at) if tour_id is None else tour_id
    if tour_id is not None:
        _rename_tour(session, tour_id, tour.name, by_name, at)
    session.execute(delete(CameraTourStopRow).where(CameraTourStopRow.tour_id == number))
    rows = [
        {"tour_id": number, "n": n, "camera_id": numbers[stop.camera_code], "seconds": stop.seconds}
        for n, stop in enumerate(tour.stops, start=1)
    ]
    session.execute(insert(CameraTourStopRow), rows)
    return number


def remove_tour(session: Session, tour_id: int) -> None:
    """Remove a tour.

    :raises NoSuchTour: when there is none of that number.
    """
    gone = delete(CameraTourRow).where(CameraTourRow.id == tour_id).returning(CameraTourRow.id)
    if session.execute(gone).first() is None:
        raise no_such_tour()


def no_such_tour() -> NoSuchTour:
    """What somebody is told who asks for a tour that is not there."""
    return NoSuchTour("没有这条巡查路线，可能已被删除。请从列表重新打开。")


def _add_tour(session: Session, name: str, by_name: str, at: datetime) -> int:
    row = upsert(CameraTourRow).values(name=name, by_name=by_name, at=at)
    number = session.execute(row.on_conflict_do_nothing().returning(CameraTourRow.id)).scalar_one_or_none()
    if number is None:
        raise _name_taken(name)
    return int(number)


def _rename_tour(session: Session, tour_id: int, name: str, by_name: str, at: datetime) -> None:
    session.execute(select(CameraTourRow.id).order_by(CameraTourRow.id).with_for_update())
    others = select(CameraTourRow.id).where(CameraTourRow.name == name, CameraTourRow.id != tour_id)
    if session.execute(others).first() is not None:
        raise _name_taken(name)
    renamed = update(CameraTourRow).where(CameraTourRow.id == tour_id)
    changed = renamed.values(name=name, by_name=by_name, at=at).returning(CameraTourRow.id)
    if session.execute(changed).first() is None:
        raise no_such_tour()


def _name_taken(name: str) -> TourNameTaken:
    return TourNameTaken(f"已有名为“{name}”的巡查路线，请换一个名称。")


def _numbers(session: Session, tour: Tour) -> dict[str, int]:
    codes = {stop.camera_code for stop in tour.stops}
    found = session.execute(select(CameraRow.code, CameraRow.id).where(CameraRow.code.in_(codes))).all()
    numbers = {code: number for code, number in found}  # noqa: C416  # rows are no tuples to mypy
    missing = sorted(codes - numbers.keys())
    if missing:
        raise no_such_camera(missing[0])
    return numbers


def _columns(camera: Camera, srid: int) -> dict[str, Any]:
    point = f"SRID={srid};POINT({camera.place.easting_m!r} {camera.place.northing_m!r})"
    values = values_of(camera)
    del values["place"]
    return values | {
        "geom": point,
        "hls_address": camera.hls_address or None,
        "valid_from": camera.valid_from,
    }
