"""The peer of tiles: tipg, a public tile server, in an environment of its own, on the same database."""

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from sqlalchemy import URL

from tests.bench.peers import HOME, python_of

PACKAGES = ("tipg==1.6.1", "uvicorn==0.54.0")
MOST_FEATURES = 2_000_000
"""Its own limit of 10,000 a tile would leave most of a tile out."""
ANSWERS_WITHIN_S = 60.0


@contextmanager
def serving_tipg(database: URL) -> Iterator[int]:
    """tipg with one process and four connections on a free port; installed when it is not there yet."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | {
        "DATABASE_URL": _address(database),
        "DB_MAX_CONN_SIZE": "4",
        "TIPG_DB_SCHEMAS": '["grid"]',
        "TIPG_DB_EXCLUDE_FUNCTION_SCHEMAS": '["grid"]',
        "TIPG_MAX_FEATURES_PER_TILE": str(MOST_FEATURES),
        "TIPG_CATALOG_TTL": "86400",
        "PGOPTIONS": "-c jit=off",
    }
    words = [
        str(python_of("tipg", PACKAGES)),
        "-m",
        "uvicorn",
        "tipg.main:app",
        "--port",
        str(port),
        "--log-level",
        "error",
    ]
    process = subprocess.Popen(words, cwd=HOME / "tipg", env=environment)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def tile_address(zoom: int, column: int, row: int) -> str:
    """The tile of components with the attributes that our public tiles have."""
    where = f"{zoom}/{column}/{row}"
    return f"/collections/grid.component/tiles/WebMercatorQuad/{where}?properties=type_code,state"


def _address(database: URL) -> str:
    folder = database.query.get("host")
    if not isinstance(folder, str):
        return database.set(drivername="postgresql").render_as_string(hide_password=False)
    port = database.query.get("port", "5432")
    return f"postgresql://{database.username}@{quote(folder, safe='')}:{port}/{database.database}"


def _wait(port: int) -> None:
    until = time.monotonic() + ANSWERS_WITHIN_S
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
        if time.monotonic() > until:
            raise TimeoutError("tipg did not answer")
