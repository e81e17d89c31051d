"""Which PostgreSQL of this machine can carry the city: the newest one, 15 or later, that has PostGIS."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gis_core.errors import Refused

OLDEST_MAJOR = 15
USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


class NoPostgres(Refused):
    """No PostgreSQL with PostGIS was found on this machine."""

    code = "no_postgres"


@dataclass(frozen=True, slots=True)
class Binaries:
    """One installed PostgreSQL: its major version, its folder of programs, and whether PostGIS is there."""

    major: int
    folder: Path
    has_postgis: bool

    def path(self, program: str) -> str:
        """The full path of one of its programs, such as `initdb`."""
        return str(self.folder / program)


def list_binaries() -> tuple[Binaries, ...]:
    """Every PostgreSQL server found in the usual places and on PATH, newest first."""
    folders = {folder.resolve() for pattern in USUAL_PLACES for folder in Path("/").glob(pattern[1:])}
    on_path = shutil.which("postgres")
    if on_path:
        folders.add(Path(on_path).resolve().parent)
    found = [_look_at(folder) for folder in folders if _is_complete(folder)]
    return tuple(sorted(found, key=lambda one: (one.major, one.has_postgis, str(one.folder)), reverse=True))


def get_binaries(major: int | None = None) -> Binaries:
    """The PostgreSQL to use: of `major` when the data was written by it, else the newest with PostGIS.

    Raises NoPostgres with what to install.
    """
    fit = [one for one in list_binaries() if one.has_postgis and one.major >= OLDEST_MAJOR]
    if major is not None:
        fit = [one for one in fit if one.major == major]
    if not fit:
        wanted = f"{major}" if major is not None else f"{OLDEST_MAJOR} 或更高版本"
        raise NoPostgres(
            f"本机没有带 PostGIS 的 PostgreSQL {wanted}。Debian/Ubuntu 请运行 script/bootstrap，"
            "其他系统请自行安装 postgresql 与 postgis，或设置 CITYGRID_DATABASE_URL。"
        )
    return fit[0]


def _is_complete(folder: Path) -> bool:
    return all(os.access(folder / program, os.X_OK) for program in ("postgres", "initdb"))


def _look_at(folder: Path) -> Binaries:
    said = subprocess.run(
        [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=False
    ).stdout
    version = re.search(r"\d+", said)
    return Binaries(int(version.group()) if version else 0, folder, _has_postgis(folder))


def _has_postgis(folder: Path) -> bool:
    shares = [folder.parent / "share", folder.parent / "share" / "postgresql"]
    if folder.is_relative_to("/usr/lib/postgresql"):
        shares.append(Path("/usr/share/postgresql") / folder.parent.name)
    return any((share / "extension" / "postgis.control").exists() for share in shares)
