"""How wide a plume has become: σy and σz in metres by distance, class and set of coefficients.

Briggs (Fundamentals of Air Pollution, 3rd ed., tables 19-6 rural and 19-7 urban) and Pasquill–Gifford as the
EPA's ISC model writes it (tables 19-4, 19-5; rural). All hold from 100 m to 10 km downwind.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from emergency.rules.effects.checks import BadEffectNumber, OutsideModel
from emergency.rules.effects.stability import PasquillClass, Stability
from emergency.rules.effects.wording import Label, tell

Floats = NDArray[np.float64]
SigmaSet = Literal["briggs_urban", "briggs_rural", "pasquill_gifford"]
SIGMA_NAMES: dict[SigmaSet, Label] = {
    "briggs_urban": Label.BRIGGS_URBAN,
    "briggs_rural": Label.BRIGGS_RURAL,
    "pasquill_gifford": Label.PASQUILL_GIFFORD,
}
NEAREST_M, FARTHEST_M = 100.0, 10_000.0
HIGHEST_M = 5_000.0
"""σz of the unstable classes A to C of Pasquill–Gifford goes no further."""

# σ = a·x·(1 + b·x)^p: a, b, p for σy, then for σz.
_Form = tuple[float, float, float]
_BRIGGS: dict[str, dict[PasquillClass, tuple[_Form, _Form]]] = {
    "briggs_rural": {
        "A": ((0.22, 0.0001, -0.5), (0.20, 0.0, 0.0)),
        "B": ((0.16, 0.0001, -0.5), (0.12, 0.0, 0.0)),
        "C": ((0.11, 0.0001, -0.5), (0.08, 0.0002, -0.5)),
        "D": ((0.08, 0.0001, -0.5), (0.06, 0.0015, -0.5)),
        "E": ((0.06, 0.0001, -0.5), (0.03, 0.0003, -1.0)),
        "F": ((0.04, 0.0001, -0.5), (0.016, 0.0003, -1.0)),
    },
    "briggs_urban": {
        "A": ((0.32, 0.0004, -0.5), (0.24, 0.001, 0.5)),
        "B": ((0.32, 0.0004, -0.5), (0.24, 0.001, 0.5)),
        "C": ((0.22, 0.0004, -0.5), (0.20, 0.0, 0.0)),
        "D": ((0.16, 0.0004, -0.5), (0.14, 0.0003, -0.5)),
        "E": ((0.11, 0.0004, -0.5), (0.08, 0.0015, -0.5)),
        "F": ((0.11, 0.0004, -0.5), (0.08, 0.0015, -0.5)),
    },
}
_ANGLES: dict[PasquillClass, tuple[float, float]] = {
    "A": (24.1670, 2.5334),
    "B": (18.3330, 1.8096),
    "C": (12.5, 1.0857),
    "D": (8.3330, 0.72382),
    "E": (6.25, 0.54287),
    "F": (4.1667, 0.36191),
}
# Up to which distance in km, a, b of σz = a·x^b.
_INF = float("inf")
_HEIGHTS: dict[PasquillClass, tuple[tuple[float, float, float], ...]] = {
    "A": (
        (0.1, 122.8, 0.9447), (0.15, 158.08, 1.0542), (0.2, 170.22, 1.0932), (0.25, 179.52, 1.1262),
        (0.3, 217.41, 1.2644), (0.4, 258.89, 1.4094), (0.5, 346.75, 1.7283), (_INF, 453.85, 2.1166),
    ),
    "B": ((0.2, 90.673, 0.93198), (0.4, 98.483, 0.98332), (_INF, 109.3, 1.0971)),
    "C": ((_INF, 61.141, 0.91465),),
    "D": (
        (0.3, 34.459, 0.86974), (1.0, 32.093, 0.81066), (3.0, 32.093, 0.64403), (10.0, 33.504, 0.60486),
        (30.0, 36.65, 0.56589), (_INF, 44.053, 0.51179),
    ),
    "E": (
        (0.1, 24.26, 0.8366), (0.3, 23.331, 0.81956), (1.0, 21.628, 0.7566), (2.0, 21.628, 0.63077),
        (4.0, 22.534, 0.57154), (10.0, 24.703, 0.50527), (20.0, 26.97, 0.46713), (40.0, 35.42, 0.37615),
        (_INF, 47.618, 0.29592),
    ),
    "F": (
        (0.2, 15.209, 0.81558), (0.7, 14.457, 0.78407), (1.0, 13.953, 0.68465), (2.0, 13.953, 0.63227),
        (3.0, 14.823, 0.54503), (7.0, 16.187, 0.4649), (15.0, 17.836, 0.41507), (30.0, 22.651, 0.32681),
        (60.0, 27.074, 0.27436), (_INF, 34.219, 0.21716),
    ),
}  # fmt: skip


def sigmas(distances_m: Floats, stability: Stability, coefficients: SigmaSet) -> tuple[Floats, Floats]:
    """σy and σz at distances downwind; for two classes the mean of both.

    :raises OutsideModel: for a distance below 100 m or above 10 km, or one that is no number.

    >>> [round(float(s[0]), 2) for s in sigmas(np.array([1000.0]), Stability(("D",)), "briggs_rural")]
    [76.28, 37.95]
    """
    distances_m = np.asarray(distances_m, dtype=np.float64)
    _require_within(distances_m)
    if coefficients not in SIGMA_NAMES:
        raise BadEffectNumber(f"没有“{coefficients}”这套扩散参数。请从列表中选择。", name="sigmas")
    found = [_of_class(distances_m, one, coefficients) for one in stability.classes]
    across = np.mean([pair[0] for pair in found], axis=0)
    up = np.mean([pair[1] for pair in found], axis=0)
    return np.asarray(across), np.asarray(up)


def _require_within(distances_m: Floats) -> None:
    wrong = ~((distances_m >= NEAREST_M) & (distances_m <= FARTHEST_M))
    if wrong.any():
        raise OutsideModel(
            f"距离 {tell(float(distances_m[wrong][0]))} 米不在扩散参数适用的 100 米至 10 公里之内。"
            "近处请用初期处置区，更远处请用监测数据。"
        )


def _of_class(x: Floats, letter: PasquillClass, coefficients: SigmaSet) -> tuple[Floats, Floats]:
    if coefficients == "pasquill_gifford":
        return _pasquill_gifford(x / 1000.0, letter)
    across, up = _BRIGGS[coefficients][letter]
    return _form(x, across), _form(x, up)


def _form(x: Floats, form: _Form) -> Floats:
    a, b, p = form
    return np.asarray(a * x * (1.0 + b * x) ** p)


def _pasquill_gifford(km: Floats, letter: PasquillClass) -> tuple[Floats, Floats]:
    c, d = _ANGLES[letter]
    across = 465.11628 * km * np.tan(np.radians(c - d * np.log(km)))
    rows = _HEIGHTS[letter]
    row = np.searchsorted([top for top, _, _ in rows], km, side="left")
    a, b = np.array([one for _, one, _ in rows])[row], np.array([one for _, _, one in rows])[row]
    up = a * km**b
    return np.asarray(across), np.minimum(up, HIGHEST_M) if letter in "ABC" else np.asarray(up)
