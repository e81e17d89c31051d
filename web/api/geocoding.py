"""Places from words and words for places: search, suggestions, reverse, and many at once.

Everybody may ask; who is not signed in, only so often a minute.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from gis_core.places import LonLat
from web.accounts.guards import Checked, CurrentVisitor, open_to_all
from web.api.geocoding_answers import (
    AnswersTold,
    AnswerTold,
    ParsedTold,
    PlaceTold,
    SuggestionsTold,
    told,
)
from web.geocoding import answer_json, described_json, spans_json, suggestion_json
from web.throttle import Allowance, spend
from web.uploads import Malformed
from web.wiring import Wired, Wiring, load_tagger
from web.words import choose_language

router = APIRouter(prefix="/api/v1", tags=["geocoding"])
MOST_TEXT = 10_000
"""Characters a question may have; the first 200 are read."""
MOST_TEXTS = 1_000
A_MINUTE = timedelta(minutes=1)
PUBLIC_QUESTIONS = Allowance("geocode", 120, A_MINUTE)
PUBLIC_KEYSTROKES = Allowance("suggest", 600, A_MINUTE)
"""Many phones share an address of their network."""


class TextsSent(BaseModel):
    """Texts to geocode, in one request."""

    model_config = ConfigDict(extra="forbid")

    texts: list[Annotated[str, Field(max_length=MOST_TEXT)]] = Field(
        min_length=1, max_length=MOST_TEXTS, title="地点"
    )
    lon: float | None = Field(default=None, title="经度")
    lat: float | None = Field(default=None, title="纬度")


def limited(allowance: Allowance) -> Any:
    """A dependency that counts what visitors without an account ask."""

    def guard(request: Request, visitor: CurrentVisitor, wiring: Wired) -> None:
        if visitor.person is None:
            spend(wiring.sessions, allowance, visitor.address, at=wiring.clock.now())

    return Depends(guard)


@router.get(
    "/geocode",
    dependencies=[open_to_all, limited(PUBLIC_QUESTIONS)],
    response_model=None,
    responses=told(AnswerTold),
)
def geocode(
    *,
    request: Request,
    wiring: Wired,
    q: Annotated[str, Query(max_length=MOST_TEXT)],
    lon: float | None = None,
    lat: float | None = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 8,
) -> dict[str, Any]:
    """Where a text means: candidates with confidence 0 to 1, match level, the reading used, why others lost.

    `lon` and `lat` (EPSG:4490) say where the asker is or looks, and decide between namesakes.
    """
    answer = wiring.geocoder.geocode(q, near=_near(lon, lat), most=limit)
    return answer_json(wiring.geocoder, answer, tell=_teller(request, wiring))


@router.get(
    "/suggest",
    dependencies=[open_to_all, limited(PUBLIC_KEYSTROKES)],
    response_model=None,
    responses=told(SuggestionsTold),
)
def suggest(
    wiring: Wired,
    q: Annotated[str, Query(max_length=MOST_TEXT)],
    lon: float | None = None,
    lat: float | None = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 8,
) -> JSONResponse:
    """Completions of a text that is still being typed: by characters, pinyin and initials."""
    found = wiring.geocoder.suggest(q, near=_near(lon, lat), most=limit)
    # Written as it is: to check every line against a model takes longer than to find them.
    return JSONResponse({"text": q, "suggestions": [suggestion_json(wiring.geocoder, one) for one in found]})


@router.get(
    "/reverse",
    dependencies=[open_to_all, limited(PUBLIC_QUESTIONS)],
    response_model=None,
    responses=told(PlaceTold),
)
def reverse(
    wiring: Wired,
    lon: float,
    lat: float,
    system: Annotated[str, Query(max_length=20)] = "EPSG:4490",
    accuracy_m: Annotated[float, Query(ge=0, le=100_000)] = 0.0,
) -> dict[str, Any]:
    """A place in words that find it again, no finer than it is exact, with the codes of its grids.

    `lon` and `lat` are degrees, or easting and northing in metres where `system` is a plane (EPSG:4545,
    EPSG:4524); the answer is in EPSG:4490.
    """
    place = wiring.city.read_position(lon, lat, system)
    described, located = wiring.geocoder.describe(place, accuracy_m=accuracy_m)
    return described_json(place, described, located)


@router.get(
    "/parse",
    dependencies=[open_to_all, limited(PUBLIC_QUESTIONS)],
    response_model=None,
    responses=told(ParsedTold),
)
def parse(q: Annotated[str, Query(max_length=MOST_TEXT)]) -> dict[str, Any]:
    """The labelled parts of an address of any Chinese city; where it lies is not looked for."""
    return {"text": q, "reading": spans_json(load_tagger().tag(q))}


@router.post(
    "/batch",
    dependencies=[Checked, open_to_all, limited(PUBLIC_QUESTIONS)],
    response_model=None,
    responses=told(AnswersTold),
)
def geocode_many(request: Request, wiring: Wired, sent: Annotated[TextsSent, Body()]) -> dict[str, Any]:
    """Up to 1,000 texts at once, in their order; larger lists go through the page /geocode as a file."""
    near = _near(sent.lon, sent.lat)
    geocoder, tell = wiring.geocoder, _teller(request, wiring)
    found = (geocoder.geocode(one, near=near, most=3) for one in sent.texts)
    return {"answers": [answer_json(geocoder, one, tell=tell) for one in found]}


def _teller(request: Request, wiring: Wiring) -> Callable[[str], str]:
    return wiring.words.teller(choose_language(request))


def _near(lon: float | None, lat: float | None) -> LonLat | None:
    if (lon is None) != (lat is None):
        raise Malformed("经度和纬度要一起填写。", fields=["lon", "lat"])
    return None if lon is None or lat is None else LonLat(lon, lat)
