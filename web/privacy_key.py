"""The secret with which telephone numbers are hashed for logs: from the settings, or a file of our own.

It lies outside the database: whoever reads the logs alone cannot try all numbers.
"""

import os
import secrets
from functools import cache
from pathlib import Path

from web.settings import Settings

KEY_FILE = "privacy-key"


def load_subject_key(settings: Settings) -> bytes:
    """The secret, made on first use; every machine of a city needs the same."""
    said = settings.privacy_key.get_secret_value()
    return said.encode() if said else secret_in(settings.home / KEY_FILE)


@cache
def secret_in(path: Path) -> bytes:
    """A secret of this deployment that lies in a file, made on first use."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
    return path.read_bytes().strip()
