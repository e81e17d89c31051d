"""What the register of cameras asks of a camera: its code, its view, and addresses without secrets."""

import ipaddress
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, urlsplit

from gis_core.errors import BadInput
from gis_core.places import PlanePoint
from grid.rules.camera_views import View

Protocol = Literal["onvif", "rtsp", "hls"]
PROTOCOL_NAMES: Mapping[Protocol, str] = {"hls": "HLS", "rtsp": "RTSP", "onvif": "ONVIF"}
SCHEMES: Mapping[Protocol, tuple[str, ...]] = {
    "hls": ("http", "https"),
    "rtsp": ("rtsp", "rtsps"),
    "onvif": ("http", "https"),
}
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
MOST_NAME, MOST_ADDRESS, MOST_SOURCE = 80, 300, 200
MOST_RANGE_M = 2_000.0
_SECRET = re.compile(r"pass|pwd|token|secret|auth|key|sign|credential", re.IGNORECASE)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


class BadCamera(BadInput):
    """Something of a camera cannot be; the fact `field` names it."""

    code = "bad_camera"


class BadCameraAddress(BadCamera):
    """An address that is none, or that is not the protocol's."""

    code = "bad_camera_address"


class SecretInAddress(BadCameraAddress):
    """An address with a password or a key in it; it is not repeated."""

    code = "secret_in_address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """A camera as the register has it; `hls_address` is that of the gateway of one that speaks no HLS."""

    code: str
    name: str
    place: PlanePoint
    direction_deg: float
    field_deg: float
    range_m: float
    protocol: Protocol
    address: str
    hls_address: str = ""
    owner_code: str
    source: str
    valid_from: date
    is_synthetic: bool = False

    @property
    def view(self) -> View:
        """What it looks at."""
        return View(self.place, self.direction_deg, self.field_deg, self.range_m)

    @property
    def played_address(self) -> str:
        """Where its HLS comes from; empty while no gateway makes any."""
        return self.address if self.protocol == "hls" else self.hls_address


def checked_camera(camera: Camera) -> Camera:
    """The camera, tidied: blanks gone, a full turn as 0.

    :raises BadCamera: naming the field in `field`; SecretInAddress, BadCameraAddress for its addresses.
    """
    code = camera.code.strip()
    if not CODE.fullmatch(code):
        raise BadCamera("摄像机编号须为 1 至 32 位字母、数字、- 或 _，以字母或数字开头。", field="code")
    if camera.protocol not in PROTOCOL_NAMES:
        raise BadCamera("协议只能是 onvif、rtsp 或 hls。", field="protocol")
    if not 0 <= camera.direction_deg <= 360:
        raise BadCamera("朝向须在 0 到 360 度之间，自正北顺时针。", field="direction_deg")
    if not 1 <= camera.field_deg <= 360:
        raise BadCamera("视场角须在 1 到 360 度之间；可转一圈的填 360。", field="field_deg")
    if not 1 <= camera.range_m <= MOST_RANGE_M:
        raise BadCamera(f"可视距离须在 1 到 {MOST_RANGE_M:.0f} 米之间。", field="range_m")
    return replace(
        camera,
        code=code,
        name=_text(camera.name, "名称", MOST_NAME, "name"),
        source=_text(camera.source, "来源", MOST_SOURCE, "source"),
        direction_deg=camera.direction_deg % 360,
        address=checked_address(camera.address, camera.protocol, "address"),
        hls_address=_gateway(camera),
    )


def _gateway(camera: Camera) -> str:
    said = camera.hls_address.strip()
    if not said:
        return ""
    if camera.protocol == "hls":
        raise BadCameraAddress("HLS 摄像机直接填地址，不用再填网关的 HLS 地址。", field="hls_address")
    return checked_address(said, "hls", "hls_address")


def checked_address(words: str, protocol: Protocol, field: str) -> str:
    """An address of a protocol, without blanks around it.

    :raises SecretInAddress: when a name, a password or a key stands in it. The sentence does not repeat it.
    :raises BadCameraAddress: when it is no address, or not one of the protocol.

    >>> checked_address(" rtsp://192.0.2.10/stream1 ", "rtsp", "address")
    'rtsp://192.0.2.10/stream1'
    """
    said = words.strip()
    parts = _parts(said)
    if parts is not None and ("@" in parts.netloc or _has_secret(parts.query)):
        raise SecretInAddress(
            "地址里不要写用户名、密码或密钥，没有保存。请只填地址，凭据在摄像机的页面上另设。", field=field
        )
    schemes = SCHEMES[protocol]
    is_known = parts is not None and parts.scheme in schemes and _is_host(parts.hostname or "")
    if parts is None or not is_known or parts.fragment:
        named = " 或 ".join(f"{one}://" for one in schemes)
        raise BadCameraAddress(f"地址须以 {named} 开头，写明主机，不超过 {MOST_ADDRESS} 字符。", field=field)
    return said


def _parts(said: str) -> SplitResult | None:
    """The parts of an address that could be one: printable ASCII, not too long, its port a number."""
    if (
        not said.isascii()
        or not said.isprintable()
        or " " in said
        or "\\" in said
        or len(said) > MOST_ADDRESS
    ):
        return None
    try:
        parts = urlsplit(said)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _is_host(host: str) -> bool:
    """A name or an address; `localhost` and the like are refused where streams are fetched."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return len(host) <= 253 and _HOST.fullmatch(host) is not None
    return True


def _has_secret(query: str) -> bool:
    return any(_SECRET.search(name) for name, _ in parse_qsl(query, keep_blank_values=True))


def _text(words: str, name: str, most: int, field: str) -> str:
    said = unicodedata.normalize("NFC", words).strip()
    if not 1 <= len(said) <= most or any(unicodedata.category(sign) in ("Cc", "Cs") for sign in said):
        raise BadCamera(f"{name}须为 1 至 {most} 字，不含控制字符。", field=field)
    return said
