"""Names and passwords of cameras: in a file of the home folder that nobody else may read, and nowhere else.

No page, log, error or table has them; whoever sets them cannot read them back.
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gis_core.errors import BadInput
from gis_core.streams.fetching import Keys

MOST = 128


class BadCameraKeys(BadInput):
    """A name or a password that HTTP cannot carry."""

    code = "bad_camera_keys"


@dataclass(frozen=True, slots=True)
class CameraKeys:
    """The file of credentials, by code of camera; every process of a machine reads the same."""

    path: Path

    def find(self, code: str) -> Keys | None:
        """The credentials of a camera; None when it has none."""
        found = self._read().get(code)
        return Keys(found["user"], found["password"]) if found else None

    def list_codes(self) -> frozenset[str]:
        """The cameras that have credentials."""
        return frozenset(self._read())

    def set(self, code: str, user: str, password: str) -> None:
        """Keep the credentials of a camera, in place of those before.

        :raises BadCameraKeys: when one is empty, too long, or has signs that HTTP does not carry.
        """
        if not all(1 <= len(one) <= MOST and one.isprintable() for one in (user, password)) or ":" in user:
            raise BadCameraKeys(f"用户名和密码各须 1 至 {MOST} 字，用户名不含冒号。没有保存。")
        with self._locked():
            self._write(self._read() | {code: {"user": user, "password": password}})

    def clear(self, code: str) -> None:
        """Forget the credentials of a camera."""
        with self._locked():
            self._write({known: both for known, both in self._read().items() if known != code})

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            found: dict[str, dict[str, str]] = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return found

    def _write(self, all_keys: dict[str, dict[str, str]]) -> None:
        fresh = self.path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(all_keys, file, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer of this machine at a time."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
