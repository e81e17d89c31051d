"""A briefing map: one HTML file with everything in it, for a screen without network, a mail or a print-out.

folium writes the map; its library Leaflet (from the npm lock file, laid in `gis_core/vendor` by
script/vendor) is written into the file, and nothing else is: no tiles, fonts, icons or addresses.
The file forbids itself every request. Shapes are EPSG:4490 degrees, longitude first; they are drawn in
Web Mercator, so the bar of scale holds at the middle of the map.

    html = briefing_map([Layer("社区", features, Style(fill="#dfe9d9"))], title="经二路", on=today)
"""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from html import escape
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from gis_core.errors import BadInput, CitygridError
from gis_core.geojson import Feature, write_collection

VENDOR = Path(__file__).parent / "vendor" / "leaflet"
PAGE_CSS = Path(__file__).with_suffix(".css")
METRES_A_DEGREE = 111_320.0
SYMBOL_PX = 14
NO_DATA = "–"

Symbol = Literal["circle", "triangle", "square", "bars"]

_SYMBOLS: dict[Symbol, str] = {
    "circle": '<circle cx="7" cy="7" r="5.5"/>',
    "triangle": '<path d="M7 .8 13.6 13H.4z"/>',
    "square": '<path d="M1.5 1.5h11v11h-11z"/>',
    "bars": '<path d="M2 1.5h3.8v11H2zM8.2 1.5H12v11H8.2z"/>',
}


class NothingToDraw(BadInput):
    """No layer of a briefing map has a shape."""

    code = "nothing_to_draw"


class MapLibraryMissing(CitygridError):
    """The map library that is written into briefing maps is not installed."""

    code = "map_library_missing"


@dataclass(frozen=True, slots=True)
class Style:
    """How a layer looks: lines and outlines in `colour`, areas filled with `fill`, points as `symbol`."""

    colour: str = "#1f5fa8"
    width_px: float = 1.5
    dash: str = ""  # as in SVG: "6 4"
    fill: str = ""  # empty: areas are not filled
    fill_opacity: float = 0.6
    symbol: Symbol = "circle"


@dataclass(frozen=True, slots=True)
class Layer:
    """Shapes of one meaning. `popup` names the properties shown at a click, each with its label.

    `label` names the property written on each shape, empty for none. Features come from shapely
    shapes, or from a GeoJSON text by `gis_core.geojson.read_collection`.
    """

    name: str
    features: Sequence[Feature]
    style: Style = Style()
    popup: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    is_shown: bool = True


def briefing_map(
    layers: Sequence[Layer],
    *,
    title: str,
    on: date,
    subtitle: str = "",
    attribution: str = "",
    notes: Sequence[str] = (),
    is_synthetic: bool = False,
    simplify_m: float = 1.0,
) -> str:
    """The HTML of a map with title, legend, scale, north and the date `on`; layers are drawn in their order.

    `is_synthetic` writes 示意数据 (sample data) beside the title. Lines and areas lose detail below
    `simplify_m` metres; areas of one layer keep the borders they share. The same input gives the
    same text.

    :raises NothingToDraw: when no layer has a shape.
    :raises MapLibraryMissing: when script/vendor has not run.
    """
    import folium

    box = _bounds(layers)
    chart: Any = folium.Map(tiles=None, zoom_snap=0.25, attribution_control=False)
    chart.default_js, chart.default_css = [], []
    for layer in layers:
        if layer.features:
            _draw(layer, simplify_m).add_to(chart)
    folium.LayerControl(collapsed=True).add_to(chart)
    _give_steady_names(chart)
    chart.render()
    figure = chart.get_root()
    heading = _heading(title, subtitle, on, is_synthetic=is_synthetic)
    # Our own words go around what folium made and never through its templates, which would run them.
    return "".join(
        (
            f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<title>{escape(title)}</title>\n',
            _head(),
            f"</head>\n<body>\n{heading}<main>{figure.html.render()}{_legend(layers)}{_NORTH}</main>\n",
            _foot(attribution, notes),
            f"<script>\n{figure.script.render()}\n{_closing_script(chart.get_name(), box)}</script>\n",
            "</body>\n</html>\n",
        )
    )


