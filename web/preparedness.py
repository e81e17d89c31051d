"""Whether the embedded database was brought up to date by this very program and this very data.

Looking at files costs a hundredth of what migrating and seeding to no effect would: a restart is quick.
"""

import hashlib

from web.settings import ROOT, Settings

STAMP = "prepared"
READ = (".py", ".sql", ".yaml", ".csv", ".geojson")
CODE = ("gis_core/migrating.py", "grid/seed.py", "grid/divisions.py", "grid/organisations.py")


def is_prepared(settings: Settings) -> bool:
    """Whether nothing has changed since the database was last migrated, seeded and found not empty."""
    stamp = settings.home / STAMP
    return stamp.exists() and stamp.read_text(encoding="ascii") == _fingerprint(settings)


def remember_prepared(settings: Settings) -> None:
    """Note that the database is up to date."""
    (settings.home / STAMP).write_text(_fingerprint(settings), encoding="ascii")


def _fingerprint(settings: Settings) -> str:
    """Of the database's own folder and of every file that migrating and seeding read."""
    digest = hashlib.sha256()
    database = (settings.home / "data").stat()
    digest.update(f"{database.st_dev} {database.st_ino}".encode())
    folders = (ROOT / "data" / "migrations", settings.data_dir)
    files = {path for folder in folders for path in folder.rglob("*") if path.suffix in READ}
    for path in sorted(files | {ROOT / name for name in CODE}):
        about = path.stat()
        digest.update(f"{path} {about.st_size} {about.st_mtime_ns}".encode())
    return digest.hexdigest()
