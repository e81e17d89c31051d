"""Photos as forms send them: near, far or neither, each taken into the store with what was said of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import BoundedSemaphore
from typing import Any

from starlette.datastructures import FormData, UploadFile

from cases.photos import PhotoStore
from cases.rules.angles import Direction, read_direction
from cases.rules.evidence import StoredPhoto
from cases.rules.shots import SHOT_NAMES, Shot
from web.uploads import MAX_PHOTOS, photos_of, too_many_photos

# A picture unfolds to up to 200 MB while it is re-encoded.
_DECODED_AT_ONCE = BoundedSemaphore(3)


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """A file with what was said of it; `direction` holds where the camera itself wrote none."""

    file: UploadFile
    shot: Shot | None = None
    direction: Direction | None = None


def sent_photos(form: FormData, name: str = "photos") -> tuple[SentPhoto, ...]:
    """The photos of a form: `photos_near`, `photos_far`, then `photos`, five at most together.

    `photos_near_direction_deg` and `photos_far_direction_deg` say where those look, from true north, or from
    magnetic north where `photos_direction_ref` is M.

    :raises TooManyPhotos: BadDirection.
    """
    is_magnetic = str(form.get(f"{name}_direction_ref") or "").strip().upper() == "M"
    labelled = [
        SentPhoto(file, shot, _direction(form.get(f"{name}_{shot}_direction_deg"), is_magnetic))
        for shot in SHOT_NAMES
        for file in photos_of(form, f"{name}_{shot}")
    ]
    photos = (*labelled, *map(SentPhoto, photos_of(form, name)))
    if len(photos) > MAX_PHOTOS:
        raise too_many_photos()
    return photos


def has_photos(form: FormData) -> bool:
    """Whether any file was chosen."""
    files = (item for _, item in form.multi_items() if isinstance(item, UploadFile))
    return any(file.filename or file.size for file in files)


def _direction(said: Any, is_magnetic: bool) -> Direction | None:
    if not isinstance(said, str) or not said.strip():
        return None
    try:
        deg = float(said)
    except ValueError:
        deg = float("nan")  # refused like every other number that is no angle
    return read_direction(deg, is_magnetic=is_magnetic)


def store_photos(store: PhotoStore, photos: Sequence[SentPhoto]) -> tuple[StoredPhoto, ...]:
    """Take photos into the store, each re-encoded and safe on disk."""
    taken = []
    for photo in photos:
        with _DECODED_AT_ONCE:
            kept = store.take(photo.file.file)
        taken.append(replace(kept, shot=photo.shot, direction=kept.direction or photo.direction))
    return tuple(taken)
