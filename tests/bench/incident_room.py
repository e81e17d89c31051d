"""What one person writes or draws in an incident room, until another who listens has it, same cores."""

from functools import partial
from statistics import median
from time import perf_counter
from uuid import uuid4

from cases.rules.deciding import Asking
from emergency.rules.commands import Note, Open
from emergency.rules.room.commands import Draw
from gis_core.places import LonLat
from tests.bench.activating import listening
from tests.bench.figures import Figure
from tests.bench.web import bench_wiring, drawn_city
from tests.bench.web_load import serving
from web.wiring import Wiring

_figure = partial(Figure, "emergency")
TIMES, FACTS = 20, 200
JINGER_ROAD = LonLat(107.1450, 34.3690)
POINT = {"type": "Point", "coordinates": [107.14, 34.36]}


def measure() -> list[Figure]:
    """Figures of a room with 200 facts, the slowest of some; a browser's own time is in tests/browser."""
    with drawn_city() as (engine, folder):
        wiring = bench_wiring(engine, folder)
        who = Asking(wiring.clock.now(), None, "应急值班员甲", "duty_officer", None)
        opened = wiring.incidents.open(
            Open("flood", "渭河水位上涨"), who, client_id=uuid4(), place=JINGER_ROAD, is_drill=True
        )
        for n in range(FACTS):
            wiring.room.note(opened.incident_no, Note(f"第{n}条"), who)
        with serving(engine.url.render_as_string(hide_password=False), folder) as port:
            _entry(wiring, port, opened.incident_no, who, "第一页")  # templates are read with the first page
            entries = [_entry(wiring, port, opened.incident_no, who, f"新{n}") for n in range(TIMES)]
            strokes = [_stroke(wiring, port, opened.incident_no, who, f"笔{n}") for n in range(TIMES)]
        wiring.open_data.close()
    name = f"incident room with {FACTS} facts"
    return [
        _figure(f"{name}: an entry until another has the page, median", median(entries), "s"),
        _figure(f"{name}: an entry, slowest of {TIMES}", max(entries), "s", target=1),
        _figure(f"{name}: a stroke until another has the map, median", median(strokes), "s"),
        _figure(f"{name}: a stroke, slowest of {TIMES}", max(strokes), "s", target=1),
    ]


def _entry(wiring: Wiring, port: int, number: str, who: Asking, words: str) -> float:
    with listening(wiring, port, "commander") as (page, events):
        started = perf_counter()
        wiring.room.note(number, Note(words), who)
        next(line for line in events if number in line)
        shown = page.get(f"/incidents/{number}/room").raise_for_status().text
        took = perf_counter() - started
    if words not in shown:
        raise RuntimeError("the other has not got the entry")
    return took


def _stroke(wiring: Wiring, port: int, number: str, who: Asking, label: str) -> float:
    with listening(wiring, port, "commander") as (page, events):
        started = perf_counter()
        wiring.room.draw(number, Draw(uuid4(), "point", label, POINT), who)
        next(line for line in events if number in line)
        shown = page.get(f"/api/v1/incidents/{number}/room").raise_for_status().text
        took = perf_counter() - started
    if label not in shown:
        raise RuntimeError("the other has not got the stroke")
    return took
