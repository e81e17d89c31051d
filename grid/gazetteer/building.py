"""The index of a city's places as a folder of files: built from one snapshot, named by its version."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from gis_core.crs import PlaneSystem
from gis_core.db import Sessions
from gis_core.digests import code_of, digest
from gis_core.geocoding import characters, crossings, index, index_building, naming, plate_numbers, sounds
from gis_core.geocoding.index_building import build_index
from grid.city import City
from grid.gazetteer import categories, index_reading
from grid.gazetteer.categories import load_categories
from grid.gazetteer.index_reading import begin_reading, get_version, list_index_areas, list_index_places

BUILDERS = (
    characters,
    crossings,
    index,
    index_building,
    naming,
    plate_numbers,
    sounds,
    categories,
    index_reading,
)
"""Whose text decides what an index holds."""
FOLDERS_KEPT = 2
"""Processes map the newest; one still at work in the folder before it loses nothing."""


def folder_of(home: Path, version: str) -> Path:
    """Where the index of a version, as this release builds it, lies: whole or not there at all."""
    return home / digest(version.encode(), *(part.encode() for part in code_of(BUILDERS)))[:16]


def is_built(folder: Path) -> bool:
    """Whether an index lies there; its description is written last."""
    return (folder / "index.json").is_file()


def build(sessions: Sessions, plane: PlaneSystem, city: City, home: Path) -> Path:
    """Build the index of what the database holds now, unless it lies there already; answers its folder.

    One process of a machine builds, others wait for it. Older folders but one are removed.
    """
    home.mkdir(parents=True, exist_ok=True)
    with _alone(home), sessions() as session:
        begin_reading(session)
        version = get_version(session)
        folder = folder_of(home, version)
        if is_built(folder):
            return folder
        built = build_index(
            list_index_places(session, plane, city),
            list_index_areas(session),
            version=version,
            generic_words=load_categories(city).by_spoken,
        )
        draft = home / f".{uuid4().hex}"
        built.save(draft)
        draft.rename(folder)
        _sweep(home, folder)
        return folder


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    with (home / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sweep(home: Path, newest: Path) -> None:
    folders = sorted(
        (path for path in home.iterdir() if path.is_dir() and path != newest),
        key=lambda path: path.stat().st_mtime,
        reverse=True,
    )
    for folder in folders[FOLDERS_KEPT - 1 :]:
        shutil.rmtree(folder, ignore_errors=True)
