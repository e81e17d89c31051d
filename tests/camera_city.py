"""Cameras for tests: one in 经二路, and a web server on the loopback that gives video, or worse."""

import base64
import re
import threading
import time
from collections.abc import Callable
from datetime import date
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from gis_core.crs import PlaneSystem
from gis_core.places import LonLat, PlanePoint
from grid.cameras.operations import Cameras
from grid.rules.cameras import Camera
from grid.rules.register import Asking
from tests.case_city import FRIDAY_MORNING, JINGER_ROAD

STREAM = Path(__file__).parent / "stream"
"""Four seconds of a test picture, made by ffmpeg's testsrc: script/test-stream."""
PLANE = PlaneSystem(4545)
OFFICER = Asking(FRIDAY_MORNING, 7, "数据员甲", "data_officer", "BJ-JD")
SINCE = date(2026, 1, 1)
KEY = "city:secret"
EMPTY_CAMERAS = """
    SET LOCAL session_replication_role = replica;
    DELETE FROM grid.camera_tour_stop; DELETE FROM grid.camera_tour;
    DELETE FROM grid.camera_fact; DELETE FROM grid.camera; DELETE FROM grid.camera_watch;
"""
PLAYLIST, MP4, TS = "application/vnd.apple.mpegurl", "video/mp4", "video/mp2t"


def beside(east_m: float = 0.0, north_m: float = 0.0, of: LonLat = JINGER_ROAD) -> PlanePoint:
    """A point so many metres from 经二路."""
    here = PLANE.to_plane(of)
    return PlanePoint(here.easting_m + east_m, here.northing_m + north_m)


def camera(code: str = "SXJ-1", **more: object) -> Camera:
    """A camera 50 m west of 经二路's point that looks east along it."""
    given: dict[str, object] = {
        "code": code,
        "name": "经二路路口枪机",
        "place": beside(-50),
        "direction_deg": 90.0,
        "field_deg": 60.0,
        "range_m": 120.0,
        "protocol": "hls",
        "address": "http://192.0.2.10/live/index.m3u8",
        "owner_code": "BJ-GA",
        "source": "普查",
        "valid_from": SINCE,
    }
    return Camera(**(given | more))  # type: ignore[arg-type]


def register(cameras: Cameras, *several: Camera) -> None:
    """Put cameras into the register."""
    for one in several:
        cameras.add(one, reason="验收", asking=OFFICER)


Answer = tuple[int, dict[str, str], bytes]


class VideoServer:
    """A server of video on the loopback: answers paths from a table, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answers: dict[str, Answer | Callable[[BaseHTTPRequestHandler], None]] = {}
        self.needs_key = False
        self.challenge = 'Basic realm="cameras"'
        outer = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append((self.path, dict(self.headers)))
                outer.answer(self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def give(
        self, path: str, body: bytes, media_type: str = PLAYLIST, status: int = 200, **headers: str
    ) -> None:
        """Answer a path from now on."""
        self.answers[path] = (status, {"Content-Type": media_type, **headers}, body)

    def give_stream(self) -> str:
        """Serve the test picture; the address of its playlist."""
        types = {".m3u8": PLAYLIST, ".ts": TS, ".m4s": MP4, ".mp4": MP4}
        for path in STREAM.iterdir():
            self.give(f"/live/{path.name}", path.read_bytes(), types[path.suffix])
        return f"{self.url}/live/index.m3u8"

    def drip(self, path: str) -> None:
        """Answer a path with a byte every tenth of a second."""

        def slowly(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Type", PLAYLIST)
            handler.end_headers()
            for _ in range(100):
                handler.wfile.write(b"#")
                handler.wfile.flush()
                time.sleep(0.1)

        self.answers[path] = slowly

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        if self.needs_key and not self.is_known(handler):
            handler.send_response(401)
            handler.send_header("WWW-Authenticate", self.challenge)
            handler.end_headers()
            return
        found = self.answers.get(handler.path.partition("?")[0], (404, {}, b""))
        if callable(found):
            found(handler)
            return
        status, headers, body = found
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def is_known(self, handler: BaseHTTPRequestHandler) -> bool:
        """Whether a request says name and password as it was asked to (RFC 7617; RFC 2617 with MD5)."""
        said = handler.headers.get("Authorization", "")
        if self.challenge.startswith("Basic"):
            return said == "Basic " + base64.b64encode(KEY.encode()).decode()
        told = dict(re.findall(r'(\w+)="?([^",]+)"?', said.removeprefix("Digest ")))
        user, _, password = KEY.partition(":")
        one, two = (
            md5(w.encode()).hexdigest() for w in (f"{user}:cameras:{password}", f"GET:{handler.path}")
        )
        mixed = ":".join([one, *(told.get(name, "") for name in ("nonce", "nc", "cnonce", "qop")), two])
        return told.get("response") == md5(mixed.encode()).hexdigest()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
