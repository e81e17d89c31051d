"""The discovery document: where the interface is, what it speaks, whom to ask for a key."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from grid.city import City
from web.api.open311.calls import Call, w3c

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
FORMATS = ["text/xml", "application/json"]


def describe_interface(call: Call) -> dict[str, Any]:
    """The document; a city whose ground is drawn is no production."""
    _, city = call.say, call.wiring.city
    name = city.name_en if call.is_english else city.name
    changed = _changed_at(catalogue_files(city))
    is_drawn = call.wiring.map_facts().is_synthetic
    return {
        "changeset": changed,
        "contact": _("{city}城市管理监督中心，城管热线 12319", city=name),
        "key_service": _("密钥由{city}城市管理监督中心的系统管理员发放，请说明单位、用途和联系人", city=name),
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": call.endpoint,
                "changeset": changed,
                "type": "test" if is_drawn else "production",
                "formats": FORMATS,
            }
        ],
    }


def catalogue_files(city: City) -> tuple[Path, ...]:
    """The files that services and their definitions come from."""
    data = city.catalogue
    shared = (path for path in data.folder.rglob("*") if path.suffix in (".csv", ".yaml"))
    return (*sorted(shared), data.local_types, data.criteria, data.common)


def newest_change(files: Iterable[Path]) -> str:
    """When the last of some files was changed: a text that sorts by time."""
    return w3c(datetime.fromtimestamp(max(path.stat().st_mtime for path in files), UTC))


@lru_cache(maxsize=4)
def _changed_at(files: tuple[Path, ...]) -> str:
    """As of the start, for the services are those of the start, too."""
    return newest_change(files)
