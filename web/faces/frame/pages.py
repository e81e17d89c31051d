"""Editing unit grids: choose, draw, look at what it comes to, save; defects to mend; history and undo."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

import numpy as np
import shapely
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from shapely import LineString

from gis_core.errors import BadInput, CitygridError, Conflict, NotFound, Refused
from gis_core.places import LonLat, PlanePoint
from gis_core.shapes import to_lonlat
from grid import frame_history as history
from grid.frame_history import Editor
from grid.frame_limits import load_frame_limits
from grid.operations import EditPreview, FrameEdit, FrameEditing
from grid.reading import get_frame_version, list_division_names
from grid.rules.quality import KINDS, Defect
from web.accounts.guards import FormSent, requires
from web.accounts.people import Person
from web.faces.frame.defects import find_defects
from web.faces.queues import places_of
from web.forms import parse
from web.rendering import page, see_other
from web.uploads import Malformed
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/frame")
Officer = Annotated[Person, requires("data_officer")]
MOST_LINES, MOST_POINTS, MOST_GAPS = 20, 500, 20
MOST_DEFECTS = 200
BARE = frozenset({"gap", "uncovered"})
MENDED_BY_GIVING_WAY = frozenset({"overlap", "wrong_prefix", "crosses_community"})
TABS = {"edit": "编辑", "defects": "问题", "history": "历史"}


class EditSent(BaseModel):
    """The form of an edit; places are degrees (EPSG:4490), longitude first."""

    model_config = ConfigDict(extra="ignore")

    codes: str = Field(default="", max_length=5_000, title="网格")
    lines: str = Field(default="", max_length=40_000, title="画的线")
    gaps: str = Field(default="", max_length=2_000, title="空地")
    gives_way: bool = Field(default=False, title="校正")
    abolish: bool = Field(default=False, title="撤销")
    reason: str = Field(default="", max_length=500, title="理由")
    seen_version: int = Field(default=0, ge=0, title="版本")


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of an edit: what was sent, what it would come to, or why it cannot be."""

    sent: EditSent
    preview: EditPreview | None = None
    refusal: CitygridError | None = None


@router.get("")
def show_frame(request: Request, person: Officer, wiring: Wired, tab: str = "edit") -> Response:
    """The map of unit grids, and beside it the edit as the address begins it, the defects or the history."""
    begun = parse(EditSent, request.query_params)
    return _page(request, wiring, person, Shown(begun), tab=tab)


