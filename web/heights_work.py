"""What pages and the command line need of the city's heights: a form's fields, and a picture of relief."""

import base64
from datetime import date
from io import BytesIO

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from emergency.rules.heights import HeightsFacts
from gis_core.terrain import Terrain

LONGEST_SIDE = 640
LIGHT_FROM_DEG, LIGHT_HIGH_DEG = 315.0, 45.0
LOW_RGB, HIGH_RGB = np.array([205.0, 222.0, 200.0]), np.array([242.0, 232.0, 214.0])
"""From the green of valley floors to the sand of hills, as the light base map has them."""


class HeightsSent(BaseModel):
    """What is told of a file of heights; empty fields are not known."""

    model_config = ConfigDict(extra="ignore")

    source: str = Field(max_length=200, title="来源")
    vertical: str = Field("", max_length=200, title="高程基准")
    system: str = Field("", max_length=20, title="坐标系")
    surveyed_on: date | None = Field(None, title="测量日期")
    accuracy_m: float | None = Field(None, title="高程精度")
    cell_m: float | None = Field(None, title="格网间距")

    def facts(self) -> HeightsFacts:
        """Whence and how sure the heights are."""
        return HeightsFacts(
            source=self.source,
            vertical=self.vertical,
            surveyed_on=self.surveyed_on,
            accuracy_m=self.accuracy_m,
        )


def relief(terrain: Terrain) -> str:
    """A shaded picture of the ground as a data address, north up; holes are clear."""
    step = max(1, -(-max(terrain.shape) // LONGEST_SIDE))
    heights = terrain.heights_m[::step, ::step].astype(np.float64)
    known = np.isfinite(heights)
    low, high = float(heights[known].min()), float(heights[known].max())
    filled = np.where(known, heights, low)
    south, east = np.gradient(filled, step * terrain.cell_m) if min(filled.shape) > 1 else (filled, filled)
    # The normal of the ground against the light; heights are doubled, or a valley floor looks flat.
    towards, up = np.radians(LIGHT_FROM_DEG), np.sin(np.radians(LIGHT_HIGH_DEG))
    light = np.cos(np.radians(LIGHT_HIGH_DEG)) * 2.0 * (south * np.cos(towards) - east * np.sin(towards)) + up
    shade = np.clip(light / np.sqrt(1.0 + 4.0 * (south**2 + east**2)), 0.0, 1.0)
    share = ((filled - low) / max(high - low, 1e-6))[..., None]
    colour = (LOW_RGB + (HIGH_RGB - LOW_RGB) * share) * (0.45 + 0.55 * shade / up)[..., None]
    pixels = np.dstack([np.clip(colour, 0, 255), np.where(known, 255.0, 0.0)]).astype(np.uint8)
    out = BytesIO()
    Image.fromarray(pixels, "RGBA").save(out, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")
