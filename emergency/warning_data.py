"""How a city follows up its warnings: numbers of `warnings.yaml`, and receivers of the sample city."""

from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from emergency.cap.receipts import ReceiverKind
from grid.city import City, read_data
from grid.dated import DatedValue

WARNINGS_FILE = "warnings.yaml"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SampleReceiver(_Data):
    """A receiver of the sample city."""

    name: str
    kind: ReceiverKind
    person: str
    phone: str
    channel: Literal["phone", "sms"]


class WarningRules(_Data):
    """`warnings.yaml` of a city."""

    version: str
    confirm_within: DatedValue
    sms_attempts: DatedValue
    sms_again_after: DatedValue
    sample_receivers: tuple[SampleReceiver, ...] = ()

    def within_on(self, on: date) -> timedelta:
        """How long a receiver may take to confirm before somebody calls."""
        return timedelta(minutes=self.confirm_within.value_on(on))

    def again_on(self, on: date) -> timedelta:
        """How long after a failure an SMS is tried again."""
        return timedelta(seconds=self.sms_again_after.value_on(on))


def load_warning_rules(city: City) -> WarningRules:
    """The rules of a city's folder; raises BadCityData."""
    return read_data(city.folder / WARNINGS_FILE, WarningRules)
