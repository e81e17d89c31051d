"""What is done to the register of cameras, each in one transaction: add, change, end, restore, bring in."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from math import hypot
from typing import Any

from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import BadInput, Conflict, Refused
from gis_core.places import PlanePoint, to_grain
from grid.cameras import store
from grid.cameras.facts import CHANGED, ENDED, KEYED, RESTORED, differing, values_of
from grid.rules.cameras import BadCamera, Camera, checked_camera
from grid.rules.register import Asking
from grid.rules.tours import Tour

LONGEST_REASON = 500
SAME_PLACE_M = 0.02


class CameraReasonMissing(BadInput):
    """A change of the register of cameras says why."""

    code = "camera_reason_missing"


class UnchangedCamera(BadInput):
    """A change of a camera that changes nothing."""

    code = "unchanged_camera"


class CameraCodeTaken(Conflict):
    """The register has a camera of that code, or had one."""

    code = "camera_code_taken"


class StaleCamera(Conflict):
    """The camera has changed since the person looked at it."""

    code = "stale_camera"


class CameraEnded(Refused):
    """The camera is not in force, or is in force already."""

    code = "camera_ended"


@dataclass(frozen=True, slots=True)
class BroughtIn:
    """What a file did to the register."""

    added: int
    changed: int
    same: int


@dataclass(frozen=True, slots=True)
class Cameras:
    """The operations on one city's register of cameras; safe to share between threads."""

    sessions: Sessions
    plane: PlaneSystem

    def add(self, camera: Camera, *, reason: str, asking: Asking) -> None:
        """Register a camera.

        :raises CameraReasonMissing: when no reason is given.
        :raises BadCamera: what `checked_camera` refuses; an owner that the city does not know.
        :raises CameraCodeTaken: when the code was ever given.
        """
        why, tidy = _need_reason(reason), _tidied(camera)
        with self.sessions.begin() as session:
            _need_owner(session, tidy)
            if store.find_locked(session, tidy.code) is not None:
                raise CameraCodeTaken(f"编号 {tidy.code} 已经用过，每个编号只用一次。请换一个。")
            store.add(session, tidy, asking=asking, reason=why, srid=self.plane.srid)

    def change(self, camera: Camera, *, reason: str, seen_revision: int, asking: Asking) -> None:
        """Let the camera of a code be what `camera` says.

        :raises NoSuchCamera: StaleCamera, CameraEnded when it is no longer in force, UnchangedCamera.
        """
        why, tidy = _need_reason(reason), _tidied(camera)
        with self.sessions.begin() as session:
            held = _hold(session, tidy.code, seen_revision)
            if held.valid_to is not None:
                raise CameraEnded("这台摄像机已停用，不能变更。请先恢复。")
            _need_owner(session, tidy)
            self._write(session, held, _settled(tidy, held.camera), why=why, asking=asking)

    def end(
        self, code: str, *, reason: str, seen_revision: int, asking: Asking, on: date | None = None
    ) -> None:
        """Let a camera be out of force from a day on, today by default.

        :raises CameraEnded: when it is already; else as `change`.
        """
        why, day = _need_reason(reason), on or city_time(asking.at).date()
        with self.sessions.begin() as session:
            held = _hold(session, code, seen_revision)
            if held.valid_to is not None:
                raise CameraEnded("这台摄像机已经停用。")
            body = {"valid_to": {"before": None, "after": day.isoformat()}}
            self._note(session, held, ENDED, body, valid_to=day, why=why, asking=asking)

    def restore(self, code: str, *, reason: str, seen_revision: int, asking: Asking) -> None:
        """Let a camera be in force again.

        :raises CameraEnded: when it is; else as `change`.
        """
        why = _need_reason(reason)
        with self.sessions.begin() as session:
            held = _hold(session, code, seen_revision)
            if held.valid_to is None:
                raise CameraEnded("这台摄像机在用，不用恢复。")
            body = {"valid_to": {"before": held.valid_to.isoformat(), "after": None}}
            self._note(session, held, RESTORED, body, valid_to=None, why=why, asking=asking)

    def note_keys(self, code: str, *, has_keys: bool, asking: Asking) -> None:
        """Write down that the credentials of a camera were set or taken away; what they are is not written.

        :raises NoSuchCamera: when the register does not have it.
        """
        why = "设置了凭据。" if has_keys else "清除了凭据。"
        with self.sessions.begin() as session:
            held = store.lock(session, code)
            self._note(session, held, KEYED, {}, valid_to=held.valid_to, why=why, asking=asking)

    def bring_in(self, cameras: Iterable[Camera], *, reason: str, asking: Asking) -> BroughtIn:
        """Add the cameras of a file, and change those that the register has already; all or none.

        :raises CameraReasonMissing: BadCamera, as `add`. One that ended is restored with the change.
        """
        why, counts = _need_reason(reason), {"added": 0, "changed": 0, "same": 0}
        with self.sessions.begin() as session:
            for camera in cameras:
                counts[self._bring_in(session, _tidied(camera), why, asking)] += 1
        return BroughtIn(**counts)

    def keep_tour(self, tour: Tour, *, asking: Asking, tour_id: int | None = None) -> int:
        """Write a tour, new or in place of another; its number.

        :raises NoSuchCamera: NoSuchTour, TourNameTaken.
        """
        with self.sessions.begin() as session:
            return store.write_tour(session, tour, tour_id=tour_id, by_name=asking.name, at=asking.at)

    def remove_tour(self, tour_id: int) -> None:
        """Remove a tour.

        :raises NoSuchTour: when there is none of that number.
        """
        with self.sessions.begin() as session:
            store.remove_tour(session, tour_id)

    def _bring_in(self, session: Session, camera: Camera, why: str, asking: Asking) -> str:
        held = store.find_locked(session, camera.code)
        if held is None:
            _need_owner(session, camera)
            store.add(session, camera, asking=asking, reason=why, srid=self.plane.srid)
            return "added"
        camera = _settled(camera, held.camera)
        if held.valid_to is None and values_of(camera) == values_of(held.camera):
            return "same"
        _need_owner(session, camera)
        self._write(session, held, camera, why=why, asking=asking)
        return "changed"

    def _write(
        self, session: Session, held: store.LockedCamera, camera: Camera, *, why: str, asking: Asking
    ) -> None:
        body = differing(values_of(held.camera), values_of(camera))
        if not body and held.valid_to is None:
            raise UnchangedCamera("没有任何改动，没有写入。")
        if held.valid_to is not None:
            body["valid_to"] = {"before": held.valid_to.isoformat(), "after": None}
        store.change(
            session,
            held,
            camera,
            valid_to=None,
            action=CHANGED,
            body=body,
            asking=asking,
            reason=why,
            srid=self.plane.srid,
        )

    def _note(
        self,
        session: Session,
        held: store.LockedCamera,
        action: str,
        body: dict[str, Any],
        *,
        valid_to: date | None,
        why: str,
        asking: Asking,
    ) -> None:
        store.change(
            session,
            held,
            held.camera,
            valid_to=valid_to,
            action=action,
            body=body,
            asking=asking,
            reason=why,
            srid=self.plane.srid,
        )


