"""Jobs of the worker for the gazetteer: looking through an uploaded file, and writing its places."""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from gis_core.clock import Clock
from gis_core.errors import CitygridError
from gis_core.jobs import Jobs
from grid.gazetteer import imports
from grid.gazetteer.importing import PlaceImporting, PlacesAtFault, PlaceWishes
from grid.rules.register import Asking
from web.gazetteer_work import APPLY, CHECK

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GazetteerJobs:
    """What a worker does for the gazetteer; a job that was broken off begins anew: nothing was written."""

    importing: PlaceImporting
    clock: Clock
    uploads: Path

    def register(self, jobs: Jobs) -> None:
        """Make both jobs known to the queue."""

        @jobs.task(name=CHECK, retry=3)
        def check_places(import_id: int, path: str) -> None:
            self.check(import_id, path)

        @jobs.task(name=APPLY, retry=3)
        def apply_places(
            import_id: int, path: str, person_id: int | None, name: str, *, keep_good: bool
        ) -> None:
            self.apply(import_id, path, person_id, name, keep_good=keep_good)

    def check(self, import_id: int, path: str) -> None:
        """Look through a file; what is wrong with it as a whole stands with the import."""
        wishes = self._wishes(import_id, (imports.WAITING, imports.CHECKING))
        if wishes is None:
            return
        try:
            self.importing.check(import_id, self.uploads / path, wishes)
        except CitygridError as refusal:
            # the file stays, so that something else can be said of it
            log.info("import %s of places is refused: %s", import_id, refusal.code)

    def apply(self, import_id: int, path: str, person_id: int | None, name: str, *, keep_good: bool) -> None:
        """Write the places of a file; what keeps them out stands with the import."""
        wishes = self._wishes(import_id, (imports.APPLYING,))
        if wishes is None:
            return
        asking = Asking(self.clock.now(), person_id, name, "data_officer")
        try:
            self.importing.apply(import_id, self.uploads / path, wishes, asking=asking, keep_good=keep_good)
        except PlacesAtFault:
            log.info("import %s of places waits for a decision again", import_id)
            return
        except CitygridError as refusal:
            log.info("import %s of places is not written: %s", import_id, refusal.code)
        self._forget(path)

    def _wishes(self, import_id: int, expected: tuple[str, ...]) -> PlaceWishes | None:
        """What was told of a file; None when the import is further on, or not there any more."""
        try:
            with self.importing.sessions() as session:
                state = imports.get_import(session, import_id)
        except imports.NoSuchPlaceImport:
            return None
        return PlaceWishes(**dict(state.told)) if state.status in expected else None

    def _forget(self, path: str) -> None:
        shutil.rmtree((self.uploads / path).parent, ignore_errors=True)
