"""Places from words: speed, size and quality of the engine over 200,000 places; suggestions over HTTP."""

import http.client
import resource
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from urllib.parse import quote

import numpy as np
from sqlalchemy import Engine, text

from gis_core.crs import PlaneSystem
from gis_core.db import open_sessions
from gis_core.geocoding.community_names import CommunityNames
from gis_core.geocoding.divisions import NationalDivisions
from gis_core.geocoding.index_building import build_index
from gis_core.geocoding.tagging import COMMUNITIES, Tagger
from grid.city import City
from grid.frame import LiveFrame
from grid.gazetteer.index_reading import list_index_places
from grid.gazetteer.live import Engine as Geocoding
from tests.bench.figures import Figure
from tests.bench.geocoding_city import WORDS, draw_town
from tests.bench.geocoding_noise import Noise, Said, off_m
from tests.bench.synthetic_addresses import AddressMaker
from tests.bench.web import BAOJI, drawn_city, sign_in
from tests.bench.web_load import run_load, serving
from tests.quality.labelled import Ground, read_sentences, score, tally, within
from web.settings import Settings
from web.wiring import NATION, follow_places

_figure = partial(Figure, "geocoding")
ADDRESSES = 6_000
POINTS = 100_000
TYPISTS, KEYSTROKES = 20, 2_000
BETWEEN_KEYS_S = 0.25
TYPED = (
    "经二路和红旗路十字往东五十米", "渭滨区经二路155号", "jel", "hongqi", "阳光小区3号楼", "石鼓园西门",
    "高新大道公厕",
)  # fmt: skip
CROWD = text("""
    INSERT INTO grid.place (kind, name, category, geom, division_code, street, number, weight, source,
        valid_from, is_synthetic)
    SELECT kind, translate(name, :from, :to), category, ST_Translate(geom, 7, 5), division_code,
        translate(street, :from, :to), number, weight, source, valid_from, true
    FROM grid.place WHERE id <= (SELECT max(id) FROM grid.place) AND source NOT LIKE 'bench%'
""")


def measure() -> list[Figure]:
    """Figures of the engine in one process on one core, then of suggestions over HTTP."""
    town = draw_town()
    with tempfile.TemporaryDirectory() as folder:
        started = perf_counter()
        built = build_index(town.places, town.areas, version="bench", generic_words=WORDS)
        built_s = perf_counter() - started
        built.save(Path(folder))
        started = perf_counter()
        engine = Geocoding.load(Path(folder))
        loaded_s = perf_counter() - started
        noise = Noise(town.places, town.areas, engine.index, np.random.default_rng(7))
        clean, noised = noise.clean(ADDRESSES), noise.noised(ADDRESSES)
        return [
            _figure("places in the index", len(engine.index), "", target=190_000, better="more"),
            _figure("index built", built_s, "s", target=20),
            _figure("index loaded from its files, trees included", loaded_s, "s", target=2),
            _figure("index in memory", built.size_bytes / 1e6, "MB", target=400),
            _figure("peak memory of the process that builds and asks", _peak_mb(), "MB"),
            *_forward("as the gazetteer writes them", engine, clean),
            *_forward("with one to three kinds of noise", engine, noised),
            *_quality(engine, noised),
            *_reverse(engine),
            *_labelling(),
            *_typing(),
        ]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _forward(how: str, engine: Geocoding, said: Sequence[Said]) -> list[Figure]:
    geocode, times = engine.geocoder.geocode, []
    for one in said[:200]:
        geocode(one.text)
    for one in said:
        started = perf_counter()
        geocode(one.text)
        times.append(perf_counter() - started)
    return [
        _figure(f"forward, one core, {how}", len(times) / sum(times), "/s", target=3_000, better="more"),
        _figure(f"forward, {how}, p99", float(np.percentile(times, 99)) * 1000, "ms", target=3),
    ]


def _quality(engine: Geocoding, said: Sequence[Said]) -> list[Figure]:
    right = confident = 0
    for one in said:
        best = engine.geocoder.geocode(one.text).best
        away_m = off_m(one, best.point.easting_m, best.point.northing_m) if best else 1e9
        right += away_m <= 20
        confident += away_m > 100 and best is not None and best.confidence >= 0.8
    return [
        _figure("noised, right within 20 m", right / len(said) * 100, "%", target=98, better="more"),
        _figure("noised, off by > 100 m with confidence ≥ 0.8", confident / len(said) * 100, "%", target=0.2),
    ]


