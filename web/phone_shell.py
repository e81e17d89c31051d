"""The shell of the phone: files that its pages need, with fingerprints, kept by the service worker."""

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache

from web.rendering import STATIC, TEMPLATES, asset

MAP_WORKER = "vendor/maplibre-gl/maplibre-gl-worker.mjs"
MAP_LIBRARY = {"/static/vendor/maplibre-gl/maplibre-gl.mjs": 300_000, "/m/map-worker.mjs": 150_000}
"""What draws the map, with about its bytes over the wire; too large for the shell, part of the pack."""
STYLES = (
    "css/tokens.css", "css/base.css", "css/parts.css", "vendor/maplibre-gl/maplibre-gl.css", "css/map.css",
    "css/phone.css", "css/print.css",
)  # fmt: skip
"""Sheets of the phone's pages, in their order; over a slow link they come as one."""
STYLE = "/m/style.css"
FIRST = ("js/start.js", "js/parts/phone-app.js", "js/parts/sos.js")
"""Modules that a page of the phone cannot be used without."""
WITH_MAP = ("js/parts/city-map.js", "js/parts/place-search.js")
_IMPORTED = re.compile(r'^(?:import|export)\b[^;]*?from "(\.[^"]+)";', re.MULTILINE)
_LATER = re.compile(r'import\("(\.\./map/[^"]+)"\)')
PARTS = (
    "apply-look", "ask-missing", "bell", "city-map", "clock", "component-snap", "copy", "crosshair",
    "distance", "duty", "emergency-tasks", "live", "look", "look-alikes", "own-position", "own-track",
    "pack", "phone-app",
    "photo-beside", "photo-field", "photo-pair", "photo-slots", "place-picker", "place-search",
    "queue-form", "queue-list", "recent-types", "send-once", "sos", "text-templates", "to-wall",
    "type-picker", "walk",
)  # fmt: skip
"""Parts of pages that the phone's pages start."""
FOLDERS = ("js/phone/*.js", "js/places/*.js", "js/map/*.js", "js/map/style/*.js", "icons/*.svg")
MORE = (
    "js/start.js", "js/server-clock.js", "js/swap.js", "js/words.js", "js/metres.js", "js/track.js",
    "js/wording.js", "js/standing.js", "js/asking-form.js", "icons/pictograms.json", "vendor/idb/index.js",
    "vendor/workbox/workbox.mjs",
)  # fmt: skip
NOT_ON_PHONES = frozenset({"js/map/choropleth.js", "js/map/editing.js"})


@lru_cache(maxsize=1)
def _names() -> tuple[str, ...]:
    found = {f"js/parts/{name}.js" for name in PARTS} | set(MORE)
    for pattern in FOLDERS:
        found |= {path.relative_to(STATIC).as_posix() for path in STATIC.glob(pattern)}
    return tuple(sorted(name for name in found - NOT_ON_PHONES if (STATIC / name).is_file()))


def list_shell() -> list[dict[str, str]]:
    """Addresses of the shell with their fingerprints, and the page for what is not packed."""
    files = [{"url": f"/static/{name}", "revision": asset(name).rpartition("=")[2]} for name in _names()]
    style = {"url": STYLE, "revision": style_version()}
    return [*files, style, {"url": "/m/offline", "revision": shell_version()}]


def style_sheet() -> str:
    """All sheets of the phone's pages as one."""
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in STYLES)


def style_version() -> str:
    """The fingerprint of the one sheet."""
    return hashlib.sha256("".join(asset(name) for name in STYLES).encode()).hexdigest()[:10]


def style_address() -> str:
    """The address of the one sheet; it changes with any of its parts."""
    return f"{STYLE}?v={style_version()}"


@lru_cache(maxsize=1)
def first_modules() -> tuple[str, ...]:
    """Names of the modules without which no page of the phone can be used, with all that they import."""
    return _with_imports(FIRST)


@lru_cache(maxsize=1)
def map_modules() -> tuple[str, ...]:
    """Names of the modules that a page with a map needs beside the first ones."""
    return tuple(name for name in _with_imports(WITH_MAP) if name not in first_modules())


def _with_imports(names: tuple[str, ...]) -> tuple[str, ...]:
    """Modules and what they import, breadth first: what is asked for first comes first."""
    found = dict.fromkeys(names)
    waiting = list(names)
    while waiting:
        name = waiting.pop(0)
        path = STATIC / name
        text = path.read_text(encoding="utf-8") if "vendor" not in name else ""
        for other in (*_IMPORTED.findall(text), *_LATER.findall(text)):
            told = (path.parent / other).resolve().relative_to(STATIC.resolve()).as_posix()
            if told not in found and (STATIC / told).is_file():
                found[told] = None
                waiting.append(told)
    return tuple(found)


def shell_version() -> str:
    """Changes when anything that the phone's pages look like changes."""
    text = "".join(asset(name) for name in _names()) + style_version()
    text += "".join(str(path.stat().st_mtime_ns) for path in sorted((TEMPLATES / "inspector").glob("*.html")))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


PHONE_FUNCTIONS: dict[str, Callable[[], object]] = {
    "phone_style": style_address,
    "phone_modules": first_modules,
    "map_modules": map_modules,
}
"""What templates of the phone call."""
