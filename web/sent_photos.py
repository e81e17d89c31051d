"""Photos as forms send them: near, far or neither, each taken into the store with what was said of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from threading import BoundedSemaphore
from typing import Any

from starlette.datastructures import FormData, UploadFile

from cases.photos import PhotoStore
from cases.rules.angles import Direction, read_direction
from cases.rules.evidence import StoredPhoto
from cases.rules.shots import SHOT_NAMES, Shot
from web.photos_ahead import PhotosAhead
from web.uploads import MAX_PHOTOS, photos_of, too_many_photos

# A picture unfolds to up to 200 MB while it is re-encoded.
_DECODED_AT_ONCE = BoundedSemaphore(3)


@dataclass(frozen=True, slots=True)
class SentPhoto:
    """A file with what was said of it; `direction` holds where the camera itself wrote none.

    `kept` is a photo that came ahead of its form and is in the store already.
    """

    file: UploadFile | None
    shot: Shot | None = None
    direction: Direction | None = None
    kept: StoredPhoto | None = None


def sent_photos(
    form: FormData, name: str = "photos", *, ahead: PhotosAhead | None = None
) -> tuple[SentPhoto, ...]:
    """The photos of a form: `photos_near`, `photos_far`, then `photos`, five at most together.

    `photos_near_direction_deg` and `photos_far_direction_deg` say where those look, from true north, or from
    magnetic north where `photos_direction_ref` is M. Photos that came `ahead` of the form are named by
    `photos_near_id`, `photos_far_id` and `photos_id`.

    :raises TooManyPhotos: BadDirection; PhotoNotSent for a photo that is named and has not come.
    """
    is_magnetic = str(form.get(f"{name}_direction_ref") or "").strip().upper() == "M"
    labelled = [
        SentPhoto(file, shot, _direction(form.get(f"{name}_{shot}_direction_deg"), is_magnetic))
        for shot in SHOT_NAMES
        for file in photos_of(form, f"{name}_{shot}")
    ]
    photos = (*labelled, *map(SentPhoto, photos_of(form, name)), *_ahead(form, name, ahead))
    if len(photos) > MAX_PHOTOS:
        raise too_many_photos()
    return photos


def _ahead(form: FormData, name: str, ahead: PhotosAhead | None) -> Iterator[SentPhoto]:
    if ahead is None:
        return
    for shot in (*SHOT_NAMES, None):
        for said in form.getlist(f"{name}_{shot}_id" if shot else f"{name}_id")[: MAX_PHOTOS + 1]:
            if isinstance(said, str) and said:
                yield SentPhoto(None, shot, kept=ahead.get(said))


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
        kept = photo.kept or take_photo(store, photo.file)
        taken.append(replace(kept, shot=photo.shot, direction=kept.direction or photo.direction))
    return tuple(taken)


def take_photo(store: PhotoStore, file: UploadFile | None) -> StoredPhoto:
    """Take one picture into the store, a few at a time."""
    assert file is not None, "a photo is a file or came ahead"
    with _DECODED_AT_ONCE:
        return store.take(file.file)