def _reverse(engine: Geocoding) -> list[Figure]:
    draws = np.random.default_rng(3)
    columns = engine.index.columns
    spots = np.column_stack([columns.easting, columns.northing])
    points = spots[draws.integers(0, len(spots), POINTS)] + draws.normal(0, 25, (POINTS, 2))
    engine.describer.describe_many(points[:1000])
    started = perf_counter()
    engine.describer.describe_many(points)
    many = POINTS / (perf_counter() - started)
    started = perf_counter()
    for east, north in points[:3000].tolist():
        engine.describer.describe(east, north)
    one = 3000 / (perf_counter() - started)
    return [
        _figure("reverse, many at once", many, "/s", target=20_000, better="more"),
        _figure("reverse, one at a time", one, "/s"),
    ]


def _labelling() -> list[Figure]:
    """How fast addresses of any city are labelled; how right stands in data/nation/README.md."""
    nation = NationalDivisions.load(NATION)
    tagger, communities = Tagger.load(NATION, nation), CommunityNames.load(NATION / COMMUNITIES)
    made = AddressMaker(nation, communities, seed=1).addresses(3_000)
    texts = ["".join(said for said, _ in address) for address in made]
    for one in texts[:200]:
        tagger.tag(one)
    started = perf_counter()
    for one in texts:
        tagger.tag(one)
    rate = len(texts) / (perf_counter() - started)
    return [_figure("addresses of any city labelled, one core", rate, "/s", target=3_000, better="more")]


def _sentences(engine: Engine, folder: Path) -> list[Figure]:
    """The labelled sentences on the drawn city."""
    city = City.load(BAOJI)
    frame = LiveFrame(open_sessions(engine), PlaneSystem(city.plane_crs))
    geocoder = follow_places(Settings(home=folder, _env_file=None), engine, city, frame)  # type: ignore[call-arg]
    with open_sessions(engine)() as session:
        ground = Ground(list_index_places(session, geocoder.plane, city), geocoder.plane)
    whole = tally(score(within(read_sentences(), ground), ground, geocoder.geocode))[""]
    wrong = whole.wrong_and_confident / whole.asked * 100
    return [
        _figure(f"{whole.asked} labelled sentences, right", whole.share * 100, "%", target=95, better="more"),
        _figure("labelled sentences, wrong with confidence ≥ 0.8", wrong, "%", target=0.2),
    ]


def _typing() -> list[Figure]:
    """Twenty typists over HTTP, signed in, on the drawn city thrice as crowded."""
    with drawn_city() as (engine, folder):
        sentences = _sentences(engine, folder)
        many = _crowd(engine)
        headers = sign_in(engine, folder)
        with serving(engine.url.render_as_string(hide_password=False), folder) as port:
            typed = [word[:end] for word in TYPED for end in range(1, len(word) + 1)]

            def ask(connection: http.client.HTTPConnection, n: int) -> None:
                address = f"/api/v1/suggest?q={quote(typed[n % len(typed)])}"
                connection.request("GET", address, headers=headers)
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    raise RuntimeError(f"{address}: {answer.status} {body[:200]!r}")

            run_load(TYPISTS, 400, port, ask)
            typing = run_load(TYPISTS, KEYSTROKES, port, ask, pause_s=BETWEEN_KEYS_S)
            load = run_load(TYPISTS, KEYSTROKES, port, ask)
            alone = run_load(1, 400, port, ask)
    return [
        *sentences,
        _figure(
            f"suggestions over HTTP, {TYPISTS} typists, 4 keys a second each, p95",
            typing.p95_ms,
            "ms",
            target=20,
        ),
        _figure(f"suggestions over HTTP, {TYPISTS} who never pause, p95", load.p95_ms, "ms"),
        _figure("suggestions over HTTP, keystrokes answered", load.rate, "/s", target=100, better="more"),
        _figure(f"suggestions over HTTP, one typist, {many:,} places, p95", alone.p95_ms, "ms", target=20),
    ]


def _crowd(engine: Engine) -> int:
    """Two more of every place under other names."""
    with engine.begin() as connection:
        if connection.scalar(text("SELECT count(*) FROM grid.place")) < 150_000:
            for old, new in (("路街巷区园", "道里弄村苑"), ("路街巷区园", "里道坊庄庭")):
                connection.execute(CROWD, {"from": old, "to": new})
            connection.execute(text("UPDATE grid.gazetteer_version SET version = version + 1"))
        return int(connection.scalar(text("SELECT count(*) FROM grid.place")) or 0)
