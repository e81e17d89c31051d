"""The small town of tests/geocoding_town.py behind the city's own face, and files of its addresses."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gis_core.crs import PlaneSystem
from gis_core.geocoding.geocoder import Geocoder
from gis_core.geocoding.index import PlaceIndex
from gis_core.geocoding.reversing import Describer
from gis_core.geocoding.suggesting import Suggester
from gis_core.places import LonLat
from grid.gazetteer.live import Engine
from grid.geocode_batches.address_file import AddressFile
from grid.geocode_batches.answering import Order
from grid.geocoding import CityGeocoder
from grid.rules.address_columns import choose_columns
from tests.case_city import baoji, nine_grids
from tests.geocoding_town import town
from web.wiring import load_nation

PLANE = PlaneSystem(4545)


@dataclass
class StillGazetteer:
    """A gazetteer that does not change."""

    engine: Engine


def town_geocoder(version: str = "1-1-1-1-1", index: PlaceIndex | None = None) -> CityGeocoder:
    """Answers from the town, or another index, as a version of its gazetteer."""
    index = index or town()
    index = replace(index, meta=index.meta | {"version": version})
    engine = Engine(index, Geocoder(index), Suggester(index), Describer(index))
    return CityGeocoder(StillGazetteer(engine), nine_grids(PLANE), PLANE, baoji(), load_nation)  # type: ignore[arg-type]


def write_table(
    path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8", separator: str = ","
) -> Path:
    """A CSV as a spreadsheet writes it."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def addresses(count: int) -> list[tuple[str, str]]:
    """A table of plates of 经二路, every tenth of a street that nobody knows."""
    said = (f"幸福里{n}号" if n % 10 == 9 else f"经二路{n % 150 + 1}号" for n in range(count))
    return [("编号", "地址"), *((f"N{n}", words) for n, words in enumerate(said))]


def order_of(path: Path, told: Sequence[str] = (), near: LonLat | None = None) -> Order:
    """The order to answer a file into `answers.csv` beside it."""
    file = AddressFile.look_through(path)
    folder = path.parent / "state"
    columns = choose_columns(file.heading, told)
    return Order(file=file, columns=columns, near=near, out=path.with_name("answers.csv"), folder=folder)


def read_answers(path: Path) -> list[dict[str, str]]:
    """The rows of a file of answers by their headings."""
    with path.open(encoding="utf-8-sig", newline="") as words:
        return list(csv.DictReader(words))
