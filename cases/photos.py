"""The photo store: pictures checked, turned upright, made small and kept under their own SHA-256.

Only the time, the position and the direction of a photo outlive its re-encoding; make, owner, serial numbers
and whatever else a camera writes are dropped. Files are on disk before a report that names them is
acknowledged.
"""

import hashlib
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError
from PIL.ExifTags import GPS, IFD, Base

from cases.rules.angles import BadDirection, Direction, read_direction
from cases.rules.evidence import StoredPhoto
from gis_core.clock import CITY_ZONE
from gis_core.errors import BadInput, NotFound
from gis_core.places import LonLat, NotOnEarth

MOST_BYTES = 40 * 1024 * 1024
MOST_PIXELS = 64_000_000
LONGEST_SIDE_PX = 2_048
JPEG_QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
SHA256 = re.compile(r"[0-9a-f]{64}")


class PhotoUnreadable(BadInput):
    """The file is no picture that can be read."""

    code = "photo_unreadable"


class PhotoTooLarge(BadInput):
    """The file is larger than 40 MB."""

    code = "photo_too_large"


class PhotoBomb(BadInput):
    """A small file that would unfold to more pixels than any camera has."""

    code = "photo_bomb"


class PhotoNotFound(NotFound):
    """The store has no such photo."""

    code = "photo_not_found"


@dataclass(frozen=True, slots=True)
class PhotoStore:
    """A folder of photos, addressed by their content; safe for many processes at once."""

    folder: Path

    def take(self, stream: BinaryIO) -> StoredPhoto:
        """Check, re-encode and keep a photo; it is on disk when this returns.

        Raises PhotoTooLarge, PhotoUnreadable, PhotoBomb; nothing is kept then.
        """
        with _opened(_read(stream)) as picture:
            taken_at, place, direction = _read_exif(picture)
            upright = _shrunk(picture)
        data = _encode(upright)
        sha256 = hashlib.sha256(data).hexdigest()
        self._keep(sha256, data)
        width_px, height_px = upright.size
        return StoredPhoto(sha256, width_px, height_px, len(data), taken_at, place, direction=direction)

    def open(self, sha256: str) -> BinaryIO:
        """The JPEG of a photo, to be read and closed; raises PhotoNotFound."""
        try:
            return self.path(sha256).open("rb")
        except FileNotFoundError:
            raise PhotoNotFound("没有这张照片。") from None

    def has(self, sha256: str) -> bool:
        """Whether the store holds the photo."""
        return bool(SHA256.fullmatch(sha256)) and self.path(sha256).is_file()

    def path(self, sha256: str) -> Path:
        """Where the photo lies; raises PhotoNotFound for what is no SHA-256."""
        if not SHA256.fullmatch(sha256):
            raise PhotoNotFound("没有这张照片。")
        return self.folder / sha256[:2] / f"{sha256}.jpg"

    def list_older(self, than: datetime, *, folder: int) -> Iterator[str]:
        """Photos of one of the 256 folders that were last taken in before `than`."""
        for path in (self.folder / f"{folder:02x}").glob("*.jpg"):
            if path.stat().st_mtime < than.timestamp():
                yield path.stem

    def remove(self, sha256: str) -> None:
        """Take a photo out of the store; nothing happens when it is not there."""
        self.path(sha256).unlink(missing_ok=True)

    def _keep(self, sha256: str, data: bytes) -> None:
        """Write the file beside its place, force it to disk, then give it its name in one step."""
        path = self.path(sha256)
        if path.exists():
            os.utime(path)  # young again, so that no sweep takes it before its report is written
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
            part.write(data)
            part.flush()
            os.fsync(part.fileno())
        os.replace(part.name, path)
        for folder in (path.parent, self.folder):
            _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(stream: BinaryIO) -> bytes:
    """The bytes of a stream, never more than the limit and one."""
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise PhotoTooLarge("照片超过 40 MB，请压缩后再上传。", most_bytes=MOST_BYTES)
    return data


