"""Runs benchmark groups, prints a table and writes JSON: `python -m tests.bench [GROUP…] [--json FILE]`."""

import argparse
import importlib
import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figure

GROUPS: dict[str, tuple[str, ...]] = {
    "main": ("tests.bench.locating", "tests.bench.web", "tests.bench.starting"),
    "cases": ("tests.bench.cases", "tests.bench.evaluation"),
    "wall": ("tests.bench.wall", "tests.bench.wall_replay"),
    "long": ("tests.bench.long_work",),
    "emergency": (
        "tests.bench.roads",
        "tests.bench.effects",
        "tests.bench.sheltering",
        "tests.bench.activating",
        "tests.bench.incident_room",
        "tests.bench.incident_record",
        "tests.bench.alarms",
        "tests.bench.ways",
    ),
    "geocoding": ("tests.bench.geocoding",),
    "phone": ("tests.bench.positions", "tests.bench.phone"),
    "grid": ("tests.bench.frame", "tests.bench.tiles", "tests.bench.case_tiles", "tests.bench.register"),
}

MACHINE = "tests.bench.machine"


def _measure(groups: list[str], console: Console) -> list[Figure]:
    figures: list[Figure] = []
    for module_name in (MACHINE, *(name for group in groups for name in GROUPS[group])):
        console.print(f"[dim]measuring {module_name} …[/]")
        figures.extend(importlib.import_module(module_name).measure())
    return figures


def _table(figures: list[Figure]) -> Table:
    table = Table(title="citygrid benchmarks")
    for heading in ("group", "figure", "value", "target", "", "peer", "peer value", "ratio"):
        table.add_column(heading, justify="left" if heading in {"group", "figure", "peer"} else "right")
    for figure in figures:
        table.add_row(*figure.cells())
    return table


def main() -> int:
    """Measure the groups asked for; exit 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    there_are = ", ".join(GROUPS)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"one of {there_are}; default: all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures as JSON")
    asked = parser.parse_args()
    unknown = sorted(set(asked.groups) - set(GROUPS))
    if unknown:
        parser.error(f"unknown group {', '.join(unknown)}; there are {there_are}")
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)
    figures = _measure(asked.groups or list(GROUPS), console)
    console.print(_table(figures))
    if asked.json:
        asked.json.write_text(json.dumps([f.as_json() for f in figures], ensure_ascii=False, indent=1) + "\n")
    return 0 if all(figure.ok for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
