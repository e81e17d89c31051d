"""What is done to the gazetteer, each in one transaction: add, change, end, restore, take back."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Protocol

from sqlalchemy.orm import Session

from gis_core.clock import city_time
from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.errors import BadInput, Conflict, Refused
from gis_core.geocoding.gazetteer import KIND_NAMES
from gis_core.places import PlanePoint
from grid.city import City
from grid.gazetteer import store
from grid.gazetteer.categories import Categories
from grid.gazetteer.facts import (
    ACTION_NAMES,
    ADDED,
    CHANGED,
    ENDED,
    RESTORED,
    differing,
    place_of,
    values_of,
)
from grid.gazetteer.reading import PlaceFact, find_division_at, list_facts, pin_of
from grid.rules.gazetteer import DoubledPlace, OutsideCity, Place, need_sound, tidied
from grid.rules.locating import Locator, OutsideFrame, locate_place
from grid.rules.register import Asking

LONGEST_REASON = 500
BY_HAND = "人工录入"


class UnchangedPlace(BadInput):
    """A change of a place that changes nothing."""

    code = "unchanged_place"


class PlaceReasonMissing(BadInput):
    """A change of the gazetteer says why."""

    code = "place_reason_missing"


class UnknownPlaceCategory(BadInput):
    """The catalogue has no such category."""

    code = "unknown_place_category"


class StalePlace(Conflict):
    """The place has changed since the person looked at it."""

    code = "stale_place"


class PlaceEnded(Refused):
    """The place is not in force, or is in force already."""

    code = "place_ended"


class CannotTakeBack(Refused):
    """The last thing that happened to a place was itself a taking back."""

    code = "cannot_take_back"


class Frame(Protocol):
    """Whoever knows the unit grids in force."""

    @property
    def locator(self) -> Locator:
        """The locator of the newest version."""


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The operations on one city's gazetteer, wired once; safe to share between threads."""

    sessions: Sessions
    plane: PlaneSystem
    frame: Frame
    city: City
    categories: Categories

    def add(self, place: Place, *, reason: str, asking: Asking, source: str = BY_HAND) -> int:
        """Add a place; its number. Its shape is in the plane, its name and number as people write them.

        :raises PlaceReasonMissing: when no reason is given.
        :raises BadInput: what `need_sound` refuses; UnknownPlaceCategory.
        :raises OutsideCity: when it lies outside the city.
        :raises DoubledPlace: when the gazetteer has it within 30 m.
        """
        why, tidy = _need_reason(reason), tidied(place)
        self._need_sound(tidy)
        with self.sessions.begin() as session:
            store.bump(session)
            self._need_single(session, tidy)
            new = store.NewPlace(
                place=tidy,
                division_code=self._division_of(session, tidy),
                source=source,
                weight=self.categories.weight_of(tidy.kind.value, tidy.category),
            )
            return store.add_place(session, new, asking=asking, reason=why, srid=self.plane.srid)

    def change(self, place_id: int, place: Place, *, reason: str, seen_revision: int, asking: Asking) -> None:
        """Let a place be what `place` says; its kind stays.

        :raises NoSuchPlace: when there is none of that number.
        :raises StalePlace: when it has changed since it was looked at.
        :raises PlaceEnded: when it is no longer in force.
        :raises UnchangedPlace: when nothing is different; and what `add` refuses.
        """
        why = _need_reason(reason)
        with self.sessions.begin() as session:
            held = self._hold(session, place_id, seen_revision)
            if held.valid_to is not None:
                raise PlaceEnded("这个地名已停用，不能变更。请先恢复。")
            wanted = tidied(replace(place, kind=held.place.kind))
            self._need_sound(wanted)
            self._write(session, held, wanted, why=why, asking=asking)

    def end(
        self, place_id: int, *, reason: str, seen_revision: int, asking: Asking, on: date | None = None
    ) -> None:
        """End a place from a day on (today when none is said); nothing is deleted.

        :raises PlaceEnded: when it is no longer in force; BadPlaceDates when it began later.
        """
        why = _need_reason(reason)
        with self.sessions.begin() as session:
            held = self._hold(session, place_id, seen_revision)
            if held.valid_to is not None:
                raise PlaceEnded(f"这个地名已于 {held.valid_to} 停用，不用再停用。")
            day = on or city_time(asking.at).date()
            self._turn(session, held, day, action=ENDED, why=why, asking=asking)

    def restore(self, place_id: int, *, reason: str, seen_revision: int, asking: Asking) -> None:
        """Let a place that was ended be in force again.

        :raises PlaceEnded: when it is in force.
        :raises DoubledPlace: when another has taken its place.
        """
        why = _need_reason(reason)
        with self.sessions.begin() as session:
            held = self._hold(session, place_id, seen_revision)
            if held.valid_to is None:
                raise PlaceEnded("这个地名正在使用，不用恢复。")
            self._need_single(session, held.place, but=held.id)
            self._turn(session, held, None, action=RESTORED, why=why, asking=asking)

    def undo(self, place_id: int, *, reason: str, seen_revision: int, asking: Asking) -> None:
        """Take the last fact of a place back, by a new one: what was added ends, the rest is as before.

        :raises CannotTakeBack: when the last fact took one back itself, or there is none.
        :raises DoubledPlace: when another has taken its place.
        """
        with self.sessions.begin() as session:
            held = self._hold(session, place_id, seen_revision)
            facts = list_facts(session, place_id)
            if not facts:
                raise CannotTakeBack("这个地名还没有履历，没有可以撤回的。请直接变更或停用。")
            last = facts[-1]
            if "undoes" in last.body:
                raise CannotTakeBack("上一步已是撤回。要改成别的，请直接变更、停用或恢复。")
            why = reason.strip()[:LONGEST_REASON] or f"撤回上一步（{ACTION_NAMES[last.action]}）。"
            self._undo(session, held, last, why=why, asking=asking)

    def _undo(
        self, session: Session, held: store.LockedPlace, last: PlaceFact, *, why: str, asking: Asking
    ) -> None:
        undoes = {"undoes": last.seq}
        if last.action == CHANGED:
            now = values_of(held.place)
            before = now | {key: one["before"] for key, one in last.body.items() if key in now}
            self._write(session, held, place_of(before), why=why, asking=asking, more=undoes)
            return
        day = city_time(asking.at).date() if last.action in (ADDED, RESTORED) else None
        if day is None:
            self._need_single(session, held.place, but=held.id)
        action = RESTORED if day is None else ENDED
        self._turn(session, held, day, action=action, why=why, asking=asking, more=undoes)

    def _write(
        self,
        session: Session,
        held: store.LockedPlace,
        place: Place,
        *,
        why: str,
        asking: Asking,
        more: dict[str, Any] | None = None,
    ) -> None:
        """Write what differs, with the division that follows from where the place lies now."""
        before, after = values_of(held.place), values_of(place)
        has_moved = before["shape"] != after["shape"]
        division = self._division_of(session, place) if has_moved else held.division_code
        body = differing(before | {"division_code": held.division_code}, after | {"division_code": division})
        if not body:
            raise UnchangedPlace("没有任何变化，什么都没有写入。")
        if has_moved or before["name"] != after["name"]:
            self._need_single(session, place, but=held.id)
        store.change_place(
            session,
            held,
            place,
            division_code=division,
            valid_to=held.valid_to,
            action=CHANGED,
            body=body | (more or {}),
            asking=asking,
            reason=why,
            srid=self.plane.srid,
        )

    def _turn(
        self,
        session: Session,
        held: store.LockedPlace,
        valid_to: date | None,
        *,
        action: str,
        why: str,
        asking: Asking,
        more: dict[str, Any] | None = None,
    ) -> None:
        """End a place, or let it be in force again."""
        before = None if held.valid_to is None else held.valid_to.isoformat()
        after = None if valid_to is None else valid_to.isoformat()
        store.change_place(
            session,
            held,
            held.place,
            division_code=held.division_code,
            valid_to=valid_to,
            action=action,
            body={"valid_to": {"before": before, "after": after}} | (more or {}),
            asking=asking,
            reason=why,
            srid=self.plane.srid,
        )

    def _hold(self, session: Session, place_id: int, seen_revision: int) -> store.LockedPlace:
        store.bump(session)
        held = store.lock_place(session, place_id)
        if held.revision != seen_revision:
            raise StalePlace("地名在您打开页面之后有变动，什么都没有写入。请刷新页面后重试。")
        return held

    def _need_sound(self, place: Place) -> None:
        need_sound(place)
        if place.category and place.category not in self.categories.by_code:
            raise UnknownPlaceCategory(f"没有“{place.category[:24]}”这个类别。请从列表中选择。")

    def _need_single(self, session: Session, place: Place, *, but: int = 0) -> None:
        other = store.find_double(session, place, srid=self.plane.srid, but=but)
        if other is not None:
            raise DoubledPlace(
                f"30 米内已有同名的{KIND_NAMES[place.kind]}“{place.name}”（编号 {other}）。"
                "请改那一条，或换一个名称。",
                place_id=other,
            )

    def _division_of(self, session: Session, place: Place) -> str:
        """The finest division that the place's pin lies in, by the live frame; by outlines where no grid is.

        :raises OutsideCity: when it lies in none, with what its position probably was meant to be.
        """
        point = pin_of(place.shape)
        try:
            return self.frame.locator.locate(point).community_code
        except OutsideFrame:
            found = find_division_at(session, point, self.city.districts)
        return found or self._refuse_outside(point)

    def _refuse_outside(self, point: PlanePoint) -> str:
        try:
            return locate_place(self.frame.locator, self.plane, self.plane.to_lonlat(point)).community_code
        except OutsideFrame as refusal:
            raise OutsideCity(refusal.message, **refusal.facts) from refusal


def _need_reason(reason: str) -> str:
    why = reason.strip()
    if not why:
        raise PlaceReasonMissing("请写明理由，它会留在地名的履历里。")
    return why[:LONGEST_REASON]
