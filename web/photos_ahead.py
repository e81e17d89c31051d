"""Photos that a phone sends ahead of the form that names them: in pieces, resumed where they broke off.

A photo is known by the number its phone gave it and belongs to who sent it. While it comes it is a `.part`
file whose length is how much has come; whole, it is re-encoded into the photo store like every photo, and a
`.json` file keeps what the store said of it until the form comes. Both are swept after some days.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from cases.photos import MOST_BYTES, PhotoStore, PhotoTooLarge
from cases.rules.angles import Direction
from cases.rules.evidence import StoredPhoto
from gis_core.errors import BadInput, Conflict, Refused
from gis_core.places import LonLat

FOLDER = "photos-ahead"
MOST_UNDER_WAY = 20
"""Photos of one person that have begun to come and are not whole."""
MOST_WAITING = 2_000
"""Photos of one person that wait for their forms: a phone back after a week has about as many."""


class PhotoNotSent(BadInput):
    """A form names a photo that has not come, or was swept meanwhile."""

    code = "photo_not_sent"


class PieceOutOfPlace(Conflict):
    """A piece does not begin where the last one ended; the fact `offset` says where that is."""

    code = "piece_out_of_place"


class BadPiece(BadInput):
    """A piece that says impossible things of itself."""

    code = "bad_piece"


class TooManyAhead(Refused):
    """One person has too many photos under way or waiting."""

    code = "too_many_photos_ahead"


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a photo has come, in bytes, and whether it is whole."""

    offset: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class PhotosAhead:
    """The photos that one person sent ahead; safe for many processes at once."""

    folder: Path
    store: PhotoStore

    def progress(self, number: UUID) -> Progress:
        """How far a photo has come; nothing of it when it is unknown."""
        kept = self._kept(number)
        if kept is not None:
            return Progress(kept.size_bytes, is_whole=True)
        try:
            return Progress(self._part(number).stat().st_size, is_whole=False)
        except FileNotFoundError:
            return Progress(0, is_whole=False)

    def add(self, number: UUID, piece: bytes, *, offset: int, total: int) -> Progress:
        """Add a piece to a photo of `total` bytes; the last piece puts it into the store.

        Raises BadPiece, PhotoTooLarge, TooManyAhead, PieceOutOfPlace; a file that is no picture is refused by
        the store and forgotten.
        """
        if not 0 < total <= MOST_BYTES:
            raise PhotoTooLarge("照片超过 40 MB，请压缩后再上传。", most_bytes=MOST_BYTES)
        if offset < 0 or not piece or offset + len(piece) > total:
            raise BadPiece("照片的这一段超出了它自己的长度，没有保存。请重新上传这张照片。")
        if self._kept(number) is not None:
            return self.progress(number)
        if not self._part(number).exists():
            self._need_room()
        self.folder.mkdir(parents=True, exist_ok=True)
        with self._part(number).open("ab") as part:
            fcntl.flock(part, fcntl.LOCK_EX)
            self._append(part, piece, offset)
            if part.tell() < total:
                return Progress(part.tell(), is_whole=False)
            self._keep(number)
        return self.progress(number)

    def get(self, said: str) -> StoredPhoto:
        """A whole photo by its number as a form says it.

        :raises PhotoNotSent: when it has not come, is not whole, or was swept.
        """
        try:
            kept = self._kept(UUID(said))
        except ValueError:
            kept = None
        if kept is None:
            raise PhotoNotSent("有照片还没有传完，没有写入任何内容。请等照片传完后再提交。", photo=said[:40])
        return kept

    def _part(self, number: UUID) -> Path:
        return self.folder / f"{number}.part"

    def _whole(self, number: UUID) -> Path:
        return self.folder / f"{number}.json"

    def _kept(self, number: UUID) -> StoredPhoto | None:
        """What the store said of a photo, made young again; None when the store has it no more."""
        path = self._whole(number)
        try:
            kept = _from_data(json.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            return None
        if not self.store.has(kept.sha256):
            path.unlink(missing_ok=True)
            return None
        os.utime(path)
        os.utime(self.store.path(kept.sha256))
        return kept

    def _append(self, part: BinaryIO, piece: bytes, offset: int) -> None:
        size = part.seek(0, os.SEEK_END)
        if offset != size:
            raise PieceOutOfPlace("照片的这一段接不上，请从断开的地方继续。", offset=size)
        part.write(piece)
        part.flush()

    def _keep(self, number: UUID) -> None:
        part = self._part(number)
        try:
            kept = self.store.take(BytesIO(part.read_bytes()))
            arriving = part.with_suffix(".arriving")
            arriving.write_text(json.dumps(_as_data(kept)), "utf-8")
            arriving.replace(self._whole(number))
        finally:
            part.unlink(missing_ok=True)

    def _need_room(self) -> None:
        names = [path.suffix for path in self.folder.iterdir()] if self.folder.is_dir() else []
        if names.count(".part") >= MOST_UNDER_WAY or len(names) >= MOST_WAITING:
            raise TooManyAhead("还没有提交的照片太多，这张没有保存。请先提交已有的上报，再继续上传。")


def photos_ahead_of(home: Path, person_id: int, store: PhotoStore) -> PhotosAhead:
    """The photos that a person sent ahead."""
    return PhotosAhead(home / FOLDER / f"p{person_id}", store)


def list_old(home: Path, before: datetime) -> Iterator[Path]:
    """Files of photos sent ahead that nobody touched since `before`; the store's own are not among them."""
    for path in (home / FOLDER).glob("p*/*"):
        if path.stat().st_mtime < before.timestamp():
            yield path


def _as_data(photo: StoredPhoto) -> dict[str, Any]:
    place, direction = photo.place, photo.direction
    return {
        "sha256": photo.sha256,
        "size_px": [photo.width_px, photo.height_px],
        "size_bytes": photo.size_bytes,
        "taken_at": photo.taken_at and photo.taken_at.isoformat(),
        "place": place and [place.lon_deg, place.lat_deg],
        "direction": direction and [direction.deg, direction.is_magnetic],
    }


def _from_data(data: dict[str, Any]) -> StoredPhoto:
    return StoredPhoto(
        data["sha256"],
        data["size_px"][0],
        data["size_px"][1],
        data["size_bytes"],
        datetime.fromisoformat(data["taken_at"]) if data["taken_at"] else None,
        LonLat(*data["place"]) if data["place"] else None,
        direction=Direction(*data["direction"]) if data["direction"] else None,
    )
