"""What a step shows of the street, judged by the city's rules: refused, or kept with its numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cases.rules.angles import AngleRule, Direction, OtherAngle, between_deg
from cases.rules.evidence import StoredPhoto
from cases.rules.field_rules import FieldAsk, FieldRules
from cases.rules.findings import (
    AFTER_SHOTS_MISSING,
    AFTER_SHOTS_THERE,
    ANGLE,
    ANGLE_OFF,
    ANGLE_UNKNOWN,
    SHOTS_MISSING,
    SHOTS_THERE,
    say,
)
from cases.rules.on_site import OwnPosition, need_on_site, stand
from cases.rules.shots import SHOT_NAMES, missing_shots, need_shots, shot_words

Photos = tuple[StoredPhoto, ...]
AFTER_STEPS = ("finish", "make_safe", "reply_recheck", "self_handle")
"""Steps whose pictures show a result, to be compared with those of the problem."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was judged: in words, whether it is as asked, and the numbers."""

    name: str
    words: str
    is_fine: bool
    numbers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Proof:
    """Photos with their angles, and what was found.

    One's own position is kept as a distance and an accuracy alone: facts cannot be changed, and where
    somebody stood is not to be known for ever.
    """

    photos: Photos
    findings: tuple[Finding, ...] = ()
    version: str = ""

    @property
    def body(self) -> dict[str, Any]:
        """What the fact keeps; nothing where nothing was judged."""
        if not self.findings:
            return {}
        found: dict[str, Any] = {
            "rules": self.version,
            "told": [one.words for one in self.findings if one.is_fine],
            "warned": [one.words for one in self.findings if not one.is_fine],
        }
        return {"evidence": found | {one.name: dict(one.numbers) for one in reversed(self.findings)}}


@dataclass(frozen=True, slots=True)
class Shown:
    """What comes with a step: its name and label, pictures, where who takes it stands, earlier pictures."""

    step: str
    label: str
    photos: Photos
    position: OwnPosition | None = None
    earlier: Photos = field(default=())


def prove(shown: Shown, asked: FieldAsk, rules: FieldRules) -> Proof:
    """Judge what comes with a step.

    :raises ShotMissing: NotOnSite, NoOwnPosition, OtherAngle, each as the city's rules say.
    """
    judged = [_near_and_far(shown, asked), _on_site(shown, asked)]
    photos = shown.photos
    if rules.angle is not None and shown.step in AFTER_STEPS and shown.earlier and photos:
        photos = with_angles(photos, shown.earlier, rules.angle.declination_deg)
        judged.append(_same_angle(photos, rules.angle, shown.label))
    return Proof(photos, tuple(one for one in judged if one is not None), rules.version)


def _near_and_far(shown: Shown, asked: FieldAsk) -> Finding | None:
    if asked.shots == "none" or not shown.photos:
        return None
    missing = missing_shots(photo.shot for photo in shown.photos)
    if asked.shots == "need":
        need_shots(missing, shown.label)
    is_after = shown.step in AFTER_STEPS
    there, lacking = (AFTER_SHOTS_THERE, AFTER_SHOTS_MISSING) if is_after else (SHOTS_THERE, SHOTS_MISSING)
    words = say(lacking, shots=shot_words(missing)) if missing else there
    return Finding("shots", words, not missing, {"asked": asked.shots, "missing": list(missing)})


def _on_site(shown: Shown, asked: FieldAsk) -> Finding | None:
    if asked.fence is None:
        return None
    standing = stand(shown.position, asked.fence, asked.most_accuracy_m)
    need_on_site(standing, asked.fence, shown.label)
    numbers = {
        "verdict": standing.verdict,
        "within_m": standing.within_m,
        "distance_m": _tenths(standing.distance_m),
        "accuracy_m": _tenths(standing.accuracy_m),
    }
    return Finding("position", standing.words, standing.verdict == "on_site", numbers)


def with_angles(photos: Photos, earlier: Photos, declination_deg: float) -> Photos:
    """The pictures, each with the angle to the earlier one that looks most alike, where both say theirs.

    A near picture is compared with near ones, a far one with far ones; one without a name with any.
    """
    return tuple(replace(photo, off_deg=_off_deg(photo, earlier, declination_deg)) for photo in photos)


def _off_deg(photo: StoredPhoto, earlier: Photos, declination_deg: float) -> float | None:
    if photo.direction is None:
        return None
    alike = (one.direction for one in earlier if photo.shot is None or one.shot in (None, photo.shot))
    return min(_angles(photo.direction, alike, declination_deg), default=None)


def _angles(
    direction: Direction, others: Iterable[Direction | None], declination_deg: float
) -> Iterable[float]:
    return (between_deg(direction, other, declination_deg) for other in others if other is not None)


def _same_angle(photos: Photos, rule: AngleRule, label: str) -> Finding:
    """The best picture counts: others may show more than was asked."""
    best_deg = min((photo.off_deg for photo in photos if photo.off_deg is not None), default=None)
    numbers = {"off_deg": _tenths(best_deg), "within_deg": rule.within_deg}
    if best_deg is None:
        return Finding("angle", ANGLE_UNKNOWN, True, numbers)
    values = {"n": best_deg, "within": rule.within_deg}
    is_off = best_deg > rule.within_deg
    if is_off and rule.if_off == "refuse":
        raise OtherAngle(
            f"{label}的照片{say(ANGLE, **values)}，看不出前后变化；请从处置前的同一角度重新拍摄。",
            off_deg=best_deg,
        )
    return Finding("angle", say(ANGLE_OFF if is_off else ANGLE, **values), not is_off, numbers)


def joint_body(first: Proof, second: Proof) -> dict[str, Any]:
    """What the fact keeps of two proofs of one step; of two findings of one kind the numbers of the first."""
    return Proof((), first.findings + second.findings, first.version or second.version).body


def photo_body(role: str, photo: StoredPhoto) -> dict[str, Any]:
    """A picture as the fact keeps it: its name, and the numbers that are known of it."""
    direction = photo.direction
    known = {
        "shot": photo.shot if photo.shot in SHOT_NAMES else None,
        "distance_m": _tenths(photo.distance_m),
        "direction_deg": None if direction is None else _tenths(direction.deg),
        "is_direction_magnetic": None if direction is None else direction.is_magnetic,
        "off_deg": _tenths(photo.off_deg),
    }
    told = {name: value for name, value in known.items() if value is not None}
    return {"role": role, "sha256": photo.sha256} | told


def _tenths(number: float | None) -> float | None:
    return None if number is None else round(number, 1)
