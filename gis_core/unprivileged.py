"""PostgreSQL refuses to run as root: another user, a clean environment, and folders that user can reach."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gis_core.errors import Refused

NAMES = ("citygrid", "postgres")
"""Users that may own the cluster when we are root; the second comes with the Debian package."""


class NoUser(Refused):
    """There is no unprivileged user to run the database as, and none could be made."""

    code = "no_unprivileged_user"


@dataclass(frozen=True, slots=True)
class Runner:
    """Who runs the database's programs: ourselves, or, when we are root, an unprivileged user."""

    uid: int
    gid: int
    is_other: bool

    @classmethod
    def choose(cls) -> "Runner":
        """Ourselves unless we are root; raises NoUser."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), is_other=False)
        entry = _find_user() or _make_user()
        return cls(entry.pw_uid, entry.pw_gid, is_other=True)

    def command(self, words: Sequence[str]) -> list[str]:
        """The same command, run as that user without any privilege of ours."""
        if not self.is_other:
            return list(words)
        return [
            "setpriv",
            f"--reuid={self.uid}",
            f"--regid={self.gid}",
            "--clear-groups",
            "--inh-caps=-all",
            "--no-new-privs",
            "--",
            *words,
        ]

    def environment(self) -> dict[str, str]:
        """A clean environment: nothing of ours (PGDATA, LD_PRELOAD, secrets) reaches the database."""
        return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}

    def run(self, words: Sequence[str]) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, in `/`; its output is captured and its code left to the caller."""
        return subprocess.run(
            self.command(words),
            env=self.environment(),
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    def own_folder(self, folder: Path) -> None:
        """Make the folder, for that user alone."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.is_other:
            os.chown(folder, self.uid, self.gid)
        folder.chmod(0o700)

    def may_reach(self, folder: Path) -> bool:
        """Whether that user can walk down to this folder: /root, for one, is closed to others."""
        if not self.is_other:
            return True
        return self.run(["test", "-x", str(folder)]).returncode == 0


def _find_user() -> pwd.struct_passwd | None:
    for name in NAMES:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _make_user() -> pwd.struct_passwd:
    maker = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if maker:
        words = [maker, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", NAMES[0]]
        subprocess.run(words, capture_output=True, check=False)
    entry = _find_user()
    if entry is None:
        raise NoUser("PostgreSQL 不能以 root 运行，且无法创建用户 citygrid。请以普通用户运行本程序。")
    return entry
