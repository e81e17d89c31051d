"""Jobs of the worker for the register: checking an uploaded survey file, and moving it into the register."""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

from gis_core.clock import Clock
from gis_core.errors import CitygridError
from gis_core.jobs import Jobs
from grid.register import import_state, staging
from grid.register.import_state import NoSuchImport
from grid.register.importing import Importing, Wishes
from grid.rules.register import Asking
from web.register_work import APPLY, CHECK

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RegisterJobs:
    """What a worker does for the register; a job that was broken off goes on after its last batch."""

    importing: Importing
    clock: Clock
    uploads: Path

    def register(self, jobs: Jobs) -> None:
        """Make both jobs known to the queue."""

        @jobs.task(name=CHECK, retry=3)
        def check_import(import_id: int, path: str) -> None:
            self.check(import_id, path)

        @jobs.task(name=APPLY, retry=3)
        def apply_import(import_id: int, person_id: int | None, name: str, *, keep_good: bool) -> None:
            self.apply(import_id, person_id, name, keep_good=keep_good)

    def check(self, import_id: int, path: str) -> None:
        """Check an uploaded file; what is wrong with it as a whole stands with the import."""
        with self.importing.sessions() as session:
            state = import_state.find_import(session, import_id)
        if state is None or state.status not in ("waiting", "reading"):
            return
        told = dict(state.told)
        try:
            self.importing.check(import_id, self.uploads / path, Wishes(**told), at=self.clock.now())
        except CitygridError as refusal:
            log.info("import %s is refused: %s", import_id, refusal.code)
            with self.importing.sessions.begin() as session:
                staging.refuse(session, import_id, refusal.code, refusal.message, self.clock.now())
        shutil.rmtree((self.uploads / path).parent, ignore_errors=True)

    def apply(self, import_id: int, person_id: int | None, name: str, *, keep_good: bool) -> None:
        """Move a checked import into the register; what keeps it out stands with the import."""
        asking = Asking(self.clock.now(), person_id, name, "data_officer")
        try:
            self.importing.apply(import_id, keep_good=keep_good, asking=asking)
        except NoSuchImport:
            log.warning("import %s is not there any more", import_id)
        except CitygridError as refusal:
            with self.importing.sessions.begin() as session:
                staging.refuse(session, import_id, refusal.code, refusal.message, self.clock.now())
