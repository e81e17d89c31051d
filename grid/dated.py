"""Numbers of the city with their unit, their source and the days from which they hold."""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field


class DatedValue(BaseModel):
    """A number of the city with its unit, its source and the days from which it holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    unit: str
    in_force: dict[date, int] = Field(min_length=1)
    status: str
    source: str

    def value_on(self, on: date) -> int:
        """The value in force on a day; the first one for days before it."""
        days = sorted(self.in_force)
        return self.in_force[max((day for day in days if day <= on), default=days[0])]
