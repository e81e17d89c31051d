"""Files of addresses on their way: brought, started, answered by the worker, cancelled, swept away."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from gis_core.db import Sessions
from gis_core.errors import Conflict
from gis_core.jobs import send_named
from gis_core.places import LonLat
from grid.gazetteer.index_reading import get_version
from grid.geocode_batches import reading, store
from grid.geocode_batches.address_file import AddressFile
from grid.geocode_batches.answering import Order, Run, is_same_gazetteer
from grid.geocode_batches.reading import Batch, NoSuchBatch, get_batch
from grid.geocode_batches.report import report_of
from grid.rules.address_columns import choose_columns
from grid.rules.register import Asking

WORK = "geocode.work"
"""The job of the worker, by the name under which it is sent for."""
FILES_KEPT = timedelta(days=30)
DRAFTS_KEPT = timedelta(days=1)
MOST_AT_A_TIME = 8
_SOURCE, _RESULT = "source.csv", "result.csv"


class NoResultYet(Conflict):
    """The rows are not all answered."""

    code = "no_result_yet"


class FilesGone(Conflict):
    """The files of a batch were removed after their time."""

    code = "batch_files_gone"


@dataclass(frozen=True, slots=True)
class Batches:
    """What people and the worker do with files of addresses; `home` is where these lie."""

    sessions: Sessions
    home: Path

    def arrivals(self) -> Path:
        """A folder for what is being sent, swept after a day."""
        folder = self.home / "arriving"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder

    def bring(self, path: Path, file_name: str, asking: Asking) -> int:
        """Look through a file, which is moved away from `path`, and keep it; the number of its batch.

        :raises BadInput: what `AddressFile.look_through` refuses.
        """
        file = AddressFile.look_through(path)
        with self.sessions.begin() as session:
            number = store.add(session, file, file_name, asking)
            folder = self.folder(number)
            shutil.rmtree(folder, ignore_errors=True)  # left by a database that is no more
            folder.mkdir(parents=True, mode=0o700)
            path.replace(folder / _SOURCE)
        return number

    def start(self, batch_id: int, told: Sequence[str], near: LonLat | None, asking: Asking) -> int:
        """Have the worker answer a file; the number of the batch that does.

        The same file with the same settings is not answered twice: who brought it before gets that batch,
        taken up if it was broken off, unless places have changed since it was done.

        :raises BadInput: for columns that are not there, or not clear.
        :raises BatchMoved: when it is under way or done.
        """
        with self.sessions.begin() as session:
            batch = get_batch(session, batch_id, _person(asking))
            columns = choose_columns(batch.heading, told)
            wanted = {"columns": [*columns], "near": [near.lon_deg, near.lat_deg] if near else None}
            same = self._find_same(session, batch, wanted) if batch.status == "draft" else None
            chosen = same or batch
            if same is not None:
                store.forget(session, batch_id)
            if same is None or same.status in ("cancelled", "refused"):
                store.start(session, chosen.id, wanted)
                send_named(WORK, session)
        if same is not None:
            shutil.rmtree(self.folder(batch_id), ignore_errors=True)
        return chosen.id

    def take_up(self, batch_id: int, asking: Asking) -> None:
        """Go on with a batch that was cancelled or refused.

        :raises BatchMoved: when it is neither.
        :raises FilesGone: when its files were removed.
        """
        with self.sessions.begin() as session:
            batch = get_batch(session, batch_id, _person(asking))
            _need_files(batch)
            store.start(session, batch_id, batch.told or {})
            send_named(WORK, session)

    def cancel(self, batch_id: int, asking: Asking) -> None:
        """Stop answering.

        :raises BatchMoved: when it is not under way.
        """
        with self.sessions.begin() as session:
            get_batch(session, batch_id, _person(asking))
            store.cancel(session, batch_id, asking.at)

    def remove(self, batch_id: int, asking: Asking) -> None:
        """Remove a batch with its files, whatever it is at."""
        with self.sessions.begin() as session:
            get_batch(session, batch_id, _person(asking))
            store.forget(session, batch_id)
        shutil.rmtree(self.folder(batch_id), ignore_errors=True)

    def result(self, batch: Batch) -> Path:
        """The file of answers.

        :raises NoResultYet: while rows are missing.
        :raises FilesGone: when it was removed.
        """
        _need_files(batch)
        if batch.status != "done":
            raise NoResultYet("这个文件还没有定位完，完成后才能下载。")
        return self.order(batch).out

    def order(self, batch: Batch) -> Order:
        """What the engine needs to answer a batch, or to show its first rows."""
        folder = self.folder(batch.id)
        file = AddressFile(
            path=folder / _SOURCE,
            sha256=batch.sha256,
            encoding=batch.looked["encoding"],
            separator=batch.looked["separator"],
            heading=batch.heading,
            rows=batch.rows,
        )
        return Order(file=file, columns=batch.columns, near=batch.near, out=folder / _RESULT, folder=folder)

    def draft_order(self, batch: Batch, told: Sequence[str], near: LonLat | None) -> Order:
        """As `order`, with columns that somebody thinks of.

        :raises BadInput: for columns that are not there, or not clear.
        """
        _need_files(batch)
        return replace(self.order(batch), columns=choose_columns(batch.heading, told), near=near)

    def list_open(self) -> tuple[Batch, ...]:
        """What the worker has to do now, the oldest first."""
        with self.sessions() as session:
            return reading.list_open(session, most=MOST_AT_A_TIME)

    def note(self, batch_id: int, run: Run, at: datetime) -> bool:
        """Keep how far a run is; False when nobody wants it any more."""
        with self.sessions.begin() as session:
            is_wanted = store.note_progress(session, batch_id, run.rows)
            if is_wanted and run.is_done:
                store.finish(session, batch_id, report_of(run.tally), at)
        return is_wanted and not run.is_done

    def refuse(self, batch_id: int, code: str, message: str, at: datetime) -> None:
        """Keep why a batch cannot be answered."""
        with self.sessions.begin() as session:
            store.refuse(session, batch_id, code, message, at)

    def sweep(self, at: datetime) -> None:
        """Remove files a month after their batch ended, drafts after a day, and what belongs to nothing."""
        with self.sessions.begin() as session:
            gone = store.forget_files(session, ended_before=at - FILES_KEPT, brought_before=at - DRAFTS_KEPT)
        for number in gone:
            shutil.rmtree(self.folder(number), ignore_errors=True)
        self._sweep_unclaimed(at)

    def folder(self, batch_id: int) -> Path:
        """Where the files of a batch lie."""
        return self.home / "batches" / str(batch_id)

    def _find_same(self, session: Session, batch: Batch, told: dict[str, Any]) -> Batch | None:
        version = get_version(session)
        for one in reading.list_same(session, batch):
            versions = one.report["gazetteer_versions"] if one.report else []
            is_stale = one.status == "done" and not is_same_gazetteer(versions, version)
            if one.told == told and not is_stale:
                return one
        return None

    def _sweep_unclaimed(self, at: datetime) -> None:
        """Uploads that were broken off, folders of batches that are no more, states of the command line."""
        found = {int(path.name): path for path in _children(self.home / "batches") if path.name.isdecimal()}
        with self.sessions() as session:
            claimed = reading.list_with_files(session, found.keys()) if found else set()
        old = [path for number, path in found.items() if number not in claimed]
        aside = [(one, DRAFTS_KEPT) for one in (*old, *_children(self.home / "arriving"))]
        aside += [(one, FILES_KEPT) for one in _children(self.home / "files")]
        for path, kept in aside:
            with suppress(OSError):
                if path.stat().st_mtime < (at - kept).timestamp():
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


def _children(folder: Path) -> Sequence[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else ()


def _need_files(batch: Batch) -> None:
    if not batch.has_files:
        raise FilesGone(f"文件保存 {FILES_KEPT.days} 天，已经删除。请重新上传。")


def _person(asking: Asking) -> int:
    if asking.person_id is None:
        raise NoSuchBatch("定位文件属于上传的人。请登录后再试。")
    return asking.person_id
