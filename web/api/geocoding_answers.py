"""What the geocoding API answers, for its description alone: answers are written as they are, unchecked.

A test holds every answer against these models, so the description stays true.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from gis_core.geocoding.answers import Level


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Grids(_Told):
    """Codes of the frame at a place; null outside it."""

    unit_grid_code: str | None = Field(examples=["610303008007001"])
    responsibility_code: str | None = Field(examples=["6103030080701"])
    community_code: str | None = Field(examples=["610303008007"])
    zone_code: str | None = None


class SpanTold(_Told):
    """A labelled part of a text; `start` and `end` count its characters, `value` is what was understood."""

    start: int = Field(examples=[0])
    end: int = Field(examples=[3])
    text: str = Field(examples=["经二路"])
    label: str = Field(examples=["road"])
    value: str = Field(examples=["经2路"])


class CandidateTold(Grids):
    """A place that may be meant, in EPSG:4490; `lost` says why it stands behind the first."""

    key: str | None = Field(examples=["p:1204"])
    name: str = Field(examples=["经二路155号"])
    address: str = Field(examples=["金台区中山东路街道××社区经二路155号"])
    level: Level
    level_name: str = Field(examples=["门牌"])
    lon: float = Field(examples=[107.1442315])
    lat: float = Field(examples=[34.3689021])
    radius_m: float = Field(description="How far the true place may well lie off.", examples=[5.0])
    confidence: float = Field(ge=0, le=1, description="Calibrated: the share of such answers that are right.")
    category: str | None
    area_code: str | None
    why: list[str]
    lost: str | None


class AnswerTold(_Told):
    """Where a text means: candidates with the reading used, a sentence for people."""

    text: str = Field(examples=["经二路155号"])
    outcome: Literal["found", "ambiguous", "not_found", "elsewhere"]
    outcome_name: str = Field(description="请核对 for what was found with little confidence.")
    message: str
    note: str = Field(description="How the text was read, where not all of it was.")
    understood: str
    reading: list[SpanTold]
    other_readings: list[list[SpanTold]]
    candidates: list[CandidateTold]


class AnswersTold(_Told):
    """Answers in the order of the texts."""

    answers: list[AnswerTold]


class SuggestionTold(_Told):
    """A completion; `hint` tells it from its namesakes, `matched` is the name that matched if another."""

    key: str = Field(examples=["s:17"])
    name: str = Field(examples=["红旗路"])
    hint: str = Field(examples=["金台区"])
    matched: str
    level: Level
    level_name: str = Field(examples=["道路"])
    lon: float = Field(examples=[107.1442315])
    lat: float = Field(examples=[34.3689021])
    unit_grid_code: str | None


class SuggestionsTold(_Told):
    """Completions, best first."""

    text: str = Field(examples=["hongqi"])
    suggestions: list[SuggestionTold]


class PlaceTold(Grids):
    """A place in words, in EPSG:4490."""

    lon: float
    lat: float
    address: str = Field(examples=["金台区中山东路街道××社区，经二路155号以东约30米路北"])
    words: str
    level: Level
    level_name: str
    street: str | None
    side: str | None
    why: str
    area_code: str | None


class ParsedTold(_Told):
    """The labelled parts of an address of any Chinese city."""

    text: str
    reading: list[SpanTold]


class ProblemTold(_Told):
    """Why there is no answer: a stable code, a sentence for people, the number of the request."""

    code: str = Field(examples=["malformed"])
    message: str
    request_id: str


def told(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """The answers of a route, for its description."""
    refused = {"model": ProblemTold}
    return {
        200: {"model": model, "description": "The answer."},
        400: {**refused, "description": "The question cannot be read."},
        429: {**refused, "description": "Asked too often; `Retry-After` says when to come back."},
    }
