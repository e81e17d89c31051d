"""What sample cases show of the street: four drawn pictures, and made-up numbers of cameras and positions.

The pictures say SAMPLE across them; the numbers are those that the rules of evidence judge, so that pages
show findings of every sort. Only late cases have them.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from cases.photos import PhotoStore
from cases.rules.angles import Direction
from cases.rules.evidence import StoredPhoto
from cases.rules.field_rules import FieldRules
from cases.rules.on_site import OwnPosition
from cases.rules.shots import Shot
from gis_core.places import LonLat

Shows = Literal["problem", "result"]
PX = (640, 480)
ASPHALT, KERB, HOLE, LID, INK = "#6b6f74", "#c9c4b8", "#1d1f21", "#8d9196", "#e8e4da"
UNNAMED, NO_COMPASS, OTHER_WAY = 0.12, 0.2, 0.08
"""Shares of photos without the names near and far, without a direction, and taken from another side."""
NO_POSITION, VAGUE_POSITION = 0.08, 0.05
NEAR_ENOUGH_M, VAGUE_M = 90.0, 320.0
"""Nobody would have got past the rules from farther away; and an accuracy that says nothing."""


@dataclass(slots=True)
class Eyes:
    """Makes photos and positions of sample cases; it draws lots of its own, so lives stay as they are."""

    pictures: dict[tuple[Shows, Shot], StoredPhoto]
    rules: FieldRules
    rng: np.random.Generator

    def problem(self, role: str) -> tuple[StoredPhoto, ...]:
        """What a report shows: inspectors send two, the public one, a desk none."""
        if role == "operator":
            return ()
        deg = float(self.rng.uniform(0, 360))
        return self._photos("problem", deg, is_named=role == "inspector")

    def result(self, earlier: tuple[StoredPhoto, ...], shows: Shows) -> tuple[StoredPhoto, ...]:
        """What a later step shows, from about the angle of the problem."""
        known = next((one.direction.deg for one in earlier if one.direction), None)
        deg = float(self.rng.uniform(0, 360)) if known is None else known
        off = self.rng.uniform(60, 160) if self.rng.random() < OTHER_WAY else self.rng.normal(0, 14)
        return self._photos(shows, deg + float(off), is_named=self.rng.random() >= UNNAMED)

    def position(self, place: LonLat) -> OwnPosition | None:
        """Where whoever takes a step stands."""
        lot = self.rng.random()
        if lot < NO_POSITION:
            return None
        accuracy_m = VAGUE_M if lot < NO_POSITION + VAGUE_POSITION else float(self.rng.uniform(4, 25))
        return OwnPosition(place, round(accuracy_m, 1), distance_m=self._away_m())

    def _photos(self, shows: Shows, deg: float, *, is_named: bool) -> tuple[StoredPhoto, ...]:
        has_compass = self.rng.random() >= NO_COMPASS
        shots: tuple[Shot, ...] = ("near", "far") if is_named else ("near",)
        return tuple(
            replace(
                self.pictures[shows, shot],
                distance_m=self._away_m(),
                direction=Direction(round((deg + float(self.rng.normal(0, 4))) % 360, 1))
                if has_compass
                else None,
                shot=shot if is_named else None,
            )
            for shot in shots
        )

    def _away_m(self) -> float:
        return round(min(NEAR_ENOUGH_M, float(self.rng.lognormal(2.2, 0.7))), 1)


def sample_picture(shows: Shows, shot: Shot) -> bytes:
    """A picture as JPEG: a cover from near or from far, missing or put back; it says SAMPLE."""
    face = HOLE if shows == "problem" else LID
    if shot == "near":
        return _jpeg(lambda pen: _cover(pen, (320, 260, 150), face))
    return _jpeg(lambda pen: _street(pen, face))


def draw_pictures(store: PhotoStore) -> dict[tuple[Shows, Shot], StoredPhoto]:
    """The four pictures, in the store."""
    return {
        (shows, shot): store.take(io.BytesIO(sample_picture(shows, shot)))
        for shows in get_args(Shows)
        for shot in get_args(Shot)
    }


def _jpeg(draw: Callable[[ImageDraw.ImageDraw], None]) -> bytes:
    picture = Image.new("RGB", PX, ASPHALT)
    pen = ImageDraw.Draw(picture)
    draw(pen)
    pen.text((20, 430), "SAMPLE", fill=INK, font=ImageFont.load_default(28))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return out.getvalue()


def _cover(pen: ImageDraw.ImageDraw, at: tuple[int, int, int], face: str) -> None:
    """A round cover, seen from above at a slant: a rim, and in it a hole or the lid."""
    x, y, r = at
    pen.ellipse(
        (x - r, y - 0.6 * r, x + r, y + 0.6 * r), fill="#54585c", outline="#3a3d40", width=max(2, r // 20)
    )
    inner = 0.86 * r
    pen.ellipse((x - inner, y - 0.6 * inner, x + inner, y + 0.6 * inner), fill=face)
    if face == LID:
        for n in range(-3, 4):
            pen.line(
                (x - 0.6 * r, y + n * 0.12 * r, x + 0.6 * r, y + n * 0.12 * r),
                fill="#74787d",
                width=max(1, r // 30),
            )


def _street(pen: ImageDraw.ImageDraw, face: str) -> None:
    """The same cover on its street, with pavement, houses and a line to the horizon."""
    pen.rectangle((0, 0, 640, 190), fill="#b9cbd8")
    for left, top, colour in (
        (0, 60, "#a7a297"),
        (150, 95, "#bdb6a8"),
        (430, 80, "#aaa598"),
        (540, 50, "#b8b1a4"),
    ):
        pen.rectangle((left, top, left + 140, 190), fill=colour)
    pen.polygon([(0, 190), (230, 190), (60, 480), (0, 480)], fill=KERB)
    pen.polygon([(410, 190), (640, 190), (640, 480), (600, 480)], fill=KERB)
    for top, bottom in ((205, 235), (255, 300), (330, 400)):
        pen.line((320, top, 320, bottom), fill=INK, width=6)
    _cover(pen, (400, 330, 46), face)
