"""The photo store: what is kept of a picture, and what is refused."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageFile
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational

from cases.photos import PhotoBomb, PhotoNotFound, PhotoStore, PhotoTooLarge, PhotoUnreadable
from cases.rules.angles import Direction
from gis_core.errors import BadInput
from tests.case_city import at, picture


@pytest.fixture
def store(tmp_path: Path) -> PhotoStore:
    return PhotoStore(tmp_path / "photos")


def camera_picture(gps: dict[int, object] | None = None) -> BytesIO:
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Artist], exif[Base.Orientation] = "Maker", "Owner", 6
    exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = "2026:09:18 17:30:00"
    exif.get_ifd(IFD.Exif)[Base.BodySerialNumber] = "SERIAL7"
    ref = {GPS.GPSLatitudeRef: "N", GPS.GPSLongitudeRef: "E"}
    exif[IFD.GPSInfo] = {
        **ref,
        GPS.GPSLatitude: (34.0, 22.0, 8.4),
        GPS.GPSLongitude: (107.0, 8.0, 42.0),
        **(gps or {}),
    }
    out = BytesIO()
    Image.new("RGB", (64, 48), "grey").save(out, "JPEG", exif=exif)
    out.seek(0)
    return out


def png_of(width_px: int, height_px: int) -> BytesIO:
    """A picture of a few bytes that says it is that large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width_px, height_px, 8, 2, 0, 0, 0)
    return BytesIO(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    )


def test_time_and_place_of_a_photo_are_kept(store: PhotoStore) -> None:
    photo = store.take(camera_picture())
    assert photo.taken_at == at("2026-09-18 17:30")
    assert photo.place is not None
    assert (photo.place.lon_deg, photo.place.lat_deg) == pytest.approx((107.145, 34.369))


def test_who_owns_the_camera_is_not_kept(store: PhotoStore) -> None:
    photo = store.take(camera_picture())
    data = store.path(photo.sha256).read_bytes()
    assert not [word for word in (b"Maker", b"Owner", b"SERIAL7", b"Exif") if word in data]


def test_a_photo_taken_upright_is_shown_upright(store: PhotoStore) -> None:
    photo = store.take(camera_picture())
    assert (photo.width_px, photo.height_px) == (48, 64)


def test_a_camera_without_a_fix_gives_no_place(store: PhotoStore) -> None:
    exif = Image.Exif()
    exif[IFD.GPSInfo] = {
        GPS.GPSLatitudeRef: "N", GPS.GPSLatitude: (0.0, 0.0, 0.0),
        GPS.GPSLongitudeRef: "E", GPS.GPSLongitude: (0.0, 0.0, 0.0),
    }  # fmt: skip
    out = BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=exif)
    assert store.take(BytesIO(out.getvalue())).place is None


def test_a_large_photo_is_made_small(store: PhotoStore) -> None:
    photo = store.take(picture("grey", (4000, 3000)))
    assert (photo.width_px, photo.height_px) == (2048, 1536)


def test_the_same_photo_twice_is_kept_once(store: PhotoStore) -> None:
    first, second = store.take(picture("red")), store.take(picture("red"))
    assert first.sha256 == second.sha256
    assert len([*store.folder.rglob("*.jpg")]) == 1


def test_nothing_half_written_lies_about(store: PhotoStore) -> None:
    store.take(picture())
    assert not [*store.folder.rglob("*.part")]


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "BMP", "GIF"])
def test_pictures_of_other_kinds_become_jpeg(store: PhotoStore, kind: str) -> None:
    out = BytesIO()
    Image.new("RGB", (20, 10), "red").save(out, kind)
    photo = store.take(BytesIO(out.getvalue()))
    assert store.path(photo.sha256).read_bytes()[:2] == b"\xff\xd8"


def test_transparent_parts_turn_white(store: PhotoStore) -> None:
    out = BytesIO()
    Image.new("RGBA", (20, 10), (0, 0, 0, 0)).save(out, "PNG")
    kept = store.take(BytesIO(out.getvalue()))
    with Image.open(store.path(kept.sha256)) as shown:
        assert shown.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "error", "because"),
    [
        (BytesIO(b""), PhotoUnreadable, "nothing is no photo"),
        (BytesIO(b"%PDF-1.7 not a photo"), PhotoUnreadable, "a document is no photo"),
        (BytesIO(b"<svg onload='x'/>"), PhotoUnreadable, "a drawing with script is no photo"),
        (BytesIO(picture().getvalue()[:200]), PhotoUnreadable, "half a photo is none"),
        (png_of(20, 20), PhotoUnreadable, "a photo without pixels is none"),
        (png_of(30_000, 30_000), PhotoBomb, "a hundred bytes of 900 megapixels"),
        (png_of(9_000, 8_000), PhotoBomb, "72 megapixels are more than a phone has"),
        (BytesIO(b"\xff\xd8" + bytes(40 * 1024 * 1024)), PhotoTooLarge, "40 MB and two bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_fit_photo_is_refused_and_not_kept(
    store: PhotoStore, data: BytesIO, error: type[BadInput], because: str
) -> None:
    with pytest.raises(error, match="。"):
        store.take(data)
    assert not store.folder.exists()


def test_a_photo_without_pixels_is_none_although_a_library_wants_them(
    store: PhotoStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    with pytest.raises(PhotoUnreadable):
        store.take(png_of(20, 20))


@pytest.mark.parametrize("name", ["0" * 64, "../../etc/passwd", "", "A" * 64])
def test_a_photo_that_is_not_there_is_not_found(store: PhotoStore, name: str) -> None:
    with pytest.raises(PhotoNotFound):
        store.open(name)
    assert not store.has(name)


@pytest.mark.parametrize(
    ("gps", "direction", "because"),
    [
        ({GPS.GPSImgDirection: 112.5, GPS.GPSImgDirectionRef: "T"}, Direction(112.5), "from true north"),
        ({GPS.GPSImgDirection: 112.5, GPS.GPSImgDirectionRef: "M"}, Direction(112.5, True), "by its needle"),
        ({GPS.GPSImgDirection: 360.0, GPS.GPSImgDirectionRef: "T"}, Direction(0), "once around is north"),
        ({GPS.GPSImgDirection: 10.0}, Direction(10.0), "which north it does not say"),
        ({}, None, "it has no compass"),
        ({GPS.GPSImgDirection: 400.0, GPS.GPSImgDirectionRef: "T"}, None, "no camera looks there"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_photo_says_which_way_its_camera_looked(
    store: PhotoStore, gps: dict[int, object], direction: Direction | None, because: str
) -> None:
    assert store.take(camera_picture(gps)).direction == direction


def test_a_direction_that_cannot_be_read_costs_neither_the_photo_nor_its_place(store: PhotoStore) -> None:
    photo = store.take(camera_picture({GPS.GPSImgDirection: IFDRational(1, 0)}))
    assert (photo.direction, photo.place is None) == (None, False)
