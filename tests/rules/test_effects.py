"""Effect areas: published values of every formula, invariants of every shape, and what is refused."""

from collections.abc import Callable
from functools import cache
from math import acos, cos, inf, nan, pi, radians

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import Point

from emergency.effect_data import EffectData, load_effect_data
from emergency.rules.effects.blast import blast, overpressure_mpa, radius_m, tnt_equivalent_kg
from emergency.rules.effects.by_hand import CrossedOutline, circle, drawn, sector
from emergency.rules.effects.checks import BadEffectNumber, CalmWind, OutsideModel
from emergency.rules.effects.dispersion import SigmaSet, sigmas
from emergency.rules.effects.fire import fire, head_to_back, length_to_width
from emergency.rules.effects.first_minutes import (
    NoDistances,
    TimeOfDay,
    find_distances,
    first_minutes,
)
from emergency.rules.effects.outlines import along, from_along
from emergency.rules.effects.plume import Air, Leak, Plume, concentration_g_per_m3, plume
from emergency.rules.effects.results import Effect, Zone
from emergency.rules.effects.stability import PasquillClass, Sky, Stability, stability_of
from emergency.rules.effects.substances import (
    Threshold,
    UnknownSubstance,
    thresholds_of,
    to_mg_per_m3,
    to_ppm,
)
from gis_core.errors import CitygridError
from gis_core.places import PlanePoint
from gis_core.shapes import BrokenShape
from tests.case_city import baoji

Widening = Callable[[NDArray[np.float64]], NDArray[np.float64]]
HERE = PlanePoint(425_000.0, 3_802_000.0)
CLASSES: tuple[PasquillClass, ...] = ("A", "B", "C", "D", "E", "F")
SETS: tuple[SigmaSet, ...] = ("briggs_urban", "briggs_rural", "pasquill_gifford")


@cache
def data() -> EffectData:
    return load_effect_data(baoji())


def limit(mg_per_m3: float, code: str = "limit") -> Threshold:
    return Threshold(code=code, name=code, mg_per_m3=mg_per_m3)


THREE = (limit(60.0, "red"), limit(20.0, "orange"), limit(5.0, "yellow"))


def air(letter: PasquillClass = "D", **said: float) -> Air:
    given_ = {"wind_mps": 2.0, "wind_from_deg": 270.0, "uncertainty_deg": 20.0} | said
    return Air(stability=Stability((letter,)), **given_)


def leak(rate: float = 500.0, height: float = 0.0) -> Leak:
    return Leak(at=HERE, rate_g_per_s=rate, height_m=height)


def zone(effect: Effect, code: str) -> Zone:
    return next(one for one in effect.zones if one.code == code)


# Stability: Pasquill's table, cell by cell.
SKIES: tuple[Sky, ...] = ("sun_strong", "sun_moderate", "sun_slight", "night_cloudy", "night_clear")
PASQUILL = [
    (1.0, "A A–B B F F", "below 2 m/s; the night is blank in the table"),
    (2.0, "A–B B C E F", "2 m/s opens the next row"),
    (2.9, "A–B B C E F", "2 to 3 m/s"),
    (3.0, "B B–C C D E", "3 to 5 m/s"),
    (5.0, "C C–D D D D", "5 to 6 m/s"),
    (6.0, "C C–D D D D", "6 m/s is not above 6"),
    (6.1, "C D D D D", "above 6 m/s"),
]


@pytest.mark.parametrize(("wind", "classes", "because"), PASQUILL, ids=[row[-1] for row in PASQUILL])
def test_stability_by_wind_and_sky(wind: float, classes: str, because: str):
    assert " ".join(stability_of(wind, sky).name for sky in SKIES) == classes


def test_overcast_and_twilight_are_neutral():
    assert {stability_of(1.0, "overcast").name, stability_of(1.0, "twilight").name} == {"D"}


def test_a_calm_night_is_taken_at_its_worst_and_said_so():
    assert "按 F 类" in stability_of(1.9, "night_clear").note
    assert stability_of(2.0, "night_clear").note == ""


# Briggs at 1 km (M).
BRIGGS = [
    ("briggs_rural", "A", 209.76, 200.0), ("briggs_rural", "B", 152.55, 120.0),
    ("briggs_rural", "C", 104.88, 73.03), ("briggs_rural", "D", 76.28, 37.95),
    ("briggs_rural", "E", 57.21, 23.08), ("briggs_rural", "F", 38.14, 12.31),
    ("briggs_urban", "A", 270.45, 339.41), ("briggs_urban", "B", 270.45, 339.41),
    ("briggs_urban", "C", 185.93, 200.0), ("briggs_urban", "D", 135.22, 122.79),
    ("briggs_urban", "E", 92.97, 50.60), ("briggs_urban", "F", 92.97, 50.60),
]  # fmt: skip


