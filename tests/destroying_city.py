"""Personal data of responses whose time is over, by the real rules of the city."""

from cases.privacy_rules import load_retention
from emergency.record.destroying import destroy_personal_data
from emergency.rules.record.destroying import rules_of
from gis_core.db import Sessions
from tests.case_city import RULES_ON, baoji
from tests.incident_city import after

DAY = 24 * 60
"""Minutes."""


def destroy_all(sessions: Sessions, days_after: float, *, is_dry: bool = False) -> dict[str, int]:
    """Destroy what is over its time so many days after Friday morning; how much of each kind."""
    retention = load_retention(baoji())
    rules = rules_of(retention.days_on(RULES_ON), retention.version)
    return destroy_personal_data(sessions, rules, at=after(days_after * DAY), is_dry=is_dry)
