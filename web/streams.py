"""Video of cameras as browsers get it: from us alone, fetched from allowed hosts, addresses sealed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import perf_counter
from urllib.parse import urlsplit

from gis_core.errors import Refused
from gis_core.messages.posting import Allowed
from gis_core.streams.fetching import Fetched, Fetcher, Keys, StreamsBusy
from gis_core.streams.playlists import Kind, rewrite
from gis_core.streams.sealing import Seal
from grid.rules.cameras import Camera
from web.camera_keys import CameraKeys
from web.privacy_key import secret_in
from web.settings import Settings

KEYS_FILE, SEAL_FILE = "camera-keys.json", "camera-seal"
PLAYLISTS = frozenset(
    {"application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl"}
)
MEDIA = frozenset(
    {"video/mp2t", "video/mp4", "video/iso.segment", "audio/mp4", "audio/aac", "audio/mpeg", "text/vtt"}
)
ENCRYPTION_KEY = frozenset({"application/octet-stream", "binary/octet-stream"})
MOST_PLAYLIST, MOST_MEDIA, MOST_KEY = 512 * 1024, 8 * 1024 * 1024, 64
MOST_STREAMS = 24
"""Streams that one process shows at a time; a stream is one camera before one person."""
SHOWN_FOR_S = 20.0
"""A stream that asks for nothing this long is over."""


class NoStream(Refused):
    """The camera speaks no HLS, and no gateway makes any of it."""

    code = "camera_without_hls"


@dataclass(slots=True)
class Watching:
    """Who watches which camera now, and who called it there; so that not everybody watches at once."""

    most: int = MOST_STREAMS
    _seen: dict[tuple[int, str, int], float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def note(self, person_id: int, code: str, called_by: int | None = None) -> bool:
        """A person asks for something of a camera; answers whether this begins a stream.

        Without a word of who called it (0: nobody) it belongs to the streams of this camera that are open.

        :raises StreamsBusy: for one more stream than there may be.
        """
        now_s = perf_counter()
        with self._lock:
            for one, seen_s in list(self._seen.items()):
                if now_s - seen_s > SHOWN_FOR_S:
                    del self._seen[one]
            asked = [(person_id, code, called_by or 0)]
            if called_by is None:
                asked = [one for one in self._seen if one[:2] == (person_id, code)] or asked
            is_new = asked[0] not in self._seen
            if is_new and len(self._seen) >= self.most:
                raise StreamsBusy("同时观看的视频太多，请关掉几路后重试。")
            self._seen |= dict.fromkeys(asked, now_s)
            return is_new


@dataclass(frozen=True, slots=True)
class Streams:
    """What fetches video for browsers; one a process."""

    fetcher: Fetcher
    keys: CameraKeys
    seal_file: Path
    watching: Watching = field(default_factory=Watching)

    def get_playlist(
        self, camera: Camera, person_id: int, begin: Callable[[], None], *, called_by: int = 0
    ) -> str:
        """The first playlist of a camera, with our addresses; `begin` is called before a stream is begun.

        On a wall a stream is one of whoever called it (`called_by`).

        :raises NoStream: when nothing makes HLS of it; else what `Fetcher.fetch` and `rewrite` raise.
        """
        if not camera.played_address:
            raise NoStream("这台摄像机还没有 HLS 地址，需要先接入网关。请数据管理员在摄像机页面填写。")
        if self.watching.note(person_id, camera.code, called_by):
            begin()
        return self._playlist(camera, camera.played_address)

    def get_part(
        self, camera: Camera, person_id: int, kind: Kind, sealed: str, part: tuple[int, int] | None
    ) -> Fetched:
        """What an address leads to that we have given out: a playlist, a segment or its key.

        :raises NotSealed: for an address that is not ours; else as `get_playlist`.
        """
        url = self._seal().open(sealed, camera.code, camera.played_address, kind)
        self.watching.note(person_id, camera.code)
        if kind == "playlist":
            return Fetched("application/vnd.apple.mpegurl", self._playlist(camera, url).encode())
        types, most = (ENCRYPTION_KEY, MOST_KEY) if kind == "key" else (MEDIA, MOST_MEDIA)
        first, last = part or (None, None)
        return self.fetcher.fetch(
            url,
            media_types=types,
            most_bytes=most,
            keys=self._keys_for(camera, url),
            first=first,
            last=last,
        )

    def _playlist(self, camera: Camera, url: str) -> str:
        keys = self._keys_for(camera, url)
        got = self.fetcher.fetch(url, media_types=PLAYLISTS, most_bytes=MOST_PLAYLIST, keys=keys)
        seal = self._seal()

        def give(kind: Kind, address: str) -> str:
            closed = seal.close(address, camera.code, camera.played_address, kind)
            return f"/api/v1/cameras/{camera.code}/live/{kind}/{closed}"

        return rewrite(got.body.decode("utf-8", "replace"), url, give)

    def _keys_for(self, camera: Camera, url: str) -> Keys | None:
        """The credentials of a camera, for its own host alone, whatever its playlist names."""
        own, asked = urlsplit(camera.played_address), urlsplit(url)
        is_own = (own.scheme, own.netloc.lower()) == (asked.scheme, asked.netloc.lower())
        return self.keys.find(camera.code) if is_own else None

    def _seal(self) -> Seal:
        return Seal(secret_in(self.seal_file))


def open_streams(settings: Settings) -> Streams:
    """What fetches video, as the settings allow.

    :raises BadAllowList: when the allow-list cannot be read.
    """
    return Streams(
        Fetcher(Allowed.read(settings.camera_hosts)),
        CameraKeys(settings.home / KEYS_FILE),
        settings.home / SEAL_FILE,
    )