def _settled(camera: Camera, before: Camera) -> Camera:
    """The camera where it stood before, when that is its place as forms and files write it: in degrees of
    seven digits."""
    here, there = camera.place, before.place
    moved_m = hypot(here.easting_m - there.easting_m, here.northing_m - there.northing_m)
    return camera if moved_m > SAME_PLACE_M else replace(camera, place=there)


def _hold(session: Session, code: str, seen_revision: int) -> store.LockedCamera:
    held = store.lock(session, code)
    if held.revision != seen_revision:
        raise StaleCamera("这台摄像机在您打开页面之后有了变动，没有写入。请刷新后再试。")
    return held


def _tidied(camera: Camera) -> Camera:
    place = PlanePoint(to_grain(camera.place.easting_m), to_grain(camera.place.northing_m))
    return replace(checked_camera(camera), place=place)


def _need_owner(session: Session, camera: Camera) -> None:
    if not store.has_owner(session, camera.owner_code):
        raise BadCamera("没有这个权属单位，请从列表中选择。", field="owner_code")


def _need_reason(words: str) -> str:
    said = words.strip()
    if not said:
        raise CameraReasonMissing("请写明理由，它会留在履历里。")
    if len(said) > LONGEST_REASON:
        raise CameraReasonMissing(f"理由最多 {LONGEST_REASON} 字，请缩短。")
    return said
