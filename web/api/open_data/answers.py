"""The service: pygeoapi behind a gate; strict questions in, plain JSON out, every failure a named refusal."""

import copy
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from threading import BoundedSemaphore, Lock
from typing import Any

from sqlalchemy.exc import DBAPIError, StatementError

from gis_core.errors import BadInput, NotFound, Refused
from grid.city import City
from web.api.open_data.collections import BY_NAME, SCHEMA, describe_service
from web.api.open_data.counts import Count, Counts
from web.api.open_data.questions import BadQuestion, Question, Reader
from web.api.open_data.reader import AT_WORK, LONGEST_S, DataReader
from web.throttle import TooOften

log = logging.getLogger("citygrid.open_data")

WAITING = 12
WAIT_S = 2.0
GEOJSON = "application/geo+json"
NOT_OFFERED = ("text/html", "application/ld+json")
ELSEWHERE = ("processes", "job-list", "tiling-schemes")
"""Links of the library to services that are not ours."""
CLAIMED_NOT_KEPT = ("/conf/html", "/conf/create-replace-delete")

QUERY_CANCELLED = "57014"
WRONG_KINDS = ("42883", "42804", "42846")
"""No operator, no common type, no cast: SQLSTATEs of a comparison that makes no sense."""
NOT_THERE = ("42501", "42P01", "3F000")
"""Not permitted, no such view, no such schema: open data are not set up in this database."""
VALUES_DIFFER = "条件中的值与属性的类型不符。请对照 queryables 检查，文字加单引号，数不加。"
OFF = "这里没有启用开放数据服务。管理员可运行 citygrid check，按“开放数据”一行的提示启用。"

Params = Sequence[tuple[str, str]]


class OpenDataOff(NotFound):
    """Open data are not served here: the database has no role to read them with."""

    code = "open_data_off"


class NoSuchCollection(NotFound):
    """There is no collection, or no feature, of that name."""

    code = "no_such_feature"


class OpenDataBusy(TooOften):
    """Too many questions at the same time."""

    code = "open_data_busy"


class QuestionTooLarge(Refused):
    """The database did not finish in the time that open data get."""

    code = "question_too_large"


class ValuesDiffer(BadInput):
    """A filter compares a property with a value of another kind."""

    code = "filter_values_differ"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back over the wire."""

    status: int
    media_type: str
    body: bytes
    headers: Mapping[str, str]


class _Params(dict[str, str]):
    """Parameters as the library reads them: what our provider answers itself is only repeated in links."""

    OURS = ("bbox", "bbox-crs", "datetime")

    def get(self, name: str, default: Any = None) -> Any:
        """The value that the library is to act on."""
        return default if name in self.OURS else super().get(name, default)


@dataclass(frozen=True, slots=True)
class _Request:
    """A request as the library reads it, whatever framework it came through."""

    args: _Params
    scope: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)


class OpenData:
    """Answers other systems. Nothing of the library is loaded before the first question."""

    def __init__(self, city: City, reader: DataReader, is_synthetic: Callable[[], bool]) -> None:
        self._city = city
        self._reader = reader
        self._is_synthetic = is_synthetic
        self._counts = Counts(reader)
        self._questions = Reader(reader.plane, city.bounds)
        self._library: Any = None
        self._lock = Lock()
        self._at_work = BoundedSemaphore(AT_WORK)
        self._waiting = BoundedSemaphore(AT_WORK + WAITING)

    @property
    def is_on(self) -> bool:
        """Whether there is somebody to read with."""
        return self._reader.url is not None

    def counts(self) -> Mapping[str, Count]:
        """How many features each collection has; of a minute ago at most."""
        return self._counts.known()

    def close(self) -> None:
        """Give the connections back."""
        self._reader.close()

    # -- questions -----------------------------------------------------------------------------------------

    def landing(self, base: str, params: Params) -> Answer:
        """What the service is, with links to everything else."""
        from pygeoapi.api import landing_page

        with self._turn():
            return self._told(landing_page, base, self._questions.read_one(params))

    def conformance(self, base: str, params: Params) -> Answer:
        """The classes of the standards that the service keeps."""
        from pygeoapi.api import conformance

        with self._turn():
            answer = self._told(conformance, base, self._questions.read_one(params))
        told = json.loads(answer.body)
        # The library adds to one list at each question, and names what only its own pages keep.
        classes = dict.fromkeys(one for one in told["conformsTo"] if not one.endswith(CLAIMED_NOT_KEPT))
        return replace(answer, body=_written({**told, "conformsTo": list(classes)}))

    def definition(self, base: str, params: Params) -> Answer:
        """The service as OpenAPI 3.0."""
        from pygeoapi.api import openapi_

        with self._turn():
            answer = self._told(openapi_, base, self._questions.read_one(params))
        told = json.loads(answer.body)
        told["servers"] = [{"url": base}]
        return replace(answer, body=_written(told))

    def collections(self, base: str, params: Params, name: str | None = None) -> Answer:
        """All collections, or the one named."""
        from pygeoapi.api import describe_collections

        _need_known(name)
        with self._turn():
            return self._told(describe_collections, base, self._questions.read_one(params), name)

    def queryables(self, base: str, params: Params, name: str) -> Answer:
        """The properties that can be asked for."""
        from pygeoapi.api.itemtypes import get_collection_queryables

        _need_known(name)
        with self._turn():
            question = self._questions.read_one(params)
            return self._told(get_collection_queryables, base, question, name)

    def schema(self, base: str, params: Params, name: str) -> Answer:
        """The properties as a JSON schema."""
        from pygeoapi.api import get_collection_schema

        _need_known(name)
        with self._turn():
            return self._told(get_collection_schema, base, self._questions.read_one(params), name)

    def items(self, base: str, params: Params, name: str) -> Answer:
        """Features: in a box, of days, with conditions; in pages."""
        from pygeoapi.api.itemtypes import get_collection_items

        from web.api.open_data.provider import read_filter

        _need_known(name)
        with self._turn():
            names = self._names_of(name)
            question = self._questions.read_items(params, names)
            if "filter" in question.params:
                read_filter(question.params["filter"], names)
            answer = self._told(get_collection_items, base, question, name)
        return replace(answer, media_type=GEOJSON)

    def item(self, base: str, params: Params, name: str, feature_id: str) -> Answer:
        """One feature by its key."""
        from pygeoapi.api.itemtypes import get_collection_item

        _need_known(name)
        if not feature_id.isprintable() or len(feature_id) > 40:
            raise NoSuchCollection("没有这个要素。请核对地址。")
        with self._turn():
            question = self._questions.read_one(params)
            answer = self._told(get_collection_item, base, question, name, feature_id)
        return replace(answer, media_type=GEOJSON)

    # -- the library ---------------------------------------------------------------------------------------

    def _api(self) -> Any:
        """The library's heart, made at the first question."""
        with self._lock:
            if self._library is None:
                from pygeoapi.api import API
                from pygeoapi.openapi import get_oas

                config = describe_service(self._city, reader=self._reader, is_synthetic=self._is_synthetic())
                with _own_logging():
                    self._library = API(config, get_oas(config))
            return self._library

    def _names_of(self, name: str) -> frozenset[str]:
        from web.api.open_data.provider import OpenDataProvider

        definition = self._api().config["resources"][name]["providers"][0]
        return frozenset(OpenDataProvider(definition).fields)

    def _told(self, ask: Callable[..., Any], base: str, question: Question, *names: str | None) -> Answer:
        """What the library says to a question, with addresses that lead back to where it was asked."""
        from pygeoapi.api import APIRequest

        api = copy.copy(self._api())
        api.base_url = base
        if names and names[0] is not None:
            api.config = _with_question(api.config, names[0], question)
        request = _Request(_Params(question.params), {"path": "/ogc"})
        headers, status, content = ask(api, APIRequest(request, api.locales), *names)
        told = json.loads(content)
        if status >= 400:
            raise _refusal(int(status), told)
        kept = {key: headers[key] for key in ("Content-Crs", "Content-Language") if key in headers}
        return Answer(int(status), headers["Content-Type"], _written(_plain(told)), kept)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One of the few places at work; failures of the database on the way out get their names."""
        if not self.is_on:
            raise OpenDataOff(OFF)
        if not self._waiting.acquire(blocking=False):
            raise _busy()
        try:
            if not self._at_work.acquire(timeout=WAIT_S):
                raise _busy()
            try:
                with _named_failures():
                    yield
            finally:
                self._at_work.release()
        finally:
            self._waiting.release()


@contextmanager
def _own_logging() -> Iterator[None]:
    """The library sets up everybody's logging when it starts; ours stays, and its own keeps quiet."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    logging.getLogger("pygeoapi").setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        root.setLevel(level)
        root.handlers[:] = handlers


