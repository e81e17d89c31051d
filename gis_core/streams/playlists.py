"""HLS playlists (RFC 8216) of others, rewritten so that every address in them is one of ours."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import m3u8

from gis_core.streams.fetching import BadStream

Kind = Literal["playlist", "media", "key"]
KINDS: tuple[Kind, ...] = ("playlist", "media", "key")
MOST_ADDRESSES = 2_000
MOST_ADDRESS = 2_000
Give = Callable[[Kind, str], str]
"""What stands in place of an address of a kind."""
_ADDRESS_IN_TAG = re.compile(r'URI="([^"]*)"')


def rewrite(text: str, base: str, give: Give) -> str:
    """A playlist that came from `base`, with `give(kind, address)` in place of every address.

    Tags that the parser does not know are left out. What would still name an address is refused.

    :raises BadStream: for what is no playlist, has too many addresses, or names one that is not of the web.
    """
    if not text.lstrip("\ufeff").startswith("#EXTM3U"):
        raise _bad()
    try:
        playlist = m3u8.loads(text)
        given: set[str] = set()
        for n, (part, name, kind) in enumerate(_addresses(playlist)):
            if n >= MOST_ADDRESSES:
                raise _bad()
            address = give(kind, _absolute(base, getattr(part, name)))
            given.add(address)
            setattr(part, name, address)
        written: str = playlist.dumps()
    except BadStream:
        raise
    except Exception:  # noqa: BLE001 - a parser of others' text: whatever it stumbles over is a bad stream
        raise _bad() from None
    if not all(address in given for address in _named(written)):
        raise _bad()
    return written


def _addresses(playlist: Any) -> Iterator[tuple[Any, str, Kind]]:
    """Each address of a playlist: what carries it, under which name, and what it leads to."""
    seen: set[int] = set()
    for one in (*playlist.playlists, *playlist.media, *playlist.iframe_playlists, *playlist.image_playlists):
        yield from _once(one, "uri", "playlist", seen)
    for one in (*playlist.keys, *playlist.session_keys):
        yield from _once(one, "uri", "key", seen)
    for one in playlist.segment_map:
        yield from _once(one, "uri", "media", seen)
    for segment in playlist.segments:
        yield from _once(segment.key, "uri", "key", seen)
        yield from _once(segment.init_section, "uri", "media", seen)
        for part in segment.parts:
            yield from _once(part, "uri", "media", seen)
        yield from _once(segment, "uri", "media", seen)
    yield from _once(playlist.preload_hint, "uri", "media", seen)
    for report in playlist.rendition_reports:
        yield from _once(report, "uri", "playlist", seen)


def _once(part: Any, name: str, kind: Kind, seen: set[int]) -> Iterator[tuple[Any, str, Kind]]:
    """A part that has an address and was not met before: keys and beginnings belong to many segments."""
    if part is not None and getattr(part, name, None) and id(part) not in seen:
        seen.add(id(part))
        yield part, name, kind


def _absolute(base: str, address: str) -> str:
    found = urljoin(base, address.strip())
    if len(found) > MOST_ADDRESS or urlsplit(found).scheme not in ("http", "https"):
        raise _bad()
    return found


def _named(written: str) -> Iterator[str]:
    """Every address that a written playlist names."""
    for line in written.splitlines():
        if line.startswith("#"):
            yield from _ADDRESS_IN_TAG.findall(line)
        elif line.strip():
            yield line.strip()


def _bad() -> BadStream:
    return BadStream("视频没有接通：对方给出的播放列表不能使用。请检查 HLS 地址。")