def _opened(data: bytes) -> Image.Image:
    """The picture, its header read and its size found bearable, its pixels not yet unfolded."""
    # WeasyPrint, which lays out PDFs, turns this on for the whole process; half a photo is no evidence.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            picture = Image.open(BytesIO(data), formats=FORMATS)
    except Image.DecompressionBombError:
        raise _bomb() from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, TypeError, OverflowError):
        raise _unreadable() from None
    if picture.width * picture.height > MOST_PIXELS:
        raise _bomb()
    return picture


def _bomb() -> PhotoBomb:
    return PhotoBomb(f"照片像素过多（超过 {MOST_PIXELS // 1_000_000} 百万像素），不能接收；请用相机原图。")


def _unreadable() -> PhotoUnreadable:
    return PhotoUnreadable("这个文件不是可读取的照片，请上传 JPEG、PNG 或 WebP 图片。")


def _shrunk(picture: Image.Image) -> Image.Image:
    """The picture upright, in RGB, its longer side at most 2048 px; transparent parts turn white."""
    try:
        picture.draft("RGB", (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
        return _flat(upright)
    except Image.DecompressionBombError:
        raise _bomb() from None
    except (OSError, ValueError, SyntaxError, TypeError, OverflowError, EOFError, MemoryError):
        raise _unreadable() from None


def _flat(picture: Image.Image) -> Image.Image:
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    ground = Image.new("RGBA", layer.size, "white")
    return Image.alpha_composite(ground, layer).convert("RGB")


def _encode(picture: Image.Image) -> bytes:
    """JPEG without any metadata."""
    clean = Image.frombytes("RGB", picture.size, picture.tobytes())
    out = BytesIO()
    clean.save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return out.getvalue()


def _read_exif(picture: Image.Image) -> tuple[datetime | None, LonLat | None, Direction | None]:
    """When, where and which way the camera says the photo was taken; None for what it does not say or says
    wrongly."""
    try:
        exif = picture.getexif()
        details, gps = exif.get_ifd(IFD.Exif), exif.get_ifd(IFD.GPSInfo)
    except Exception:  # noqa: BLE001 - cameras write EXIF of every kind of wrong; the photo counts without it
        return None, None, None
    return _taken_at(exif, details), _place(gps), _direction(gps)


def _taken_at(exif: Mapping[int, Any], details: Mapping[int, Any]) -> datetime | None:
    """The camera's time in UTC; without an offset it is the city's time."""
    stamp = details.get(Base.DateTimeOriginal) or exif.get(Base.DateTime)
    try:
        local = datetime.strptime(str(stamp).strip("\x00 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - zone follows
        offset = _offset(str(details.get(Base.OffsetTimeOriginal) or ""))
        moment = local.replace(tzinfo=CITY_ZONE) if offset is None else (local - offset).replace(tzinfo=UTC)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _offset(words: str) -> timedelta | None:
    found = re.fullmatch(r"([+-])(\d\d):(\d\d)", words.strip("\x00 "))
    if found is None:
        return None
    size = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -size if found[1] == "-" else size


def _place(gps: Mapping[int, Any]) -> LonLat | None:
    """Degrees as the camera wrote them; 0,0 is a camera without a fix."""
    try:
        lat_deg = _degrees(gps[GPS.GPSLatitude], gps[GPS.GPSLatitudeRef], "S")
        lon_deg = _degrees(gps[GPS.GPSLongitude], gps[GPS.GPSLongitudeRef], "W")
        return None if lat_deg == 0 and lon_deg == 0 else LonLat(lon_deg, lat_deg)
    except (KeyError, ValueError, TypeError, ZeroDivisionError, OverflowError, NotOnEarth):
        return None


def _direction(gps: Mapping[int, Any]) -> Direction | None:
    """Which way the camera looked; it names the north it means, and true north when it does not."""
    try:
        ref = str(gps.get(GPS.GPSImgDirectionRef) or "T").strip("\x00 ").upper()
        return read_direction(float(gps[GPS.GPSImgDirection]), is_magnetic=ref == "M")
    except (KeyError, ValueError, TypeError, ZeroDivisionError, OverflowError, BadDirection):
        return None


def _degrees(parts: Any, ref: Any, negative: str) -> float:
    degrees, minutes, seconds = (float(part) for part in parts)
    size = degrees + minutes / 60 + seconds / 3600
    return -size if str(ref).strip("\x00 ").upper() == negative else size