@pytest.mark.parametrize(("coefficients", "letter", "across", "up"), BRIGGS)
def test_briggs_at_one_kilometre(coefficients: SigmaSet, letter: PasquillClass, across: float, up: float):
    found = sigmas(np.array([1000.0]), Stability((letter,)), coefficients)
    assert [round(float(one[0]), 2) for one in found] == [across, up]


# Fundamentals of Air Pollution, tables 19-6 and 19-7 as they are printed, worked out by hand at both ends.
BRIGGS_PRINTED: dict[tuple[SigmaSet, PasquillClass], tuple[Widening, Widening]] = {
    ("briggs_rural", "A"): (lambda x: .22*x*(1+.0001*x)**-.5, lambda x: .20*x),
    ("briggs_rural", "B"): (lambda x: .16*x*(1+.0001*x)**-.5, lambda x: .12*x),
    ("briggs_rural", "C"): (lambda x: .11*x*(1+.0001*x)**-.5, lambda x: .08*x*(1+.0002*x)**-.5),
    ("briggs_rural", "D"): (lambda x: .08*x*(1+.0001*x)**-.5, lambda x: .06*x*(1+.0015*x)**-.5),
    ("briggs_rural", "E"): (lambda x: .06*x*(1+.0001*x)**-.5, lambda x: .03*x*(1+.0003*x)**-1),
    ("briggs_rural", "F"): (lambda x: .04*x*(1+.0001*x)**-.5, lambda x: .016*x*(1+.0003*x)**-1),
    ("briggs_urban", "A"): (lambda x: .32*x*(1+.0004*x)**-.5, lambda x: .24*x*(1+.001*x)**.5),
    ("briggs_urban", "B"): (lambda x: .32*x*(1+.0004*x)**-.5, lambda x: .24*x*(1+.001*x)**.5),
    ("briggs_urban", "C"): (lambda x: .22*x*(1+.0004*x)**-.5, lambda x: .20*x),
    ("briggs_urban", "D"): (lambda x: .16*x*(1+.0004*x)**-.5, lambda x: .14*x*(1+.0003*x)**-.5),
    ("briggs_urban", "E"): (lambda x: .11*x*(1+.0004*x)**-.5, lambda x: .08*x*(1+.0015*x)**-.5),
    ("briggs_urban", "F"): (lambda x: .11*x*(1+.0004*x)**-.5, lambda x: .08*x*(1+.0015*x)**-.5),
}  # fmt: skip


@pytest.mark.parametrize(("told", "printed"), list(BRIGGS_PRINTED.items()), ids=map(str, BRIGGS_PRINTED))
def test_briggs_is_as_printed_from_a_hundred_metres_to_ten_kilometres(
    told: tuple[SigmaSet, PasquillClass], printed: tuple[Widening, Widening]
):
    x = np.array([100.0, 350.0, 3_000.0, 10_000.0])
    found = sigmas(x, Stability((told[1],)), told[0])
    assert np.allclose(found, [widening(x) for widening in printed], rtol=1e-12)


# Tables 19-4 and 19-5 (EPA ISC, rural): a place in km within each row of σz, and that row's a and b.
ISC_ANGLES = {
    "A": (24.1670, 2.5334), "B": (18.3330, 1.8096), "C": (12.5, 1.0857),
    "D": (8.3330, 0.72382), "E": (6.25, 0.54287), "F": (4.1667, 0.36191),
}  # fmt: skip
ISC_HEIGHTS: list[tuple[PasquillClass, float, float, float]] = [
    ("A", 0.1, 122.8, 0.9447), ("A", 0.15, 158.08, 1.0542), ("A", 0.2, 170.22, 1.0932),
    ("A", 0.25, 179.52, 1.1262), ("A", 0.3, 217.41, 1.2644), ("A", 0.4, 258.89, 1.4094),
    ("A", 0.5, 346.75, 1.7283), ("A", 3.1, 453.85, 2.1166),
    ("B", 0.2, 90.673, 0.93198), ("B", 0.4, 98.483, 0.98332), ("B", 10.0, 109.3, 1.0971),
    ("C", 10.0, 61.141, 0.91465),
    ("D", 0.3, 34.459, 0.86974), ("D", 1.0, 32.093, 0.81066), ("D", 3.0, 32.093, 0.64403),
    ("D", 10.0, 33.504, 0.60486),
    ("E", 0.1, 24.26, 0.8366), ("E", 0.3, 23.331, 0.81956), ("E", 1.0, 21.628, 0.7566),
    ("E", 2.0, 21.628, 0.63077), ("E", 4.0, 22.534, 0.57154), ("E", 10.0, 24.703, 0.50527),
    ("F", 0.2, 15.209, 0.81558), ("F", 0.7, 14.457, 0.78407), ("F", 1.0, 13.953, 0.68465),
    ("F", 2.0, 13.953, 0.63227), ("F", 3.0, 14.823, 0.54503), ("F", 7.0, 16.187, 0.4649),
    ("F", 10.0, 17.836, 0.41507),
]  # fmt: skip


