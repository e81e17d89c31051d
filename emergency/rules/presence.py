"""Who is where when: shares of residents and of workers present, by land use; assumptions, as data."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from emergency.rules.effects.wording import Label
from gis_core.clock import city_time

Moment = Literal["resident", "day", "night", "weekend"]
MOMENT_NAMES: dict[Moment, Label] = {
    "resident": Label.RESIDENT,
    "day": Label.DAY,
    "night": Label.NIGHT,
    "weekend": Label.WEEKEND,
}


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Share(_Data):
    """Which part of the residents is at home, and of the workers and pupils at work."""

    home: float = Field(ge=0, le=1)
    work: float = Field(ge=0, le=1)


class Shares(_Data):
    """Shares of a land use by moment."""

    day: Share
    night: Share
    weekend: Share

    def at(self, moment: Moment) -> Share:
        """Of a moment; counted as registered, all residents are there and nobody else."""
        if moment == "resident":
            return Share(home=1.0, work=0.0)
        return {"day": self.day, "night": self.night, "weekend": self.weekend}[moment]


class Presence(_Data):
    """`presence.yaml`: shares by land use, and from which hour on it is day and night."""

    version: str
    status: Literal["sourced", "recalled", "assumed"]
    source: str
    day_from_h: int = Field(ge=0, le=23)
    night_from_h: int = Field(ge=1, le=24)
    shares: dict[str, Shares]

    def moment_of(self, at: datetime, *, is_working_day: bool) -> Moment:
        """Which shares hold at a moment, by the city's clock; the calendar says what a working day is."""
        hour = city_time(at).hour
        if not self.day_from_h <= hour < self.night_from_h:
            return "night"
        return "day" if is_working_day else "weekend"
