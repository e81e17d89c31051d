"""A CSV of another city's hotline as such files are: most rows good, some broken in every way we know of."""

import csv
import io
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gis_core.offset_systems import wgs84_to_gcj02
from gis_core.places import LonLat

HEADING = ("工单编号", "问题类型", "受理时间", "经度", "纬度", "问题描述", "地址")
TEXTS = ("井盖没了,怕摔人", '居民称"响了一夜"', "第一行\n第二行", "垃圾没人收", "路面有坑")
TYPES = ("井盖丢失", "雨水箅子破损", "暴露垃圾", "道路破损")
MOMENT = "2026-09-17 08:00:00"

FLAWS: dict[str, tuple[str, dict[str, str]]] = {
    "far away": ("outside_frame", {"经度": "107.5", "纬度": "34.5"}),
    "no fix": ("zero_position", {"经度": "0", "纬度": "0"}),
    "latitude first": ("swapped_axes", {"经度": "34.369", "纬度": "107.145"}),
    "not a number": ("bad_coordinate", {"经度": "NaN"}),
    "endless": ("bad_coordinate", {"纬度": "Infinity"}),
    "empty": ("bad_coordinate", {"经度": ""}),
    "off the Earth": ("not_on_earth", {"经度": "1071.45", "纬度": "134.3"}),
    "strange type": ("unmapped_type", {"问题类型": "外星人"}),
    "yesterday": ("bad_time", {"受理时间": "昨天"}),
    "no such day": ("bad_time", {"受理时间": "2026-02-30 08:00:00"}),
    "to come": ("future_time", {"受理时间": "9999-12-31 23:59:59"}),
    "long ago": ("early_time", {"受理时间": "1900-01-01 00:00:00"}),
    "no id": ("no_id", {"工单编号": " "}),
    "a novel": ("text_too_long", {"问题描述": "长" * 2001}),
    "a huge cell": ("broken_row", {"问题描述": "长" * 140_000}),
    "a zero byte": ("bad_text", {"问题描述": "井盖\0没了"}),
    "a rocket": ("bad_text", {"地址": "经二路\x1b[31m"}),
    "sent twice": ("repeated_id", {"工单编号": "A0"}),
}
"""What can be wrong with a cell, and the code it is refused with."""
BARE: dict[str, tuple[str, str]] = {
    "breaks off": ("too_few_cells", "B1,井盖丢失"),
    "never closed": ("broken_row", f'B2,井盖丢失,{MOMENT},107.1,34.3,"没有写完,经二路'),
    "closed too soon": ("broken_row", f'B3,井盖丢失,{MOMENT},107.1,34.3,"没"写完,经二路'),
}
"""Lines that no writer of CSV would write."""


@dataclass
class MessyReports:
    """The file's words, and what is to become of its rows."""

    words: str
    good: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def save(self, path: Path, *, encoding: str = "utf-8") -> Path:
        """Write the file; GB18030 and UTF-8 with or without a mark are all met in the wild."""
        path.write_text(self.words, encoding=encoding, newline="")
        return path


def draw_messy_reports(places: Sequence[LonLat], rows: int, *, seed: int = 1) -> MessyReports:
    """`rows` rows; every flaw comes at least once, the others are good reports near `places` (EPSG:4490)."""
    drawn, lines = random.Random(seed), io.StringIO(newline="")
    made = MessyReports("")
    writer = csv.writer(lines)
    writer.writerow(HEADING)
    writer.writerow(_good_row("A0", drawn, places).values())
    made.good = 1
    for number in range(1, rows):
        row, code = _good_row(f"A{number}", drawn, places), ""
        if number % 10 == 0:
            name = [*FLAWS, *BARE][(number // 10 - 1) % (len(FLAWS) + len(BARE))]
            code = (FLAWS.get(name) or BARE[name])[0]
            if name in BARE:
                lines.write(BARE[name][1] + "\r\n")
                made.refused[code] += 1
                continue
            row |= FLAWS[name][1]
        writer.writerow(row.values())
        made.refused.update([code] if code else [])
        made.good += not code
    made.words = lines.getvalue()
    return made


def _good_row(number: str, drawn: random.Random, places: Sequence[LonLat]) -> dict[str, str]:
    place = wgs84_to_gcj02(drawn.choice(places))
    cells = (
        number,
        drawn.choice(TYPES),
        MOMENT,
        f"{place.lon_deg:.6f}",
        f"{place.lat_deg:.6f}",
        drawn.choice(TEXTS),
        "经二路",
    )
    return dict(zip(HEADING, cells, strict=True))
