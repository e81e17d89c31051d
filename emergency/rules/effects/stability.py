"""Stability of the air by Pasquill's table (Fundamentals of Air Pollution, 3rd ed., table 19-3)."""

from dataclasses import dataclass
from typing import Literal, get_args

from emergency.rules.effects.checks import BadEffectNumber, need
from emergency.rules.effects.wording import Say

PasquillClass = Literal["A", "B", "C", "D", "E", "F"]
Sky = Literal[
    "sun_strong", "sun_moderate", "sun_slight", "night_cloudy", "night_clear", "overcast", "twilight"
]  # fmt: skip
SKY_NAMES: dict[Sky, str] = {
    "sun_strong": "白天，日照强",
    "sun_moderate": "白天，日照中等",
    "sun_slight": "白天，日照弱",
    "night_cloudy": "夜间，低云量 4/8 及以上",
    "night_clear": "夜间，低云量 3/8 及以下",
    "overcast": "阴天（昼夜）",
    "twilight": "日出后或日落前一小时",
}
STRONGEST_MPS = 60.0


@dataclass(frozen=True, slots=True)
class Stability:
    """One class, or two whose dispersion is averaged; `note` is what must be said about it."""

    classes: tuple[PasquillClass, ...]
    note: str = ""

    @property
    def name(self) -> str:
        """As it is written: A, or A–B."""
        return "–".join(self.classes)


_TABLE: tuple[tuple[float, dict[Sky, tuple[PasquillClass, ...]]], ...] = (
    (2.0, {"sun_strong": ("A",), "sun_moderate": ("A", "B"), "sun_slight": ("B",)}),
    (
        3.0,
        {
            "sun_strong": ("A", "B"),
            "sun_moderate": ("B",),
            "sun_slight": ("C",),
            "night_cloudy": ("E",),
            "night_clear": ("F",),
        },
    ),
    (
        5.0,
        {
            "sun_strong": ("B",),
            "sun_moderate": ("B", "C"),
            "sun_slight": ("C",),
            "night_cloudy": ("D",),
            "night_clear": ("E",),
        },
    ),
    (
        6.0,
        {
            "sun_strong": ("C",),
            "sun_moderate": ("C", "D"),
            "sun_slight": ("D",),
            "night_cloudy": ("D",),
            "night_clear": ("D",),
        },
    ),
    (
        STRONGEST_MPS,
        {
            "sun_strong": ("C",),
            "sun_moderate": ("D",),
            "sun_slight": ("D",),
            "night_cloudy": ("D",),
            "night_clear": ("D",),
        },
    ),
)


def stability_of(wind_mps: float, sky: Sky) -> Stability:
    """The class for a wind at 10 m and a sky; 2, 3 and 5 m/s open the next row, 6 m/s still belongs to 5–6.

    Overcast skies and the hour beside the night are D. The table is blank for nights below
    2 m/s: F, and said so.

    :raises BadEffectNumber: for a wind that is none, or an unknown sky.

    >>> stability_of(1.5, "sun_moderate").name, stability_of(4.0, "night_clear").name
    ('A–B', 'E')
    """
    need(wind_mps, "风速", low=0.0, high=STRONGEST_MPS, unit="米/秒")
    if sky not in get_args(Sky):
        raise BadEffectNumber(f"没有“{sky}”这种天空状况。请从列表中选择。", name="sky")
    if sky in ("overcast", "twilight"):
        return Stability(("D",))
    row = next(cells for top, cells in _TABLE if wind_mps < top or (top >= 6.0 and wind_mps <= top))
    classes = row.get(sky)
    return Stability(classes) if classes else Stability(("F",), Say.NIGHT_CALM.of())
