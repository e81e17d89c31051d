"""The defects of a frame on a map: one file that opens without network, for whoever has to mend them."""

from collections.abc import Iterator, Sequence
from datetime import date

from shapely.geometry.base import BaseGeometry

from gis_core.briefing_map import Layer, Style, briefing_map
from gis_core.crs import PlaneSystem
from gis_core.geojson import Feature
from gis_core.shapes import to_lonlat
from grid.rules.quality import KINDS, Defect, FrameReport

MOST_DRAWN = 2_000
COLOURS = {"error": "#c8372d", "warning": "#b97700"}


def defect_map(
    report: FrameReport,
    shapes: Sequence[BaseGeometry | None],
    *,
    plane: PlaneSystem,
    city_name: str,
    on: date,
    is_synthetic: bool = False,
) -> str:
    """The HTML of the map. Shapes of grids and defects are plane metres; the map is in EPSG:4490.

    :raises NothingToDraw: when there is neither a grid nor a defect with a place.
    """
    drawn = [shape for shape in shapes if shape is not None and not shape.is_empty]
    grids = Layer(
        "单元网格",
        [Feature(to_lonlat(shape, plane), {}) for shape in drawn],
        Style(colour="#5b6874", width_px=0.6),
    )
    counts = "，".join(f"{KINDS[kind][0]} {n:,}" for kind, n in report.counts.items()) or "没有发现问题"
    return briefing_map(
        [grids, *_layers(report, plane)],
        title=f"{city_name}网格质量",
        subtitle=f"{report.grids:,} 个单元网格：{counts}",
        on=on,
        notes=_notes(report),
        is_synthetic=is_synthetic,
    )


def _layers(report: FrameReport, plane: PlaneSystem) -> Iterator[Layer]:
    left = MOST_DRAWN
    for kind, (name, severity) in KINDS.items():
        found = [defect for defect in report.defects if defect.kind == kind and defect.place is not None][
            :left
        ]
        left -= len(found)
        if found:
            colour = COLOURS[severity]
            yield Layer(
                name,
                [_feature(defect, plane) for defect in found],
                Style(colour=colour, width_px=2.0, fill=colour, fill_opacity=0.45, symbol="square"),
                popup={"words": "问题", "codes": "网格", "area": "面积 (m²)"},
            )


def _feature(defect: Defect, plane: PlaneSystem) -> Feature:
    """Small defects as points, or nobody would see them."""
    shape = defect.shape if defect.area_m2 > 50 else defect.place
    assert shape is not None
    return Feature(
        to_lonlat(shape, plane),
        {"words": defect.words, "codes": "、".join(defect.codes[:6]), "area": f"{defect.area_m2:,.2f}"},
    )


def _notes(report: FrameReport) -> list[str]:
    notes = [f"容差 0.01 m²；小于 50 m² 的问题画成点；最多画 {MOST_DRAWN:,} 处。"]
    if report.undivided:
        notes.append(f"尚未划分的社区 {len(report.undivided):,} 个，不计为问题。")
    return notes
