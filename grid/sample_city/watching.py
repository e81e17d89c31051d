"""Cameras of a drawn city: at crossings of named streets, looking along one of them. All of them invented.

Their addresses lie in 192.0.2.0/24, which RFC 5737 keeps for examples: nobody answers there.
"""

import numpy as np
import shapely

from grid.sample_city.drawing import Cameras, Size
from grid.sample_city.plan import Floats
from grid.sample_city.streets import Streets
from grid.sample_city.valley import to_grain_array

MOST: dict[Size, int] = {"small": 60, "city": 1_200, "million": 1_200}
EXAMPLE_NET = "192.0.2"
HLS_SHARE, RTSP_SHARE = 0.6, 0.85
"""Of a hundred cameras, 60 are watched by HLS, 25 by RTSP through a gateway, the others by ONVIF without one:
assumed, so that every case can be tried."""
ALL_AROUND_SHARE = 0.12
KERB_M = 3.0


def place_cameras(streets: Streets, size: Size, seed: int) -> Cameras:
    """Cameras at crossings of named streets, on the stored grain; the same seed draws the same."""
    rng = np.random.default_rng([seed, 130])
    wide = streets.take((streets.names != "") & np.isin(streets.ranks, ["arterial", "collector", "local"]))
    corners, ahead, left, right, reach = _crossings(wide)
    kept = np.sort(rng.permutation(len(corners))[: MOST[size]])
    turned = rng.random(len(kept)) < 0.5
    looking = np.where(turned[:, None], -ahead[kept], ahead[kept])
    corner = np.column_stack([-looking[:, 1], looking[:, 0]]) - looking
    points = to_grain_array(corners[kept] + corner * (reach[kept] / np.sqrt(2.0))[:, None])
    # Looking from a corner along the street: a little inward.
    directions = (np.degrees(np.arctan2(looking[:, 0], looking[:, 1])) + 4.0) % 360
    is_around = rng.random(len(kept)) < ALL_AROUND_SHARE
    codes = [f"SXJ-{n:05d}" for n in range(1, len(kept) + 1)]
    protocols = _protocols(rng.random(len(kept)))
    return Cameras(
        codes=np.array(codes, dtype=object),
        names=np.array(
            [
                f"{wide.names[a]}与{wide.names[b]}路口{'球机' if around else '枪机'}"
                for a, b, around in zip(left[kept], right[kept], is_around, strict=True)
            ],
            dtype=object,
        ),
        points=points,
        directions_deg=np.round(directions, 1) % 360,
        fields_deg=np.where(is_around, 360.0, rng.choice([50.0, 65.0, 80.0], len(kept))),
        ranges_m=rng.choice([80.0, 100.0, 120.0, 150.0], len(kept)),
        protocols=np.array(protocols, dtype=object),
        addresses=np.array(
            [_address(p, c, n) for n, (p, c) in enumerate(zip(protocols, codes, strict=True))], dtype=object
        ),
        hls_addresses=np.array(
            [_hls(c) if p == "rtsp" else "" for p, c in zip(protocols, codes, strict=True)], dtype=object
        ),
    )


def _crossings(streets: Streets) -> "tuple[Floats, Floats, np.ndarray, np.ndarray, Floats]":
    """Where two streets of different names meet: the point, the first one's direction there, both, and how
    far off the middle a mast stands."""
    left, right = shapely.STRtree(streets.lines).query(streets.lines, predicate="intersects")
    once = (left < right) & (streets.names[left] != streets.names[right])
    left, right = left[once], right[once]
    met, which = shapely.get_parts(
        shapely.intersection(streets.lines[left], streets.lines[right]), return_index=True
    )
    is_point = shapely.get_type_id(met) == 0
    met, left, right = met[is_point], left[which[is_point]], right[which[is_point]]
    points = shapely.get_coordinates(met)
    order = np.lexsort((points[:, 1], points[:, 0]))
    met, points, left, right = met[order], points[order], left[order], right[order]
    along = shapely.line_locate_point(streets.lines[left], met)
    before = shapely.get_coordinates(
        shapely.line_interpolate_point(streets.lines[left], np.maximum(along - 10, 0))
    )
    after = shapely.get_coordinates(
        shapely.line_interpolate_point(
            streets.lines[left], np.minimum(along + 10, shapely.length(streets.lines[left]))
        )
    )
    way = after - before
    ahead = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
    reach = (streets.widths_m[left] + streets.widths_m[right]) / 4 + KERB_M
    return points, ahead, left, right, reach


def _protocols(share: Floats) -> list[str]:
    return ["hls" if one < HLS_SHARE else "rtsp" if one < RTSP_SHARE else "onvif" for one in share.tolist()]


def _address(protocol: str, code: str, n: int) -> str:
    host = f"{EXAMPLE_NET}.{n % 250 + 1}"
    return {
        "hls": _hls(code),
        "rtsp": f"rtsp://{host}:554/{code}",
        "onvif": f"http://{host}/onvif/device_service",
    }[protocol]


def _hls(code: str) -> str:
    return f"http://{EXAMPLE_NET}.254:8888/{code}/index.m3u8"
