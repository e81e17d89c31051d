"""The city's rules of privacy, read from its data folder: looks a day, and types whose place is private."""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from cases.tables import PrivateTypeRow
from grid.city import City, read_data
from grid.dated import DatedValue

PRIVACY_FILE, RETENTION_FILE = "privacy.yaml", "retention.yaml"
PERIODS = (
    "contacts", "words", "refused_photos", "api_reports", "uploads", "accesses",
    "incident_callers", "incident_words", "incident_answers", "incident_places", "incident_photos",
    "warning_receivers", "warning_receipts", "removed_contacts", "stale_contacts",
)  # fmt: skip


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PrivateType(_Data):
    """A type whose exact place only staff see, and why."""

    kind: Literal["component", "matter"]
    code: str
    name: str
    status: str
    why: str


class LookLimits(_Data):
    """How often one person may look on one day."""

    reveals_a_day: DatedValue
    lookups_a_day: DatedValue


class PrivacyRules(_Data):
    """`privacy.yaml` of a city."""

    version: str
    limits: LookLimits
    private_types: tuple[PrivateType, ...]

    def reveals_on(self, on: date) -> int:
        """How many contacts a person may look at on a day."""
        return self.limits.reveals_a_day.value_on(on)

    def lookups_on(self, on: date) -> int:
        """How many callers a person may look up on a day."""
        return self.limits.lookups_a_day.value_on(on)


class Retention(_Data):
    """`retention.yaml` of a city: how many days each kind of personal data is kept."""

    version: str
    periods: dict[str, DatedValue]

    @model_validator(mode="after")
    def _has_all(self) -> Self:
        if missing := set(PERIODS) - self.periods.keys():
            raise ValueError(f"缺少保存期限：{'、'.join(sorted(missing))}")
        return self

    def days_on(self, on: date) -> dict[str, int]:
        """The days of every period in force on a day."""
        return {name: period.value_on(on) for name, period in self.periods.items()}


def load_retention(city: City) -> Retention:
    """How long a city keeps what; raises BadCityData."""
    return read_data(city.folder / RETENTION_FILE, Retention)


def load_privacy(city: City) -> PrivacyRules:
    """The rules of a city's folder; raises BadCityData."""
    return read_data(city.folder / PRIVACY_FILE, PrivacyRules)


def seed_private_types(session: Session, rules: PrivacyRules) -> None:
    """Write the private types where the database looks for them; running it again changes nothing."""
    session.execute(delete(PrivateTypeRow))
    rows = [{"kind": one.kind, "type_code": one.code} for one in rules.private_types]
    if rows:
        session.execute(insert(PrivateTypeRow), rows)