@pytest.mark.parametrize(("letter", "km", "a", "b"), ISC_HEIGHTS)
def test_pasquill_gifford_is_as_printed_up_to_the_end_of_each_row(
    letter: PasquillClass, km: float, a: float, b: float
):
    across, up = sigmas(np.array([km * 1000]), Stability((letter,)), "pasquill_gifford")
    c, d = ISC_ANGLES[letter]
    assert float(up[0]) == pytest.approx(a * km**b, rel=1e-12)
    assert float(across[0]) == pytest.approx(465.11628 * km * np.tan(np.radians(c - d * np.log(km))))


def test_above_3110_m_class_a_stands_at_five_kilometres():
    up = sigmas(np.array([3_100.0, 3_120.0]), Stability(("A",)), "pasquill_gifford")[1]
    assert up[0] < 5_000.0 == up[1]


def test_two_classes_are_the_mean_of_both():
    both = sigmas(np.array([1000.0]), Stability(("A", "B")), "briggs_rural")
    assert [float(one[0]) for one in both] == pytest.approx([(209.76 + 152.55) / 2, 160.0], abs=0.01)


# Fundamentals of Air Pollution, pp. 303–305: Q 0.37 g/s, H 40 m, u 2 m/s, class B.
WORKED = [(260, 26.2, 45.9, 1.53e-5), (280, 28.2, 49.0, 1.56e-5), (300, 30.1, 52.2, 1.55e-5)]


@pytest.mark.parametrize(("distance", "up", "across", "concentration"), WORKED)
def test_the_worked_example_of_the_book(distance: float, up: float, across: float, concentration: float):
    x = np.array([float(distance)])
    sigma_y, sigma_z = sigmas(x, Stability(("B",)), "pasquill_gifford")
    model = Plume(leak=leak(0.37, 40.0), air=air("B"), coefficients="pasquill_gifford")
    assert float(sigma_z[0]) == pytest.approx(up, abs=0.1)
    assert float(sigma_y[0]) == pytest.approx(across, abs=0.1)
    assert float(model.on_centre_line_g_per_m3(x)[0]) == pytest.approx(concentration, rel=0.005)


def test_the_maximum_is_where_the_rule_of_thumb_has_it():
    effect = plume(leak(0.37, 40.0), air("B"), [limit(0.01)], coefficients="pasquill_gifford")
    assert next(one.value for one in effect.figures if one.unit == "米") == pytest.approx(283, abs=12)


# Turner's workbook, problems 1 to 3 (R): σ read off charts, so they are fed in.
TURNER = [
    (3.0, 0.0, 7.0, 190.0, 65.0, 0.0, 1.1e-5, "a burning dump 3 km off"),
    (80.0, 60.0, 6.0, 36.0, 18.5, 0.0, 3.3e-5, "a stack of 60 m at 500 m"),
    (80.0, 60.0, 6.0, 36.0, 18.5, 50.0, 1.3e-5, "the same, 50 m beside the line"),
]


@pytest.mark.parametrize(
    ("rate", "height", "wind", "across", "up", "beside", "concentration", "because"), TURNER
)
def test_turner_s_problems(
    rate: float, height: float, wind: float, across: float, up: float, beside: float,
    concentration: float, because: str,
):  # fmt: skip
    found = concentration_g_per_m3(rate, wind, across, up, height_m=height, across_m=beside)
    assert float(found) == pytest.approx(concentration, rel=0.05)


def test_pasquill_gifford_agrees_with_martin_in_a_neutral_wind_at_one_kilometre():
    across, up = sigmas(np.array([1000.0]), Stability(("D",)), "pasquill_gifford")
    assert float(across[0]) == pytest.approx(68, abs=1)
    assert float(up[0]) == pytest.approx(31.5, rel=0.03)


def test_very_unstable_air_goes_no_higher_than_five_kilometres():
    assert float(sigmas(np.array([9_000.0]), Stability(("A",)), "pasquill_gifford")[1][0]) == 5_000.0


@given(
    st.sampled_from(CLASSES),
    st.sampled_from(SETS),
    st.floats(100, 10_000),
    st.sampled_from([None, 150.0, 800.0]),
)
@settings(max_examples=40, deadline=None)
def test_what_leaks_passes_every_section(
    letter: PasquillClass, coefficients: SigmaSet, distance: float, lid: float | None
):
    sigma_y, sigma_z = (
        float(one[0]) for one in sigmas(np.array([distance]), Stability((letter,)), coefficients)
    )
    top = lid or 40.0 + 9 * sigma_z
    y, z = np.linspace(-9 * sigma_y, 9 * sigma_y, 801), np.linspace(0.0, top, 4001)
    sideways, upward = (
        concentration_g_per_m3(2.0, 3.0, sigma_y, sigma_z, height_m=40.0, across_m=a, above_m=b, lid_m=lid)
        for a, b in ((y, 0.0), (0.0, z))
    )
    middle = float(concentration_g_per_m3(2.0, 3.0, sigma_y, sigma_z, height_m=40.0, lid_m=lid))
    if middle > 1e-12:
        flux = 3.0 * np.trapezoid(sideways, y) * np.trapezoid(upward, z) / middle
        assert flux == pytest.approx(2.0, rel=2e-3)


