"""What a check of the doctor is: it looks at a subject and answers with a finding."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gis_core.errors import CitygridError
from grid.city import City
from web.settings import Settings


class NoDatabase(CitygridError):
    """There is no database to look at."""

    code = "no_database"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at: the settings, the moment, and the city and database when they could be opened."""

    settings: Settings
    at: datetime
    is_city_up: bool
    city: City | None
    session: Session | None

    @property
    def open_session(self) -> Session:
        """The session, for checks that are run only when there is one."""
        if self.session is None:
            raise NoDatabase("数据库没有打开。")
        return self.session

    @property
    def known_city(self) -> City:
        """The city, for checks that are run only when its data could be read."""
        if self.city is None:
            raise NoDatabase("城市数据没有读出。")
        return self.city


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found; `hint` says what to do when it is not well."""

    text: str
    hint: str = ""

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to do."""
        return not self.hint


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its Chinese name, what it needs, and the function that looks."""

    name: str
    look: Callable[[Subject], Finding]
    needs_database: bool = False
    needs_city: bool = False
