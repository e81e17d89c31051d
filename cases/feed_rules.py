"""What media watch and sensors mean in a city: topics and kinds of alarms by the type of case they become."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from grid.city import City, read_data

FEEDS_FILE = "feeds.yaml"
TypeWords = Annotated[str, Field(pattern=r"^(component|matter):\d{5}$")]
AlarmType = Annotated[str, Field(pattern=r"^(component:(\d{5}|\*)|matter:\d{5})$")]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AlarmKind(_Data):
    """A kind of alarm; `component:*` is whatever type the component has that the device watches."""

    name: str
    type: AlarmType
    window_h: int = Field(ge=1, le=720)
    quiet_min: int = Field(ge=0, le=10_080)

    @property
    def window(self) -> timedelta:
        """How long after the last one a repeat belongs to the same case."""
        return timedelta(hours=self.window_h)

    @property
    def quiet(self) -> timedelta:
        """How long after one that is noted on the case others are only counted."""
        return timedelta(minutes=self.quiet_min)


class FeedRules(_Data):
    """`feeds.yaml` of a city."""

    version: str
    status: str
    source: str
    media: Mapping[str, TypeWords] = {}
    sensors: Mapping[str, AlarmKind] = {}


NO_FEEDS = FeedRules(version="", status="", source="")


def load_feeds(city: City) -> FeedRules:
    """The rules of a city's folder, none when it has no such file; raises BadCityData."""
    path = city.folder / FEEDS_FILE
    return read_data(path, FeedRules) if path.is_file() else NO_FEEDS