def test_what_leaks_passes_to_thirteen_digits_where_the_window_is_wide():
    y, z = np.linspace(-500, 500, 2001), np.linspace(-600, 600, 4001)
    across = concentration_g_per_m3(1.0, 2.0, 40.0, 30.0, across_m=y)
    above = concentration_g_per_m3(1.0, 2.0, 40.0, 30.0, above_m=z)
    flux = 2.0 * np.trapezoid(across, y) * np.trapezoid(above, z) / 2 / float(across[1000])
    assert flux == pytest.approx(1.0, abs=1e-12)


DISTANCE, BESIDE = st.floats(101, 9_900), st.floats(-1_500, 1_500)


@given(st.sampled_from(CLASSES), DISTANCE, BESIDE, st.floats(0, 80))
def test_both_sides_of_the_wind_get_the_same(
    letter: PasquillClass, distance: float, beside: float, height: float
):
    model = Plume(leak=leak(height=height), air=air(letter))
    left, right = along(HERE, 90.0, np.array([[distance, beside], [distance, -beside]]))
    found = [model.at_g_per_m3(PlanePoint(*place)) for place in (left.tolist(), right.tolist())]
    assert found[0] == pytest.approx(found[1], rel=1e-6, abs=1e-30)


@given(st.sampled_from(CLASSES), DISTANCE, st.floats(1, 20), st.floats(1.1, 10))
def test_twice_the_leak_is_twice_and_twice_the_wind_is_half(
    letter: PasquillClass, distance: float, wind: float, times: float
):
    x = np.array([distance])
    once = Plume(leak=leak(1.0), air=air(letter, wind_mps=wind)).on_centre_line_g_per_m3(x)
    more = Plume(leak=leak(times), air=air(letter, wind_mps=wind)).on_centre_line_g_per_m3(x)
    faster = Plume(leak=leak(1.0), air=air(letter, wind_mps=wind * 2)).on_centre_line_g_per_m3(x)
    assert float(more[0]) == pytest.approx(times * float(once[0]))
    assert float(faster[0]) == pytest.approx(float(once[0]) / 2)


@pytest.mark.parametrize("letter", CLASSES)
@pytest.mark.parametrize("coefficients", SETS)
def test_from_the_ground_it_only_thins(letter: PasquillClass, coefficients: SigmaSet):
    model = Plume(leak=leak(), air=air(letter), coefficients=coefficients)
    falls = np.diff(model.on_centre_line_g_per_m3(np.geomspace(100.0, 10_000.0, 200)))
    assert (falls < 0).all()


def test_upwind_there_is_nothing():
    assert Plume(leak=leak(), air=air()).at_g_per_m3(PlanePoint(HERE.easting_m - 500, HERE.northing_m)) == 0


def test_the_border_of_a_zone_has_the_limit_s_concentration():
    effect = plume(leak(), air(uncertainty_deg=0.0), [limit(20.0)])
    model = Plume(leak=leak(), air=air())
    ring = shapely.get_coordinates(effect.zones[0].shape)
    ahead = ring[from_along(HERE, 90.0, ring)[:, 0] > 101]
    found = [1000 * model.at_g_per_m3(PlanePoint(*place)) for place in ahead.tolist()]
    assert found == pytest.approx([20.0] * len(found), rel=1e-6)


BLOWN = [
    (0.0, 180.0, "a north wind blows south"),
    (90.0, 270.0, "an east wind blows west"),
    (225.0, 45.0, "a southwester"),
]


@pytest.mark.parametrize(("wind_from", "bearing", "because"), BLOWN, ids=[row[-1] for row in BLOWN])
def test_a_plume_lies_where_the_wind_blows_to(wind_from: float, bearing: float, because: str):
    shape = plume(leak(), air(wind_from_deg=wind_from), THREE).zones[-1].shape
    ahead, left = from_along(HERE, bearing, shapely.get_coordinates(shape.centroid))[0]
    assert ahead > 200
    assert abs(left) < 0.01


