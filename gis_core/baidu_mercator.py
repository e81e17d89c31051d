"""Baidu's own Mercator metres (BD-09 MC), as addresses of its maps carry them, turned into BD-09 degrees.

Not Web Mercator: longitude is scaled, latitude is a polynomial of the sixth degree in each of six bands
of northing. Coefficients: hujiulong/gcoord, `src/crs/BD09MC.ts`, the ones of Baidu's own script.
"""

from gis_core.places import LonLat

# Northing from which a band holds; degrees per metre of easting with an offset before it; metres that one
# unit of the polynomial stands for; the polynomial, constant first.
_BANDS = (
    (12890594.86, 1.410526172116255e-8, 8.98305509648872e-6, 17337981.2,
     (-1.9939833816331, 200.9824383106796, -187.2403703815547, 91.6087516669843, -23.38765649603339,
      2.57121317296198, -0.03801003308653)),
    (8362377.87, -7.435856389565537e-9, 8.983055097726239e-6, 10260144.86,
     (-0.78625201886289, 96.32687599759846, -1.85204757529826, -59.36935905485877, 47.40033549296737,
      -16.50741931063887, 2.28786674699375)),
    (5591021.0, -3.030883460898826e-8, 8.98305509983578e-6, 6856817.37,
     (0.30071316287616, 59.74293618442277, 7.357984074871, -25.38371002664745, 13.45380521110908,
      -3.29883767235584, 0.32710905363475)),
    (3481989.83, -1.981981304930552e-8, 8.983055099779535e-6, 4482777.06,
     (0.03278182852591, 40.31678527705744, 0.65659298677277, -4.44255534477492, 0.85341911805263,
      0.12923347998204, -0.04625736007561)),
    (1678043.12, 3.09191371068437e-9, 8.983055096812155e-6, 2555164.4,
     (6.995724062e-5, 23.10934304144901, -0.00023663490511, -0.6321817810242, -0.00663494467273,
      0.03430082397953, -0.00466043876332)),
    (0.0, 2.890871144776878e-9, 8.983055095805407e-6, 826088.5,
     (-3.068298e-8, 7.47137025468032, -3.53937994e-6, -0.02145144861037, -1.234426596e-5,
      0.00010322952773, -3.23890364e-6)),
)  # fmt: skip


def baidu_mercator_to_bd09(easting_m: float, northing_m: float) -> LonLat:
    """The BD-09 position of a point of Baidu's Mercator; as exact as its polynomials, some centimetres.

    :raises NotOnEarth: for metres that no place on Earth has.

    >>> there = baidu_mercator_to_bd09(11939224.0, 4057320.0)
    >>> round(there.lon_deg, 5), round(there.lat_deg, 5)
    (107.25071, 34.39288)
    """
    _, offset, per_metre, unit_m, factors = next(band for band in _BANDS if abs(northing_m) >= band[0])
    lat_deg = 0.0
    for factor in reversed(factors):
        lat_deg = lat_deg * (abs(northing_m) / unit_m) + factor
    lon_deg = offset + per_metre * abs(easting_m)
    return LonLat(-lon_deg if easting_m < 0 else lon_deg, -lat_deg if northing_m < 0 else lat_deg)