def _draw(layer: Layer, simplify_m: float) -> Any:
    """The layer as folium takes it, with no more of each feature than is shown."""
    import folium

    # folium writes names of properties into its script as they are, so they get names of ours.
    names = {name: f"p{n}" for n, name in enumerate(dict.fromkeys((*layer.popup, layer.label))) if name}
    shapes = _simplify([feature.shape for feature in layer.features], simplify_m)
    shown = [
        Feature(shape, {known: _say(feature.properties.get(name)) for name, known in names.items()})
        for shape, feature in zip(shapes, layer.features, strict=True)
    ]
    look = _look(layer.style)
    return folium.GeoJson(
        write_collection(shown),
        name=_harmless(layer.name),
        show=layer.is_shown,
        style_function=lambda _: look,
        marker=_marker(layer.style),
        smooth_factor=0.5,
        popup=folium.GeoJsonPopup(
            [names[name] for name in layer.popup], aliases=[_harmless(one) for one in layer.popup.values()]
        )
        if layer.popup
        else None,
        on_each_feature=folium.JsCode(_labelling(names[layer.label])) if layer.label else None,
    )


def _labelling(known_name: str) -> str:
    """A script that writes a property on its shape."""
    return (
        f"(feature, shape) => shape.bindTooltip(String(feature.properties.{known_name}),"
        ' { permanent: true, direction: "center", className: "label" })'
    )


def _look(style: Style) -> dict[str, Any]:
    filled = {"fill": True, "fillColor": style.fill, "fillOpacity": style.fill_opacity}
    return {
        "color": style.colour,
        "weight": style.width_px,
        "dashArray": style.dash or None,
        **(filled if style.fill else {"fill": False}),
    }


