"""What must be shown before a case moves: words, pictures, names; checked as the table lists it."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import phonenumbers

from cases.rules.angles import Direction
from cases.rules.shots import Shot
from cases.rules.stages import EVIDENCE_NAMES, Evidence, Transition
from gis_core.errors import BadInput, Refused
from gis_core.places import LonLat

MOST_PHOTOS = 5
MOST_TEXT = 2_000
MOST_DESCRIPTION = 5_000
"""The 4,000 characters that GeoReport v2 lets a reporter write, and what is noted below them."""
MOST_PLACE_TEXT = 200
MOST_NAME = 80
MOST_PHONE = 40
PHONE_REGION = "CN"
FEWEST_PHONE_DIGITS = 7
A_DAY = re.compile(r"20\d\d[-/.]\d{1,2}[-/.]\d{1,2}")


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """A picture in the photo store: sizes in pixels and bytes; time and place as the camera wrote them.

    `shot` is what whoever added it says it is. `distance_m` is how far from the case it was taken, `off_deg`
    the angle to the picture of the problem that looks most alike, once they are known.
    """

    sha256: str
    width_px: int
    height_px: int
    size_bytes: int
    taken_at: datetime | None = None
    place: LonLat | None = None
    distance_m: float | None = None
    direction: Direction | None = None
    shot: Shot | None = None
    off_deg: float | None = None


class EvidenceMissing(Refused):
    """The transition asks for something that was not given; `facts["missing"]` names it."""

    code = "evidence_missing"


class NoPhoto(EvidenceMissing):
    """A picture is asked for and none came."""

    code = "no_photo"


class NoReason(EvidenceMissing):
    """A reason is asked for and none was given."""

    code = "no_reason"


class PhotoElsewhere(Refused):
    """The picture was taken too far from the place of the case."""

    code = "photo_elsewhere"


class TooManyPhotos(BadInput):
    """More pictures than one report carries."""

    code = "too_many_photos"


class TextTooLong(BadInput):
    """A text beyond its room."""

    code = "text_too_long"


class BadText(BadInput):
    """A text with characters that no keyboard writes."""

    code = "bad_text"


class BadPhone(BadInput):
    """A telephone number that cannot be one."""

    code = "bad_phone"


_ATTRIBUTES: dict[Evidence, str] = {
    "text": "text",
    "reason": "reason",
    "result": "result",
    "inspector": "inspector_id",
    "criterion": "criterion_code",
    "department": "department_code",
    "photo": "photos",
    "photo_before": "photos",
    "photo_after": "photos",
    "until": "until",
    "answer_date": "answer_date",
}
_PROBLEMS: dict[Evidence, Callable[[str], EvidenceMissing]] = {
    "reason": lambda label: NoReason(f"{label}须填写理由。", missing="reason"),
    "photo": lambda label: NoPhoto(f"{label}须上传现场照片。", missing="photo"),
    "photo_before": lambda label: NoPhoto(f"{label}须上传现场照片。", missing="photo_before"),
    "photo_after": lambda label: NoPhoto("请上传处置后的现场照片。", missing="photo_after"),
}


def need_evidence(edge: Transition, command: object) -> None:
    """Refuse a command that lacks what its row of the table asks for.

    Type, place, caller and limit are checked where they are looked up.
    """
    for evidence in edge.evidence:
        name = _ATTRIBUTES.get(evidence)
        if name is not None and getattr(command, name) in (None, "", ()):
            raise _problem(edge, evidence)


def _problem(edge: Transition, evidence: Evidence) -> EvidenceMissing:
    make = _PROBLEMS.get(evidence)
    if make is not None:
        return make(edge.label)
    return EvidenceMissing(f"{edge.label}须填写{EVIDENCE_NAMES[evidence]}。", missing=evidence)


def need_same_place(photos: tuple[StoredPhoto, ...], within_m: float) -> None:
    """Refuse pictures whose own position lies farther away than `within_m`; without one they pass."""
    for photo in photos:
        if photo.distance_m is not None and photo.distance_m > within_m:
            raise PhotoElsewhere(
                f"照片拍摄位置距案件 {photo.distance_m:.0f} 米，超过 {within_m:.0f} 米；"
                "请在案件地点重新拍摄。",
                distance_m=photo.distance_m,
            )


def check_photos(photos: tuple[StoredPhoto, ...]) -> tuple[StoredPhoto, ...]:
    """The same pictures once each, as they were named first; at most five."""
    if len(photos) > MOST_PHOTOS:
        raise TooManyPhotos(f"一次最多上传 {MOST_PHOTOS} 张照片，请删减。")
    return tuple({photo.sha256: photo for photo in reversed(photos)}.values())[::-1]


def clean_text(text: str, name: str, *, most: int = MOST_TEXT) -> str:
    """The text without outer blanks, in one Unicode form (NFC).

    Raises TextTooLong beyond `most` characters, BadText for control characters and broken surrogates.
    """
    cleaned = unicodedata.normalize("NFC", text).strip()
    if len(cleaned) > most:
        raise TextTooLong(f"{name}共 {len(cleaned)} 字，最多 {most} 字，请缩短。", most=most)
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\r\t" for c in cleaned):
        raise BadText(f"{name}含有无法保存的控制字符，请删去后再提交。")
    return cleaned


def check_phone(text: str) -> None:
    """Refuse what cannot be a telephone number; nothing at all is one that was not given.

    Numbers are read as in China; local ones may lack their area code, foreign ones begin with +.
    Lengths are those of the ITU-T E.164 numbering plans that the library `phonenumbers` carries.

    :raises BadPhone: TextTooLong beyond 40 characters.
    """
    written = clean_text(text, "联系电话", most=MOST_PHONE)
    if not written:
        return
    try:
        number = phonenumbers.parse(written, PHONE_REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not _is_possible(number):
        raise BadPhone(f"“{written}”不像电话号码。请核对后重填，或留空。", phone=written)


_MAY_HOLD_PHONE = re.compile(rf"\d(?:\W{{0,4}}\d){{{FEWEST_PHONE_DIGITS - 1}}}")


def without_phones(words: str) -> str:
    """Words in which telephone numbers, as China writes them, are blotted out: for lists taken away.

    Days and numbers of fewer than seven digits, such as hotlines, stay.

    >>> without_phones("2026-09-18 起，找养护班 13800000000 或 0917-3260000，12319 已知")
    '2026-09-18 起，找养护班 *** 或 ***，12319 已知'
    """
    if not _MAY_HOLD_PHONE.search(words):  # most words: the matcher is slow
        return words
    kept, end = [], 0
    for match in phonenumbers.PhoneNumberMatcher(
        words, PHONE_REGION, leniency=phonenumbers.Leniency.POSSIBLE
    ):
        if _digits_in(match.raw_string) >= FEWEST_PHONE_DIGITS and not A_DAY.fullmatch(match.raw_string):
            kept += [words[end : match.start], "***"]
            end = match.end
    return "".join([*kept, words[end:]])


def _digits_in(words: str) -> int:
    return sum(sign.isdigit() for sign in words)


def _is_possible(number: phonenumbers.PhoneNumber) -> bool:
    reason = phonenumbers.is_possible_number_with_reason(number)
    return reason in (
        phonenumbers.ValidationResult.IS_POSSIBLE,
        phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
    )
