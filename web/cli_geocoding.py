"""Verbs of the command line that find places: one text with all reasons, and the index they are found in."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from web.cli_shared import DataDir, absolute, console, database
from web.settings import Settings, load_settings

# Every verb reads this file: what only these need would make each of them wait two seconds.
if TYPE_CHECKING:
    from gis_core.geocoding.answers import Answer
    from web.wiring import Wiring


def geocode(
    text: Annotated[str, typer.Argument(help="What somebody says of a place.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell the reading, and why each candidate stands where it does.")
    ] = False,
    near: Annotated[str, typer.Option(help="Where the asker is: longitude,latitude.")] = "",
    data_dir: DataDir = None,
) -> None:
    """Find the place a text means, with confidence and level; with --explain all the reasons.

    Exits with 1 when no place is found.
    """
    from web.geocoding import read_near

    with open_city(load_settings(data_dir=absolute(data_dir)), "citygrid geocode") as city:
        answer = city.geocoder.geocode(text, near=read_near(near))
        _tell(city, answer, explain=explain)
    if not answer.candidates:
        raise typer.Exit(1)


def index_places(data_dir: DataDir = None) -> None:
    """Build the index of the gazetteer that places are found in; one that is there already is kept."""
    with open_city(load_settings(data_dir=absolute(data_dir)), "citygrid index-places") as city:
        engine = city.gazetteer.reload()
        size_mb = engine.index.size_bytes / 1e6
        console.print(f"[green]·[/] 地名索引：{len(engine.index):,} 处，{size_mb:.0f} MB")


@contextmanager
def open_city(settings: Settings, command: str) -> "Iterator[Wiring]":
    """The city wired for one verb, on a database that runs."""
    from web.wiring import build_wiring

    with database(settings, command) as ready:
        wiring = build_wiring(ready)
        try:
            yield wiring
        finally:
            wiring.stop()


def _tell(city: "Wiring", answer: "Answer", *, explain: bool) -> None:
    from gis_core.geocoding.answers import LEVEL_NAMES
    from grid.answer_rows import OUTCOME_NAMES, outcome_of
    from web.geocoding import note_of
    from web.wiring import load_tagger

    said = escape(" ".join(filter(None, (answer.message, note_of(answer)))))
    console.print(f"[bold]{OUTCOME_NAMES[outcome_of(answer)]}[/] {said}", markup=True)
    if explain:
        told = " ".join(f"{span.text}/{span.label}" for span in load_tagger().tag(answer.text).spans)
        console.print(f"按通用地址标注：{told}", markup=False)
    if explain and answer.readings:
        read = " ".join(f"{span.text}/{span.label}" for span in answer.readings[0].spans)
        console.print(f"读作：{read}", markup=False)
    if not answer.candidates:
        return
    table = Table("置信度", "级别", "标准地址", "经度,纬度", "误差", "网格", box=None)
    for one in answer.candidates:
        place, located = city.geocoder.place_of(one.point), city.geocoder.locate(one.point)
        table.add_row(
            f"{one.confidence:.2f}",
            LEVEL_NAMES[one.level],
            one.address,
            f"{place.lon_deg:.6f},{place.lat_deg:.6f}",
            f"{one.radius_m:.0f} 米",
            located.unit_grid_code if located else "–",
        )
    console.print(table)
    if explain:
        for number, one in enumerate(answer.candidates, 1):
            reasons = [*one.why, *([f"落后原因：{one.lost}"] if one.lost else [])]
            console.print(f"{number}. {one.name}：{'；'.join(reasons) or '名称相符'}", markup=False)
