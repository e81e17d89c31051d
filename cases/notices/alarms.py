"""Alarms of clocks: at 80 % to whoever has the case, at the whole limit to leaders, too; each once.

Which alarms went off is in the database, in the transaction that makes their notices: a worker that dies
loses none, and two workers set off none twice. After a rest of the workers a light that has passed both marks
is told of as overdue alone; the log has both.
"""

from dataclasses import dataclass

from cases.notices.store import set_off_alarms, tell
from cases.notices.telling import Teller
from cases.store import tell_lights
from gis_core.clock import Clock
from gis_core.db import Sessions

MOST_AT_ONCE = 500
MOST_ROUNDS = 20
"""A sweep ends after so many transactions; the next one is seconds away."""


@dataclass(frozen=True, slots=True)
class Alarms:
    """Sets alarms off."""

    sessions: Sessions
    clock: Clock
    teller: Teller

    def sweep(self) -> int:
        """Set off every alarm that is due, and let open pages draw lights anew; answers how many cases."""
        total = 0
        for _ in range(MOST_ROUNDS):
            found = self._sweep_some()
            total += found
            if found < MOST_AT_ONCE:
                break
        return total

    def _sweep_some(self) -> int:
        at = self.clock.now()
        with self.sessions.begin() as session:
            rows = set_off_alarms(session, at=at, most=MOST_AT_ONCE)
            notices, bodies = self.teller.alarms_of([row for row in rows if row["level"]], at)
            tell(session, notices, bodies, at=at)
            tell_lights(session, [row["case_no"] for row in rows])
        return len(rows)