@router.post("/preview")
def preview_edit(request: Request, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """What the edit would come to; nothing is written."""
    sent = parse(EditSent, form)
    try:
        preview = _editing(wiring).preview(_edit_of(wiring, sent))
    except (BadInput, Refused, Conflict, NotFound) as refusal:
        return _page(request, wiring, person, Shown(sent, refusal=refusal), status=422)
    return _page(request, wiring, person, Shown(sent, preview))


@router.post("/save")
def save_edit(request: Request, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Put the edit in force and show it."""
    sent = parse(EditSent, form)
    at = wiring.clock.now()
    try:
        change = _editing(wiring).save(
            _edit_of(wiring, sent),
            seen_version=sent.seen_version,
            by=Editor(person.id, person.name),
            at=at,
            reason=sent.reason,
        )
    except (BadInput, Refused, Conflict, NotFound) as refusal:
        return _page(request, wiring, person, Shown(sent, refusal=refusal), status=422)
    wiring.frame.reload()
    return see_other(f"/frame?tab=history&saved={change.id}")


@router.post("/changes/{change_id}/undo")
def undo_edit(request: Request, change_id: int, form: FormSent, person: Officer, wiring: Wired) -> Response:
    """Take a change back."""
    reason = form.get("reason")
    try:
        _editing(wiring).undo(
            change_id,
            by=Editor(person.id, person.name),
            at=wiring.clock.now(),
            reason=reason if isinstance(reason, str) else "",
        )
    except (Refused, Conflict, NotFound) as refusal:
        return _page(request, wiring, person, Shown(EditSent(), refusal=refusal), tab="history", status=422)
    wiring.frame.reload()
    return see_other("/frame?tab=history")


def _page(
    request: Request, wiring: Wiring, person: Person, shown: Shown, *, tab: str = "edit", status: int = 200
) -> Response:
    with wiring.sessions() as session:
        version = get_frame_version(session)
        changes = history.list_changes(session, most=60) if tab == "history" else ()
        names = list_division_names(session)
    found = _defects(wiring, version) if tab == "defects" else []
    undone = {change.body.get("undoes") for change in changes}
    context = {
        "places": places_of(person),
        "tab": tab if tab in TABS else "edit",
        "tabs": TABS,
        "sent": shown.sent,
        "preview": shown.preview,
        "refusal": shown.refusal,
        "version": version,
        "changes": changes,
        "undone": undone,
        "names": names,
        "defects": _defects_to_mend(wiring, found),
        "kinds": KINDS,
        "saved": request.query_params.get("saved", ""),
        "drawn": _as_geojson(wiring, shown.preview, found),
        "look_at": _place_of(wiring, shown.sent) if request.method == "GET" else None,
    }
    return page(request, "frame/frame.html", context, status=status)


def _editing(wiring: Wiring) -> FrameEditing:
    return FrameEditing(wiring.sessions, wiring.plane, load_frame_limits(wiring.city))


def _edit_of(wiring: Wiring, sent: EditSent) -> FrameEdit:
    """The edit that a form asks for.

    :raises Malformed: when a line or a place cannot be read.
    """
    codes = tuple(dict.fromkeys(sent.codes.replace(",", " ").replace("，", " ").split()))
    lines = [line for line in sent.lines.splitlines() if line.strip()]
    gaps = [line for line in sent.gaps.splitlines() if line.strip()]
    if len(lines) > MOST_LINES or len(gaps) > MOST_GAPS:
        raise Malformed(f"一次最多画 {MOST_LINES} 条线、选 {MOST_GAPS} 处空地。", fields=["lines"])
    return FrameEdit(
        codes=codes,
        lines=tuple(LineString(_points(wiring, line, least=2)) for line in lines),
        gap_points=tuple(PlanePoint(*_points(wiring, gap, least=1)[0].tolist()) for gap in gaps),
        gives_way=sent.gives_way,
        is_abolishing=sent.abolish,
    )


def _place_of(wiring: Wiring, sent: EditSent) -> LonLat | None:
    """Where the map looks first: at the grids or the bare ground that an edit begins with."""
    try:
        edit = _edit_of(wiring, sent)
        with wiring.sessions() as session:
            shapes = [row.shape for row in history.read_grids(session, edit.codes).values()]
    except (BadInput, Refused, NotFound):
        return None
    points = [shapely.Point(point.easting_m, point.northing_m) for point in edit.gap_points]
    if not shapes and not points:
        return None
    middle = shapely.GeometryCollection([*shapes, *points]).envelope.centroid
    return wiring.plane.to_lonlat(PlanePoint(middle.x, middle.y))


def _points(wiring: Wiring, words: str, *, least: int) -> Any:
    """Places written `lon lat, lon lat` in the plane system."""
    try:
        pairs = np.array([[float(n) for n in pair.split()] for pair in words.split(",")], dtype=np.float64)
    except ValueError:
        raise Malformed("画的线读不出。请写成“经度 纬度, 经度 纬度”。", fields=["lines"]) from None
    is_pairs = pairs.ndim == 2 and pairs.shape[1] == 2
    if not is_pairs or not least <= len(pairs) <= MOST_POINTS or not (np.abs(pairs) <= 180).all():
        raise Malformed(f"一条线应有 {least} 至 {MOST_POINTS} 个“经度 纬度”。", fields=["lines"])
    points = wiring.plane.to_plane_many(pairs)
    if not np.isfinite(points).all():
        raise Malformed("画的线不在本市。请在地图上重画。", fields=["lines"])
    return points


def _as_geojson(wiring: Wiring, preview: EditPreview | None, defects: Sequence[Defect]) -> str:
    """New grids of a preview and defects for the map, EPSG:4490; nothing when there is neither."""
    made = preview.made if preview else {}
    wrong = [*defects, *(preview.report.defects if preview else ())]
    features = [_feature(wiring, shape, {"kind": "made", "code": code[12:]}) for code, shape in made.items()]
    features += [
        _feature(wiring, one.shape, {"kind": "defect", "code": ""})
        for one in wrong
        if one.shape is not None and not one.shape.is_empty
    ]
    if not features:
        return ""
    return json.dumps({"type": "FeatureCollection", "features": features})


def _feature(wiring: Wiring, shape: Any, properties: Mapping[str, str]) -> dict[str, Any]:
    geometry = json.loads(shapely.to_geojson(to_lonlat(shape, wiring.plane)))
    return {"type": "Feature", "properties": dict(properties), "geometry": geometry}


def _defects(wiring: Wiring, version: int) -> list[Defect]:
    """Defects of the frame in force with a place to look at, the gravest first."""
    found = [one for one in find_defects(wiring, version).defects if one.place is not None]
    return found[:MOST_DEFECTS]


def _defects_to_mend(wiring: Wiring, defects: Sequence[Defect]) -> list[dict[str, Any]]:
    """Defects as the page lists them, each with the edit that is most likely to mend it."""
    overlaps = Counter(code for one in defects if one.kind == "overlap" for code in one.codes)
    least_m2 = load_frame_limits(wiring.city).least_m2
    return [_defect(wiring, one, overlaps, least_m2) for one in defects]


def _defect(wiring: Wiring, defect: Defect, overlaps: Mapping[str, int], least_m2: float) -> dict[str, Any]:
    place = defect.place
    assert place is not None
    here = wiring.plane.to_lonlat(PlanePoint(place.x, place.y))
    codes = [code for code in defect.codes if len(code) == 15][:12]
    begun: dict[str, str] = {"tab": "edit"}
    if defect.kind in BARE:
        begun["gaps"] = f"{here.lon_deg:.7f} {here.lat_deg:.7f}"
        # What is too small for a grid of its own joins the one beside it.
        codes = codes[:1] if defect.area_m2 < least_m2 else []
    elif defect.kind == "overlap":
        codes = [max(codes, key=lambda code: (overlaps[code], code))]
    if defect.kind in MENDED_BY_GIVING_WAY:
        begun["gives_way"] = "true"
    return {
        "kind": defect.kind,
        "name": KINDS[defect.kind][0],
        "severity": defect.severity,
        "words": defect.words,
        "mend": "/frame?" + urlencode(begun | ({"codes": " ".join(codes)} if codes else {})),
        "lon": round(here.lon_deg, 7),
        "lat": round(here.lat_deg, 7),
    }
