"""Base maps of other hosts: none unless the deployment names a file; each with its datum, so that ours fit.

Browsers fetch the tiles themselves, so a key reaches whoever may see the map: use one that its
provider has bound to the site's address. Here a key is kept out of logs and of error messages.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, TypeAdapter, ValidationError, field_validator

from gis_core.errors import BadInput

Datum = Literal["CGCS2000", "WGS84", "GCJ-02", "BD-09"]
ADDRESS = re.compile(r"https?://[A-Za-z0-9.{}-]+(:\d{1,5})?/[^\s\"'<>;,]*")


class BadBasemaps(BadInput):
    """The file of base maps cannot be read, or says something impossible."""

    code = "bad_basemaps"


class _Basemap(BaseModel):
    """A base map as the file says it; `urls` are drawn one above the other."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,23}$")
    title: str = Field(min_length=1, max_length=20)
    title_en: str = Field("", max_length=40)
    urls: tuple[str, ...] = Field(min_length=1, max_length=4)
    subdomains: tuple[str, ...] = ()
    attribution: str = Field(min_length=1, max_length=120)
    max_zoom: int = Field(18, ge=1, le=22)
    tile_px: Literal[256, 512] = 256
    datum: Datum

    @field_validator("urls")
    @classmethod
    def _are_addresses(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            if not ADDRESS.fullmatch(url) or not all(part in url for part in ("{z}", "{x}", "{y}")):
                raise ValueError("写成 https://主机/路径，含 {z}、{x}、{y}，可含 {s}、{key}")
            if "{key}" in urlsplit(url).netloc:
                raise ValueError("{key} 不能写在主机名里")
        return urls

    @field_validator("subdomains")
    @classmethod
    def _are_short(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"[a-z0-9-]{1,12}", name) for name in names):
            raise ValueError("每个子域名只用小写字母、数字和连字符")
        return names


@dataclass(frozen=True, slots=True)
class Basemaps:
    """The base maps of a deployment; `hosts` are the only ones that a page may reach besides its own."""

    maps: tuple[_Basemap, ...] = ()
    keys: Mapping[str, SecretStr] | None = None

    @property
    def hosts(self) -> tuple[str, ...]:
        """Scheme and host of every tile, as a content security policy names them."""
        urls = [url for one in self.maps for pattern in one.urls for url in _spread(one, pattern)]
        return tuple(dict.fromkeys("{0.scheme}://{0.netloc}".format(urlsplit(url)) for url in urls))

    def for_pages(self) -> list[dict[str, Any]]:
        """What the map's script needs, keys filled in; never write it to a log."""
        return [
            {
                "id": one.id,
                "title": one.title,
                "titleEn": one.title_en or one.title,
                "sheets": [
                    [self._with_key(one, url) for url in _spread(one, pattern)] for pattern in one.urls
                ],
                "attribution": one.attribution,
                "maxZoom": one.max_zoom,
                "tileSize": one.tile_px,
                "datum": one.datum,
            }
            for one in self.maps
        ]

    def _with_key(self, one: _Basemap, url: str) -> str:
        key = (self.keys or {}).get(one.id)
        return url.replace("{key}", key.get_secret_value()) if key else url


def load_basemaps(path: Path | None, keys: Mapping[str, SecretStr]) -> Basemaps:
    """The base maps of a file; none without one.

    :raises BadBasemaps: naming what is wrong: file, field, a key that is missing or has odd letters.
    """
    if path is None:
        return Basemaps()
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
        maps = TypeAdapter(tuple[_Basemap, ...]).validate_python(found)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as problem:
        raise BadBasemaps(
            f"底图文件 {path} 读不出来（{type(problem).__name__}）。请检查路径和格式。"
        ) from problem
    except ValidationError as problem:
        fault = problem.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"]) or "最外层"
        raise BadBasemaps(
            f"底图文件 {path.name} 的 {where} 有误（{fault['msg']}）。请对照说明修改。"
        ) from problem
    names = [one.id for one in maps]
    if len(set(names)) != len(names):
        raise BadBasemaps(f"底图文件 {path.name} 中有重复的 id。请改名。")
    for one in maps:
        _need_key(one, keys)
        for pattern in one.urls:
            _spread(one, pattern)
    return Basemaps(maps, dict(keys))


def _need_key(one: _Basemap, keys: Mapping[str, SecretStr]) -> None:
    if not any("{key}" in url for url in one.urls):
        return
    key = keys.get(one.id)
    if key is None:
        raise BadBasemaps(f"底图 {one.id} 需要密钥。请在 CITYGRID_BASEMAP_KEYS 中给出，或从文件中去掉它。")
    if not re.fullmatch(r"[A-Za-z0-9._~-]{1,200}", key.get_secret_value()):
        raise BadBasemaps(f"底图 {one.id} 的密钥含有地址中不能用的字符。请检查 CITYGRID_BASEMAP_KEYS。")


def _spread(one: _Basemap, pattern: str) -> list[str]:
    """The address once for each subdomain."""
    if "{s}" not in pattern:
        return [pattern]
    if not one.subdomains:
        raise BadBasemaps(f"底图 {one.id} 的地址含有 {{s}}，却没有 subdomains。请补充。")
    return [pattern.replace("{s}", name) for name in one.subdomains]
