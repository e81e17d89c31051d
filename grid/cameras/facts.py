"""Facts of cameras: what each says of before and after, in values that JSON keeps without loss."""

from collections.abc import Mapping
from typing import Any

from grid.register.facts import content_of
from grid.rules.cameras import Camera

__all__ = [
    "ACTION_NAMES", "ADDED", "CHANGED", "ENDED", "FIELD_NAMES", "KEYED", "RESTORED",
    "content_of", "differing", "values_of",
]  # fmt: skip

ADDED, CHANGED, ENDED, RESTORED, KEYED = "added", "changed", "ended", "restored", "keyed"
ACTION_NAMES = {ADDED: "新增", CHANGED: "变更", ENDED: "停用", RESTORED: "恢复", KEYED: "更换凭据"}
FIELD_NAMES = {
    "name": "名称", "place": "位置", "direction_deg": "朝向", "field_deg": "视场角", "range_m": "可视距离",
    "protocol": "协议", "address": "地址", "hls_address": "HLS 地址", "owner_code": "权属单位",
    "source": "来源", "valid_from": "启用日期", "is_synthetic": "示意数据",
}  # fmt: skip
"""What facts say, by the words of pages."""


def values_of(camera: Camera) -> dict[str, Any]:
    """What a camera is, as facts say it: the place in plane metres, days as ISO."""
    return {
        "name": camera.name,
        "place": [camera.place.easting_m, camera.place.northing_m],
        "direction_deg": camera.direction_deg,
        "field_deg": camera.field_deg,
        "range_m": camera.range_m,
        "protocol": camera.protocol,
        "address": camera.address,
        "hls_address": camera.hls_address,
        "owner_code": camera.owner_code,
        "source": camera.source,
        "valid_from": camera.valid_from.isoformat(),
        "is_synthetic": camera.is_synthetic,
    }


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each thing that is different, before and after."""
    return {key: {"before": before[key], "after": after[key]} for key in after if before[key] != after[key]}
