"""A case on paper: which steps, photos and ground its PDF shows."""

import io
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from cases.photos import PhotoStore
from cases.reading import CaseFact, CasePhoto
from grid.sketch import Line, Sketch
from web.rendering import STATIC

MOST_STEPS = 200
"""A story that is longer is told by its first and last steps: laying out takes 3 ms a step."""
FIRST_STEPS = 20
MOST_PHOTOS = 8
PHOTO_PX = 720
MAP_UNITS = 400
"""Side of the small map in units of its drawing."""
CSS = STATIC / "css" / "case-sheet.css"


@dataclass(frozen=True, slots=True)
class Story:
    """The steps that fit on paper, and how many are left out after the first ones."""

    first: tuple[CaseFact, ...]
    left_out: int
    last: tuple[CaseFact, ...]


def story_on_paper(facts: Sequence[CaseFact]) -> Story:
    """All steps, or of a very long story the first and the last."""
    if len(facts) <= MOST_STEPS:
        return Story(tuple(facts), 0, ())
    last = MOST_STEPS - FIRST_STEPS
    return Story(tuple(facts[:FIRST_STEPS]), len(facts) - MOST_STEPS, tuple(facts[-last:]))


def photo_on_paper(store: PhotoStore, photo: CasePhoto) -> str:
    """A photo, made small, as an address that holds it; empty when it is not there any more."""
    path = store.path(photo.sha256)
    if not path.is_file():
        return ""
    with Image.open(path) as picture:
        picture.draft("RGB", (PHOTO_PX, PHOTO_PX))
        picture.thumbnail((PHOTO_PX, PHOTO_PX))
        kept = io.BytesIO()
        picture.convert("RGB").save(kept, "JPEG", quality=80)
    return "data:image/jpeg;base64," + b64encode(kept.getvalue()).decode()


def map_on_paper(sketch: Sketch) -> str:
    """A small map, north up, the place in its middle, as an address that holds it: white streets, a dashed
    unit grid."""
    lines = [_path(sketch, line, "#c3ccd4", line.width_m + 3) for line in sketch.streets]
    lines += [_path(sketch, line, "#ffffff", line.width_m) for line in sketch.streets]
    lines += [_path(sketch, line, "#7a4fa3", 2, 'stroke-dasharray="9 6"') for line in sketch.borders]
    middle = MAP_UNITS / 2
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {MAP_UNITS} {MAP_UNITS}">'
        f'<rect width="{MAP_UNITS}" height="{MAP_UNITS}" fill="#f1f2ee"/>{"".join(lines)}'
        f'<circle cx="{middle}" cy="{middle}" r="10" fill="#c8372d" stroke="#fff" stroke-width="3"/></svg>'
    )
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()


def _path(sketch: Sketch, line: Line, colour: str, width_m: float, more: str = "") -> str:
    scale = MAP_UNITS / (2 * sketch.reach_m)
    points = " ".join(
        f"{MAP_UNITS / 2 + east * scale:.1f},{MAP_UNITS / 2 - north * scale:.1f}"
        for east, north in line.corners
    )
    return (
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width_m * scale:.1f}"'
        f' stroke-linecap="round" stroke-linejoin="round" {more}/>'
    )
