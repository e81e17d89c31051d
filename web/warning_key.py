"""The key pair with which our warnings are signed: a file of the home folder that nobody else may read.

It is made once, on first use. Whoever receives our warnings knows us by its certificate, so every machine
of a city needs the same file. No page, log, error or table has the private half.
"""

import os
from datetime import datetime
from pathlib import Path
from tempfile import mkstemp

from emergency.cap.signing import SigningKey, make_key

KEY_FILE = "warning-signing.pem"
LIFE_DAYS = 3650
"""How long the certificate holds; assumed."""
_CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


def load_signing_key(home: Path, name: str, at: datetime) -> SigningKey:
    """The key pair of this deployment; of two processes that make it at once, one wins for both."""
    path = home / KEY_FILE
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        _make(path, make_key(name, at, days=LIFE_DAYS))
    private, mark, certificate = path.read_bytes().partition(_CERTIFICATE)
    return SigningKey(private, mark + certificate)


def _make(path: Path, key: SigningKey) -> None:
    handle, fresh = mkstemp(prefix=f"{KEY_FILE}.", dir=path.parent)  # readable by its owner alone
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(key.private_pem + key.certificate_pem)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
    finally:
        Path(fresh).unlink()
