"""One call of another system: its format, language and address, the parameters of its query, its turn."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import Response

from gis_core.clock import city_time
from web import throttle
from web.api.open311.asking import Fields, need_jurisdiction
from web.api.open311.documents import Format, Tree, format_asked, write
from web.origin import origin_of
from web.wiring import Wired, Wiring
from web.words import Translate, choose_language

ENDPOINT = "/open311/v2"


@dataclass(frozen=True, slots=True)
class Call:
    """What every answer needs to know of the call."""

    wiring: Wiring
    form: Format
    language: str
    host: str
    query: Fields
    at: datetime

    @property
    def is_english(self) -> bool:
        """Whether the answer is to be English; else it is Chinese."""
        return self.language == "en"

    @property
    def say(self) -> Translate:
        """The translation of a message into the language of the call."""
        return self.wiring.words.translator(self.language)

    @property
    def endpoint(self) -> str:
        """The address of the interface, as the caller reaches it."""
        return self.host + ENDPOINT

    def answer(self, root: str, tree: Tree) -> Response:
        """The answer in the format of the call."""
        return write(root, tree, self.form)


def find_call(request: Request, wiring: Wired) -> Call:
    """The call of a request; refused in its own format when it asks for another city or format."""
    form = format_asked(request)
    query = Fields.of(request.query_params.multi_items())
    need_jurisdiction(query, jurisdictions_of(wiring))
    language = choose_language(request)
    return Call(wiring, form, language, origin_of(request), query, wiring.clock.now())


Called = Annotated[Call, Depends(find_call)]


def count_reading(request: Request, wiring: Wired) -> None:
    """Count a question to the database by the address that it comes from.

    :raises TooOften: when that address asks without end.
    """
    address = request.client.host if request.client else "unknown"
    throttle.spend(wiring.sessions, throttle.OPEN311_QUESTIONS_BY_ADDRESS, address, at=wiring.clock.now())


counted: Any = Depends(count_reading)
"""Marks a route that asks the database for whoever comes."""


def jurisdictions_of(wiring: Wiring) -> tuple[str, ...]:
    """What this city is called in `jurisdiction_id`: its code of the national register, then other names."""
    named = (word.strip() for word in wiring.settings.jurisdiction_ids.split(","))
    return (wiring.city.code, *(word for word in named if word))


def w3c(moment: datetime) -> str:
    """A moment as W3C writes it, to the second, with the city's offset.

    >>> from datetime import UTC
    >>> w3c(datetime(2026, 9, 18, 1, 30, tzinfo=UTC))
    '2026-09-18T09:30:00+08:00'
    """
    return city_time(moment).isoformat(timespec="seconds")