@given(
    st.sampled_from(CLASSES), st.sampled_from(SETS), st.floats(0, 70), st.floats(0.01, 20_000),
    st.floats(0.5, 15), st.floats(0, 360), st.floats(0, 90), st.floats(-1, 1),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_zones_contain_the_worse_ones_and_what_the_wind_may_do(
    letter: PasquillClass, coefficients: SigmaSet, height: float, rate: float, wind: float, wind_from: float,
    unsure: float, turn: float,
):  # fmt: skip
    told = air(letter, wind_mps=wind, wind_from_deg=wind_from, uncertainty_deg=unsure)
    effect = plume(leak(rate, height), told, THREE, coefficients=coefficients)
    turned_air = air(
        letter, wind_mps=wind, wind_from_deg=(wind_from + turn * unsure) % 360, uncertainty_deg=0.0
    )
    turned = plume(leak(rate, height), turned_air, THREE, coefficients=coefficients)
    for worse, milder in zip(effect.zones, effect.zones[1:], strict=False):
        assert worse.shape.difference(milder.shape).area <= 1e-3
        assert worse.widest.difference(milder.widest).area <= 1e-3
    for one, other in zip(effect.zones, turned.zones, strict=True):
        assert one.shape.is_valid
        assert one.widest.is_valid
        assert other.shape.difference(one.widest.buffer(1.0)).area <= 1e-3
        assert np.isfinite(shapely.get_coordinates(one.widest)).all()


def test_a_zone_that_goes_on_beyond_the_model_is_cut_and_said_so():
    effect = plume(leak(50_000.0), air("F"), [limit(0.5, "mild")], coefficients="briggs_rural")
    assert effect.zones[0].is_cut
    assert 10_000 <= (effect.zones[0].reach_m or 0) < 10_200
    assert any("10000 米处仍超过限值" in words for words in effect.warnings)


def test_a_zone_that_nothing_reaches_is_empty_and_said_so():
    effect = plume(leak(1.0, 60.0), air("D"), [limit(1000.0, "high")])
    assert effect.zones[0].shape.is_empty
    assert any("不会达到" in words for words in effect.warnings)


def test_a_zone_nearer_than_the_model_holds_is_a_circle_of_a_hundred_metres():
    effect = plume(leak(0.5), air("D"), [limit(60.0)])
    assert effect.zones[0].shape.area == pytest.approx(pi * 100**2, rel=0.002)
    assert any("半径 100 米的圆" in words for words in effect.warnings)


NO_PLUME = [
    ({"wind_mps": 0.0}, CalmWind, "no wind at all"),
    ({"wind_mps": 0.49}, CalmWind, "hardly any"),
    ({"wind_mps": nan}, BadEffectNumber, "a wind that is no number"),
    ({"wind_mps": inf}, BadEffectNumber, "an endless wind"),
    ({"wind_mps": -3.0}, BadEffectNumber, "a wind below nothing"),
    ({"wind_from_deg": 361.0}, BadEffectNumber, "no such direction"),
    ({"wind_from_deg": nan}, BadEffectNumber, "a direction that is no number"),
    ({"uncertainty_deg": 91.0}, BadEffectNumber, "a wind from anywhere"),
    ({"lid_m": 0.0}, BadEffectNumber, "a lid on the ground"),
]


@pytest.mark.parametrize(("said", "error", "because"), NO_PLUME, ids=[row[-1] for row in NO_PLUME])
def test_air_that_cannot_be_is_refused(said: dict[str, float], error: type[CitygridError], because: str):
    with pytest.raises(error):
        air(**said)


@pytest.mark.parametrize("distance", [0.01, 0.0, 99.9, 10_000.1, 1e9, inf])
def test_a_distance_outside_the_model_is_refused(distance: float):
    with pytest.raises(OutsideModel, match="100 米至 10 公里"):
        Plume(leak=leak(), air=air()).on_centre_line_g_per_m3(np.array([distance]))


@pytest.mark.parametrize(
    ("rate", "height"), [(0.0, 0.0), (-1.0, 0.0), (nan, 0.0), (inf, 0.0), (1.0, -1.0), (1.0, nan)]
)
def test_a_leak_that_cannot_be_is_refused(rate: float, height: float):
    with pytest.raises(BadEffectNumber):
        leak(rate, height)


def test_a_source_above_the_lid_is_refused():
    with pytest.raises(BadEffectNumber, match="混合层"):
        plume(leak(1.0, 100.0), air(lid_m=90.0), THREE)


@pytest.mark.parametrize("sigma", [0.0, -1.0, nan, inf])
def test_a_width_that_cannot_be_is_refused(sigma: float):
    with pytest.raises(BadEffectNumber):
        concentration_g_per_m3(1.0, 2.0, sigma, 10.0)


def test_a_low_lid_keeps_more_below_it():
    x = np.array([8_000.0])
    free, lidded = (
        Plume(leak=leak(), air=air("B", **lid)).on_centre_line_g_per_m3(x) for lid in ({}, {"lid_m": 300.0})
    )
    assert float(lidded[0]) > 3 * float(free[0])


# Limits of gases.
def test_ppm_and_milligrams_of_chlorine_and_ammonia():
    assert round(to_mg_per_m3(1.0, 70.906), 2) == 2.90
    assert round(to_mg_per_m3(1.0, 17.031), 3) == 0.697


@given(st.floats(0, 1e5), st.floats(2, 300))
def test_ppm_and_back(ppm: float, mass: float):
    assert to_ppm(to_mg_per_m3(ppm, mass), mass) == pytest.approx(ppm)


GASES = [
    ("chlorine", [20.0, 10.0, 2.0], "aegl3_60 idlh aegl2_60", "the three of chlorine"),
    ("ammonia", [1100.0, 300.0, 160.0], "aegl3_60 idlh aegl2_60", "the three of ammonia"),
]


@pytest.mark.parametrize(("code", "ppm", "kinds", "because"), GASES, ids=[row[-1] for row in GASES])
def test_three_limits_are_drawn(code: str, ppm: list[float], kinds: str, because: str):
    found = thresholds_of(data().substances.get(code))
    assert [one.ppm for one in found] == ppm
    assert " ".join(one.code for one in found) == kinds


def test_every_recalled_value_bears_its_mark():
    limits = [one for gas in data().substances.substances for one in gas.limits.values()]
    assert {one.status for one in limits} == {"recalled", "sourced"}
    assert {row.status for row in data().first_minutes.distances} == {"recalled"}
    assert all(one.source for one in limits)


def test_a_gas_that_nobody_knows_is_told():
    with pytest.raises(UnknownSubstance):
        data().substances.get("unobtainium")
    with pytest.raises(UnknownSubstance):
        thresholds_of(data().substances.get("carbon_monoxide"), ("aegl1_60",))


HEAVY = [
    ("chlorine", ["重气", "低洼"], True, "heavy, and stored as a liquid"),
    ("lpg", ["比空气重", "爆炸下限"], True, "heavy, and it burns"),
    ("ammonia", ["冷雾滴"], True, "light, but a cold mist at first"),
    ("carbon_monoxide", ["爆炸下限"], False, "as heavy as air"),
]


@pytest.mark.parametrize(("code", "words", "offered", "because"), HEAVY, ids=[row[-1] for row in HEAVY])
def test_gases_that_hug_the_ground_are_warned_about(code: str, words: list[str], offered: bool, because: str):
    gas = data().substances.get(code)
    effect = plume(leak(), air(), thresholds_of(gas), substance=gas)
    assert [word for word in words if not any(word in said for said in effect.warnings)] == []
    assert (effect.offers == ("first_minutes",)) == offered


# First minutes.
def test_the_guide_s_zone_is_a_circle_and_a_square_on_the_wind():
    row = find_distances(data().first_minutes.distances, substance="chlorine", spill="small", time="night")
    assert (row.isolation_m, row.downwind_m) == (60, 1100)
    effect = first_minutes(HERE, row, wind_from_deg=270.0)
    r, d = 60.0, 1100.0
    assert zone(effect, "isolation").area_m2 == pytest.approx(pi * r**2, rel=0.002)
    # Half of the circle lies behind the square.
    assert zone(effect, "protective").area_m2 == pytest.approx(d**2 + pi * r**2 / 2, rel=1e-4)
    assert zone(effect, "protective").shape.bounds == pytest.approx(
        (HERE.easting_m - r, HERE.northing_m - d / 2, HERE.easting_m + d, HERE.northing_m + d / 2)
    )


@pytest.mark.parametrize(("time", "downwind_m"), [("day", 300), ("night", 1100)])
def test_a_small_spill_of_chlorine_has_the_guide_s_distances(time: TimeOfDay, downwind_m: float):
    row = find_distances(data().first_minutes.distances, substance="chlorine", spill="small", time=time)
    assert (row.isolation_m, row.downwind_m, row.status) == (60, downwind_m, "recalled")


@given(st.floats(0, 360))
def test_the_far_edge_of_the_square_stands_across_the_wind(wind_from: float):
    row = data().first_minutes.distances[0]
    shape = zone(first_minutes(HERE, row, wind_from_deg=wind_from), "protective").shape
    places = from_along(HERE, wind_from + 180, shapely.get_coordinates(shape))
    far = places[places[:, 0] > row.downwind_m - 0.01]
    assert sorted(far[:, 1].round(3).tolist())[0] == pytest.approx(-row.downwind_m / 2, abs=0.01)
    assert sorted(far[:, 1].round(3).tolist())[-1] == pytest.approx(row.downwind_m / 2, abs=0.01)


def test_by_night_a_gas_goes_at_least_as_far_as_by_day():
    rows = {(r.substance, r.spill, r.container, r.wind, r.time): r for r in data().first_minutes.distances}
    days = [key[:-1] for key in rows if key[-1] == "day"]
    assert [key for key in days if rows[(*key, "night")].downwind_m < rows[(*key, "day")].downwind_m] == []
    assert len(days) == len(rows) / 2


def test_without_a_wind_the_zone_is_a_circle():
    effect = first_minutes(HERE, data().first_minutes.distances[0], wind_from_deg=None)
    assert zone(effect, "protective").area_m2 == pytest.approx(pi * 300**2, rel=0.002)
    assert any("风向不明" in words for words in effect.warnings)


def test_of_several_rows_the_farthest_is_taken():
    table = data().first_minutes.distances
    any_wind = find_distances(table, substance="chlorine", spill="large", time="night")
    assert (any_wind.container, any_wind.wind, any_wind.is_more) == ("铁路罐车", "low", True)
    known = find_distances(
        table, substance="chlorine", spill="large", time="night", wind_mps=4.0, container="公路罐车"
    )
    assert known.downwind_m == 5000


def test_a_gas_without_distances_is_told():
    with pytest.raises(NoDistances, match="应急响应指南"):
        find_distances(data().first_minutes.distances, substance="carbon_monoxide", spill="small", time="day")


# Circle, sector, drawn.
@given(st.floats(1, 100_000))
def test_a_circle_has_the_area_of_a_circle(radius: float):
    shape = circle(HERE, radius).zones[0].shape
    assert shape.area == pytest.approx(pi * radius**2, rel=0.002)
    assert shapely.get_num_coordinates(shape) >= 65


@given(st.floats(1, 50_000), st.floats(0, 360), st.floats(1, 360))
def test_a_sector_has_half_r_squared_alpha_and_a_smooth_arc(radius: float, bearing: float, opening: float):
    shape = sector(HERE, radius, bearing_deg=bearing, opening_deg=opening).zones[0].shape
    assert shape.area == pytest.approx(0.5 * radius**2 * radians(opening), rel=0.002)
    rim = shapely.get_coordinates(shape) - [HERE.easting_m, HERE.northing_m]
    rim = rim[np.hypot(*rim.T) > radius / 2]
    chord = np.hypot(*np.diff(rim, axis=0).T)
    chord = chord[chord < 1.9 * radius]
    assert radius * (1 - cos(acos(1 - min(chord.max(), radius) ** 2 / (2 * radius**2)) / 2)) < 1.0


def test_a_sector_lies_on_its_bearing():
    shape = sector(HERE, 1000.0, bearing_deg=45.0, opening_deg=90.0).zones[0].shape
    assert shape.bounds == pytest.approx(
        (HERE.easting_m, HERE.northing_m, HERE.easting_m + 1000, HERE.northing_m + 1000), abs=1e-6
    )


def ring(*places: tuple[float, float]) -> list[PlanePoint]:
    return [PlanePoint(HERE.easting_m + east, HERE.northing_m + north) for east, north in places]


BOW_TIE = ring((0, 0), (200, 200), (200, 0), (0, 200))


def test_a_bow_tie_is_mended_and_said_so():
    effect = drawn([BOW_TIE])
    assert effect.zones[0].area_m2 == pytest.approx(20_000)
    assert effect.warnings == ("所画图形自相交，已按围成的面修整为 2 块，面积 20000 平方米，请核对",)


def test_a_bow_tie_is_refused_where_nobody_mends():
    with pytest.raises(CrossedOutline, match="东 425100 米、北 3802100 米"):
        drawn([BOW_TIE], is_mended=False)


def test_outlines_that_overlap_count_once():
    effect = drawn(
        [ring((0, 0), (100, 0), (100, 100), (0, 100)), ring((50, 0), (150, 0), (150, 100), (50, 100))]
    )
    assert effect.zones[0].area_m2 == pytest.approx(15_000)


NOTHING_DRAWN = [
    ([], BrokenShape, "no outline"),
    ([ring((0, 0), (1, 1))], BrokenShape, "two points"),
    ([ring((0, 0), (1, 1), (1, 1), (0, 0))], BrokenShape, "two points, again and again"),
    ([ring((0, 0), (50, 50), (100, 100))], BrokenShape, "points on one line"),
    ([[PlanePoint(nan, 0.0), *BOW_TIE]], BadEffectNumber, "a point that is none"),
    ([ring((0, 0), (1e7, 0), (1e7, 1e7), (0, 1e7))], BadEffectNumber, "half of China"),
    ([BOW_TIE * 6000], BadEffectNumber, "more corners than anybody draws"),
]


@pytest.mark.parametrize(("rings", "error", "because"), NOTHING_DRAWN, ids=[row[-1] for row in NOTHING_DRAWN])
def test_what_is_no_area_is_refused(rings: list[list[PlanePoint]], error: type[CitygridError], because: str):
    with pytest.raises(error):
        drawn(rings)


# Blast.
@pytest.mark.parametrize(("scaled", "mpa"), [(1.0, 1.054), (2.0, 0.197), (10.0, 0.0118), (15.0, 0.0070074)])
def test_sadovsky_at_round_distances(scaled: float, mpa: float):
    assert overpressure_mpa(scaled * 10, 1000.0) == pytest.approx(mpa, rel=1e-4)


@given(st.floats(0.0071, 1.05), st.floats(0.1, 1e6))
def test_a_radius_has_its_pressure(mpa: float, tnt: float):
    assert overpressure_mpa(radius_m(mpa, tnt), tnt) == pytest.approx(mpa, rel=1e-6)


@given(st.floats(0.0071, 1.05), st.floats(0.1, 1e5))
def test_eight_times_the_mass_reaches_twice_as_far(mpa: float, tnt: float):
    assert radius_m(mpa, 8 * tnt) == pytest.approx(2 * radius_m(mpa, tnt))


@pytest.mark.parametrize("scaled", [0.0, 0.99, 15.01, 100.0])
def test_pressure_outside_the_formula_is_refused(scaled: float):
    with pytest.raises(OutsideModel):
        overpressure_mpa(scaled * 10, 1000.0)


def test_a_gas_cloud_as_tnt_and_its_circles():
    tnt = tnt_equivalent_kg(10_000.0, 45.0, data().blast.tnt_share.value)
    effect = blast(HERE, tnt, data().blast.levels)
    assert tnt == pytest.approx(4000)
    assert [one.code for one in effect.zones] == ["deadly", "severe", "light"]
    assert [round(one.reach_m or 0) for one in effect.zones] == sorted(
        round(one.reach_m or 0) for one in effect.zones
    )


@pytest.mark.parametrize("tnt", [0.0, -1.0, nan, inf])
def test_an_explosion_of_nothing_is_refused(tnt: float):
    with pytest.raises(BadEffectNumber):
        blast(HERE, tnt, data().blast.levels)


# Fire.
@pytest.mark.parametrize(("wind", "ratio"), [(0, 1.0), (1, 1.208), (2, 1.505), (4, 2.464), (6, 4.149)])
def test_length_against_width_by_wind(wind: float, ratio: float):
    assert round(length_to_width(wind), 3) == ratio


@given(st.floats(0, 20))
def test_the_shape_of_a_fire_is_the_same_in_miles_an_hour(wind: float):
    mph = wind / 0.44704
    printed = 0.936 * np.exp(0.1147 * mph) + 0.461 * np.exp(-0.0692 * mph) - 0.397
    assert length_to_width(wind) == pytest.approx(printed, rel=0.002)


@pytest.mark.parametrize(("ratio", "times"), [(1.0, 1.0), (1.25, 4.0), (2.0, 13.928)])
def test_how_much_faster_the_head_runs_than_the_back(ratio: float, times: float):
    assert head_to_back(ratio) == pytest.approx(times, abs=0.001)


@given(st.floats(0, 12), st.floats(0, 360), st.floats(0.5, 60), st.floats(5, 300))
def test_a_fire_runs_ahead_and_creeps_back(wind: float, wind_from: float, rate: float, minutes: float):
    effect = fire(HERE, wind_mps=wind, wind_from_deg=wind_from, head_rate_m_per_min=rate, after_min=[minutes])
    places = from_along(HERE, wind_from + 180, shapely.get_coordinates(effect.zones[0].shape))
    ratio = min(length_to_width(wind), 8.0)
    head, back = rate * minutes, rate * minutes / head_to_back(ratio)
    assert places[:, 0].max() == pytest.approx(head, rel=1e-6)
    assert -places[:, 0].min() == pytest.approx(back, rel=0.01, abs=1.0)
    assert np.ptp(places[:, 0]) / np.ptp(places[:, 1]) == pytest.approx(ratio, rel=0.01)
    assert effect.zones[0].area_m2 == pytest.approx(pi / 4 * (head + back) ** 2 / ratio, rel=0.002)


def test_without_wind_a_fire_is_a_circle():
    shape = (
        fire(HERE, wind_mps=0.0, wind_from_deg=0.0, head_rate_m_per_min=10.0, after_min=[30]).zones[0].shape
    )
    assert shape.area == pytest.approx(pi * 300**2, rel=0.002)
    assert shape.centroid.distance(Point(HERE.easting_m, HERE.northing_m)) < 0.01


def test_fronts_of_later_times_contain_the_earlier():
    effect = fire(HERE, wind_mps=3.0, wind_from_deg=90.0, head_rate_m_per_min=10.0, after_min=[120, 30, 60])
    assert [one.code for one in effect.zones] == ["fire_30", "fire_60", "fire_120"]
    assert effect.zones[1].shape.buffer(0.1).covers(effect.zones[0].shape)


def test_a_storm_draws_no_needle():
    effect = fire(HERE, wind_mps=15.0, wind_from_deg=90.0, head_rate_m_per_min=10.0, after_min=[30])
    assert "超过 8，按 8 画" in effect.warnings[0]


@pytest.mark.parametrize(
    "said",
    [
        {"wind_mps": nan},
        {"head_rate_m_per_min": 0.0},
        {"after_min": []},
        {"after_min": [nan]},
        {"wind_from_deg": -1.0},
    ],
)
def test_a_fire_that_cannot_be_is_refused(said: dict[str, object]):
    asked: dict[str, object] = {
        "wind_mps": 2.0, "wind_from_deg": 0.0, "head_rate_m_per_min": 5.0, "after_min": [30]
    } | said  # fmt: skip
    with pytest.raises(BadEffectNumber):
        fire(HERE, **asked)  # type: ignore[arg-type]  # wrong on purpose


def test_an_effect_explains_itself():
    gas = data().substances.get("chlorine")
    said = "\n".join(plume(leak(), air(), thresholds_of(gas), substance=gas).explain())
    wanted = [
        "高斯烟羽",
        "C = Q/(2π·u·σy·σz)",
        "风速 2 米/秒（填报）",
        "物质 氯气（待核对）",
        "不考虑建筑",
        "NIOSH",
    ]
    assert [words for words in wanted if words not in said] == []
