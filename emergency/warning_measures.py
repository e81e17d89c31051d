"""Measures that the law sets beside a warning, as data (`data/nation/emergency/warning_measures.yaml`)."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict

from emergency.rules.levels import Status, WarningLevel
from grid.city import read_data

MEASURES_FILE: Final = "warning_measures.yaml"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Measure(_Data):
    """Something that is done."""

    code: str
    words: str


class Article(_Data):
    """An article of the law, the colours it is for, and what it names."""

    name: str
    levels: tuple[WarningLevel, ...]
    measures: tuple[Measure, ...]


class Measures(_Data):
    """The file."""

    version: str
    source: str
    status: Status
    articles: tuple[Article, ...]

    def words_of(self, code: str) -> str | None:
        """A measure with its article, as a message says it; None for what is none."""
        return next(
            (
                f"{article.name}：{one.words}"
                for article in self.articles
                for one in article.measures
                if one.code == code
            ),
            None,
        )


def load_measures(nation: Path) -> Measures:
    """The measures of the country; raises BadCityData."""
    return read_data(nation / "emergency" / MEASURES_FILE, Measures)
