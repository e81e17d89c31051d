"""Sentences to begin a report with, by type; the city's, from `data/<city>/sentences.yaml`."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from grid.city import City, read_data

Sentence = Annotated[str, Field(min_length=2, max_length=60)]


class SentenceFile(BaseModel):
    """The file: sentences by class (two digits) or type (five), and those that fit everything."""

    model_config = ConfigDict(extra="forbid")

    source: str
    any: tuple[Sentence, ...] = ()
    by_code: dict[str, tuple[Sentence, ...]] = {}


def load_sentences(city: City) -> dict[str, list[str]]:
    """Sentences by code; those for everything under an empty code. A city without the file has none."""
    path = city.folder / "sentences.yaml"
    if not path.is_file():
        return {}
    read = read_data(path, SentenceFile)
    return {"": list(read.any)} | {code: list(said) for code, said in read.by_code.items()}