@contextmanager
def _named_failures() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", None))
        if state == QUERY_CANCELLED:
            raise QuestionTooLarge(
                f"这个查询 {LONGEST_S} 秒内没有完成，已停止。请缩小 bbox、减少 limit 或简化 filter。"
            ) from error
        if state.startswith("22") or state in WRONG_KINDS:
            raise ValuesDiffer(VALUES_DIFFER) from error
        if state in NOT_THERE:
            log.error("open data cannot be read: %s", error.orig)
            raise OpenDataOff(OFF) from error
        raise
    except StatementError as error:  # a value that could not even be sent
        raise ValuesDiffer(VALUES_DIFFER) from error


def _need_known(name: str | None) -> None:
    if name is not None and name not in BY_NAME:
        raise NoSuchCollection(f"没有这个图层。可用的图层: {'、'.join(BY_NAME)}。")


def _with_question(config: Mapping[str, Any], name: str, question: Question) -> dict[str, Any]:
    """The library's configuration in which one collection's provider knows what is asked."""
    resource = config["resources"][name]
    providers = [{**provider, "question": question} for provider in resource["providers"]]
    return {**config, "resources": {**config["resources"], name: {**resource, "providers": providers}}}


def _refusal(status: int, told: Mapping[str, Any]) -> BadInput | NotFound | Refused:
    reason = str(told.get("description", ""))
    if status == 404 or told.get("code") == "NotFound":
        return NoSuchCollection("没有这个要素。请核对地址。")
    if status >= 500:
        log.error("%s failed: %s", SCHEMA, reason)
        return Refused("开放数据暂时无法读取，请稍后重试。")
    return BadQuestion(f"查询有误：{reason}。可用的参数见 /ogc/openapi。")


def _busy() -> OpenDataBusy:
    return OpenDataBusy("正在回答的查询太多，请几秒后重试。", retry_after_s=5)


def _plain(told: Any) -> Any:
    """Without links to forms and services that are not offered; features stay untouched."""
    if isinstance(told, dict) and "links" in told:
        told["links"] = [link for link in told["links"] if _is_offered(link)]
    if isinstance(told, dict):
        for collection in told.get("collections", ()):
            _plain(collection)
    return told


def _is_offered(link: Mapping[str, Any]) -> bool:
    is_page = link.get("type") in NOT_OFFERED
    return not is_page and not str(link.get("rel", "")).endswith(ELSEWHERE)


def _written(told: Any) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