def _marker(style: Style) -> Any:
    import folium

    icon = folium.DivIcon(
        html=_symbol(style), icon_size=(SYMBOL_PX, SYMBOL_PX), icon_anchor=(SYMBOL_PX // 2, SYMBOL_PX // 2)
    )
    return folium.Marker(icon=icon)


def _symbol(style: Style) -> str:
    """The mark of a point, and of its line in the legend: its form says what its colour says."""
    return (
        f'<svg class="symbol" viewBox="0 0 14 14" width="{SYMBOL_PX}" height="{SYMBOL_PX}" aria-hidden="true"'
        f' fill="{escape(style.colour)}" stroke="#fff">{_SYMBOLS[style.symbol]}</svg>'
    )


def _swatch(layer: Layer) -> str:
    style = layer.style
    if not layer.features or layer.features[0].shape.geom_type in ("Point", "MultiPoint"):
        return _symbol(style)
    is_area = layer.features[0].shape.geom_type in ("Polygon", "MultiPolygon")
    outline = "M1 2h18v10H1z" if is_area else "M0 7h20"
    fill = f'fill="{escape(style.fill)}" fill-opacity="{style.fill_opacity}"' if style.fill else 'fill="none"'
    return (
        f'<svg viewBox="0 0 20 14" width="20" height="14" aria-hidden="true"><path d="{outline}" {fill}'
        f' stroke="{escape(style.colour)}" stroke-width="{min(style.width_px, 4)}"'
        f' stroke-dasharray="{escape(style.dash)}"/></svg>'
    )


def _simplify(shapes: list[BaseGeometry], tolerance_m: float) -> list[BaseGeometry]:
    """Shapes with less detail; areas keep the borders they share, points stay."""
    tolerance_deg = tolerance_m / METRES_A_DEGREE
    kinds = {shape.geom_type for shape in shapes}
    if kinds <= {"Polygon", "MultiPolygon"}:
        return list(shapely.coverage_simplify(np.array(shapes, dtype=object), tolerance_deg))
    return [shapely.simplify(shape, tolerance_deg) for shape in shapes]


def _bounds(layers: Sequence[Layer]) -> list[list[float]]:
    """South-west and north-east corner of every layer together, latitude first, as Leaflet wants them."""
    shapes = [feature.shape for layer in layers for feature in layer.features]
    west, south, east, north = shapely.total_bounds(shapes) if shapes else (np.nan,) * 4
    if not isfinite(west):
        raise NothingToDraw("简报地图没有可以绘制的内容。请选择有边界、网格或案件的范围。")
    return [[float(south), float(west)], [float(north), float(east)]]


def _say(value: Any) -> Any:
    """A value as a popup writes it: numbers as they are, nothing as a dash, words without power."""
    if value is None or value == "":
        return NO_DATA
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return _harmless(str(value))


def _harmless(words: str) -> str:
    """Words that neither HTML nor folium's templates take for orders: `<` and `{` become entities.

    folium runs what it has rendered through its templates a second time.

    >>> _harmless("{{ 7 * 7 }}<b>")
    '&#123;&#123; 7 * 7 &#125;&#125;&lt;b&gt;'
    """
    return escape(words).replace("{", "&#123;").replace("}", "&#125;")


def _give_steady_names(chart: Any) -> None:
    """Number folium's parts, whose names are random otherwise: the same map gives the same file."""
    for number, part in enumerate(_walk(chart)):
        part._id = str(number)


def _walk(part: Any) -> Iterator[Any]:
    yield part
    for child in part._children.values():
        yield from _walk(child)


# -- the page around the map -------------------------------------------------------------------------

_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
_NORTH = (
    '<svg class="north" viewBox="0 0 28 44" role="img" aria-label="上方为北">'
    '<path d="M14 2 24 34 14 27 4 34z" fill="#1c2733"/>'
    '<text x="14" y="43" text-anchor="middle" font-size="10">北</text></svg>'
)


def _head() -> str:
    css, script = _library()
    return (
        '<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        f"<style>\n{css}\n{PAGE_CSS.read_text(encoding='utf-8')}</style>\n<script>\n{script}\n</script>\n"
    )


def _heading(title: str, subtitle: str, on: date, *, is_synthetic: bool) -> str:
    sample = '<span class="sample">示意数据</span>' if is_synthetic else ""
    beneath = f"<p>{escape(subtitle)}</p>" if subtitle else ""
    day = f'<p class="day"><time datetime="{on:%Y-%m-%d}">{on.year}年{on.month}月{on.day}日</time></p>'
    return f"<header><h1>{escape(title)}</h1>{sample}{beneath}{day}</header>\n"


def _legend(layers: Sequence[Layer]) -> str:
    lines = "".join(
        f'<span class="mark">{_swatch(one)}</span><dt>{escape(one.name)}</dt><dd>{len(one.features)}</dd>'
        for one in layers
    )
    return f'<section class="legend"><h2>图例</h2><dl>{lines}</dl></section>'


def _foot(attribution: str, notes: Sequence[str]) -> str:
    credit = f"{attribution} · Leaflet" if attribution else "Leaflet"
    lines = "".join(f"<p>{escape(line)}</p>" for line in (*notes, f"地图来源：{credit}"))
    return f"<footer>{lines}</footer>\n"


def _closing_script(chart: str, box: list[list[float]]) -> str:
    """Fit the view to everything drawn, also on paper, whose sheet has another form than the screen."""
    return f"""
    L.control.scale({{ imperial: false, maxWidth: 160 }}).addTo({chart});
    const legend = document.querySelector(".legend");
    const fit = () => {{
      const beside = getComputedStyle(legend).position === "absolute" ? legend.offsetWidth + 24 : 24;
      {chart}.invalidateSize({{ animate: false }});
      const room = {{ paddingTopLeft: [24, 24], paddingBottomRight: [beside, 24] }};
      {chart}.fitBounds({box}, {{ animate: false, ...room }});
    }};
    fit();
    window.matchMedia("print").addEventListener("change", fit);
    """


@lru_cache(maxsize=1)
def _library() -> tuple[str, str]:
    """Leaflet's style sheet, its pictures inside it, and its script."""
    try:
        css = (VENDOR / "leaflet.css").read_text(encoding="utf-8")
        script = (VENDOR / "leaflet.js").read_text(encoding="utf-8")
        css = re.sub(r"url\(([\w./-]+\.png)\)", lambda found: f"url({_data_address(found[1])})", css)
    except FileNotFoundError as problem:
        raise MapLibraryMissing("没有安装简报地图用的地图库。请运行 script/bootstrap 后重试。") from problem
    # Two more addresses: a behaviour of old Internet Explorer, and the map of the script's lines.
    css = re.sub(r"behavior:\s*url\([^)]*\);?", "", css)
    return css, re.sub(r"(?m)^//# sourceMappingURL=.*$", "", script)


def _data_address(picture: str) -> str:
    coded = base64.b64encode((VENDOR / picture).read_bytes()).decode("ascii")
    return f"data:image/png;base64,{coded}"
