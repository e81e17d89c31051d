"""Digests that name an answer by all it depends on: the text of the program, and parts told apart."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import shapely


def code_of(modules: Sequence[ModuleType]) -> list[str]:
    """What the program that answers is: its text, and the versions of the libraries beneath."""
    texts = [Path(str(module.__file__)).read_bytes() for module in modules]
    return [shapely.__version__, shapely.geos_version_string, digest(*texts)]


def digest(*parts: bytes) -> str:
    """A digest of parts, 32 hexadecimal digits, that tells where each ends.

    >>> digest(b"ab", b"c") == digest(b"a", b"bc")
    False
    """
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()[:32]
