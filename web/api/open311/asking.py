"""What other systems ask in: parameters, periods, lists and pages, read strictly. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gis_core.errors import BadInput, NotFound

WINDOW = timedelta(days=90)
"""The longest period of requests, and the one of who names none (GeoReport v2, GET requests)."""
UPDATES_WINDOW = timedelta(days=31)
A_DAY = timedelta(days=1)
MOST_ROWS = 1_000
MOST_OFFSET = 1_000_000
"""Rows before the page asked for; who wants more narrows the period."""
FIRST_MOMENT, LAST_MOMENT = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)
ATTRIBUTE = re.compile(r"attribute\[([^\]]{1,60})\](?:\[\d*\])?")
_LOST_PLUS = re.compile(r" (\d\d:\d\d)$")
_COUNT = re.compile(r"[0-9]{1,12}")
LISTS = ("service_request_id", "service_code", "status")
"""Parameters that may come as a comma list, several times, or both."""


class BadParameter(BadInput):
    """A parameter that is missing, that comes twice, or that says nothing sensible."""

    code = "bad_parameter"


class UnknownJurisdiction(NotFound):
    """Another city's jurisdiction is named."""

    code = "unknown_jurisdiction"


@dataclass(frozen=True, slots=True)
class Fields:
    """Parameters as they came, in their order; an empty one counts as absent."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, object]]) -> "Fields":
        """The parameters that are words; files are none."""
        kept = ((name, value.strip()) for name, value in pairs if isinstance(value, str))
        return cls(tuple((name, value) for name, value in kept if value))

    def many(self, name: str) -> tuple[str, ...]:
        """Every value of a parameter."""
        return tuple(value for key, value in self.pairs if key in (name, f"{name}[]"))

    def one(self, name: str) -> str:
        """The value of a parameter, "" when it is absent.

        :raises BadParameter: when it comes twice.
        """
        values = self.many(name)
        if len(values) > 1:
            raise BadParameter(f"参数 {name} 重复。请只给一个值。", fields=[name])
        return values[0] if values else ""

    def need(self, name: str) -> str:
        """The value of a parameter that must come."""
        value = self.one(name)
        if not value:
            raise BadParameter(f"缺少参数 {name}。请补充后重试。", fields=[name])
        return value

    def listed(self, name: str) -> tuple[str, ...]:
        """The values of a comma list, once each, in their order."""
        words = (word.strip() for value in self.many(name) for word in value.split(","))
        return tuple(dict.fromkeys(word for word in words if word))

    def attributes(self) -> dict[str, tuple[str, ...]]:
        """Values by the code of their attribute: `attribute[CODE]` or `attribute[CODE][]`."""
        found: dict[str, tuple[str, ...]] = {}
        for name, value in self.pairs:
            if match := ATTRIBUTE.fullmatch(name):
                found[match[1]] = (*found.get(match[1], ()), value)
        return found


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the rows: the first page is 1."""

    number: int = 1
    size: int = MOST_ROWS

    @property
    def offset(self) -> int:
        """How many rows come before."""
        return (self.number - 1) * self.size


@dataclass(frozen=True, slots=True)
class Period:
    """From when to when, both ends included; an open end is None."""

    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class RequestsAsked:
    """A query of requests. With `ids` nothing else counts; `changed` stands for `reported` when named."""

    page: Page
    ids: tuple[str, ...] = ()
    service_codes: tuple[str, ...] = ()
    is_open: bool | None = None
    reported: Period = Period()
    changed: Period = Period()
    has_extensions: bool = False


def need_jurisdiction(fields: Fields, ours: Sequence[str]) -> None:
    """Refuse what is meant for another city; without a jurisdiction ours is meant."""
    asked = fields.one("jurisdiction_id")
    if asked and asked.lower() not in (one.lower() for one in ours):
        raise UnknownJurisdiction(
            f"没有辖区 {asked[:60]}，这里是 {ours[0]}。请更正 jurisdiction_id，或不填。"
        )


def read_requests(fields: Fields, *, at: datetime) -> RequestsAsked:
    """The query of `GET requests`.

    :raises BadParameter: naming what is wrong.
    """
    page, ids = read_page(fields), fields.listed("service_request_id")
    has_extensions = fields.one("extensions").lower() == "true"
    if len(ids) > MOST_ROWS:
        raise BadParameter(f"一次最多查询 {MOST_ROWS} 个编号。请分几次查询。", fields=["service_request_id"])
    if ids:
        return RequestsAsked(page, ids=ids, has_extensions=has_extensions)
    has_changed = bool(fields.one("updated_after") or fields.one("updated_before"))
    has_reported = bool(fields.one("start_date") or fields.one("end_date"))
    return RequestsAsked(
        page,
        service_codes=fields.listed("service_code"),
        is_open=_read_status(fields.listed("status")),
        reported=read_period(fields, "start_date", "end_date", at=at)
        if has_reported or not has_changed
        else Period(),
        changed=read_period(fields, "updated_after", "updated_before", at=at) if has_changed else Period(),
        has_extensions=has_extensions,
    )


def read_updates_period(fields: Fields, *, at: datetime) -> Period:
    """The period of `GET servicerequestupdates`: both ends or neither, then the last day."""
    first, last = fields.one("start_date"), fields.one("end_date")
    if not first and not last:
        return Period(at - A_DAY, at)
    if not first or not last:
        raise BadParameter("start_date 和 end_date 要一起给出，或都不给。请补充。", fields=["start_date"])
    return read_period(fields, "start_date", "end_date", at=at, most=UPDATES_WINDOW)


def read_period(
    fields: Fields, first_name: str, last_name: str, *, at: datetime, most: timedelta = WINDOW
) -> Period:
    """A period of at most `most`; an end that is not named lies so far from the other, or is now."""
    first_words, last_words = fields.one(first_name), fields.one(last_name)
    first = read_moment(first_words, first_name) if first_words else None
    last = read_moment(last_words, last_name) if last_words else None
    if first is None:
        last = last or at
        first = _moved(last, -most)
    elif last is None:
        last = max(first, min(at, _moved(first, most)))
    if last < first:
        raise BadParameter(f"{first_name} 晚于 {last_name}。请更正。", fields=[first_name, last_name])
    if last - first > most:
        text = f"{first_name} 到 {last_name} 最多 {most.days} 天。请缩短时间段，分几次查询。"
        raise BadParameter(text, fields=[first_name, last_name])
    return Period(first, last)


def read_moment(words: str, name: str) -> datetime:
    """A moment as W3C writes it, with its zone, in UTC.

    >>> read_moment("2026-05-01T08:00:00 08:00", "start_date").isoformat()  # a plus that an address lost
    '2026-05-01T00:00:00+00:00'
    """
    text = _LOST_PLUS.sub(r"+\1", words)
    try:
        if W3C.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise BadParameter(
        f"{name} 应为带时区的时间，如 2026-05-01T08:00:00+08:00；现为“{words[:40]}”。请更正。", fields=[name]
    )


def read_page(fields: Fields) -> Page:
    """The page asked for; pages count from 1.

    :raises BadParameter: for what is no page, and for pages farther away than a million rows.
    """
    number = _read_count(fields, "page", 1)
    size = _read_count(fields, "page_size", MOST_ROWS)
    if size > MOST_ROWS:
        raise BadParameter(f"page_size 最多 {MOST_ROWS}。请减小后分页查询。", fields=["page_size"])
    page = Page(number, size)
    if page.offset > MOST_OFFSET:
        raise BadParameter(f"只能翻到第 {MOST_OFFSET} 条。请缩短时间段后查询。", fields=["page"])
    return page


def _read_count(fields: Fields, name: str, default: int) -> int:
    words = fields.one(name)
    if not words:
        return default
    if not _COUNT.fullmatch(words) or int(words) < 1:
        raise BadParameter(f"{name} 应为从 1 起的整数；现为“{words[:40]}”。请更正。", fields=[name])
    return int(words)


def _read_status(words: tuple[str, ...]) -> bool | None:
    if unknown := [word for word in words if word not in ("open", "closed")]:
        raise BadParameter(
            f"status 只能是 open 或 closed；现为“{unknown[0][:40]}”。请更正。", fields=["status"]
        )
    return None if len(words) != 1 else words[0] == "open"


def _moved(moment: datetime, by: timedelta) -> datetime:
    """The moment so much later (or earlier), or the last (the first) one there is."""
    try:
        return moment + by
    except OverflowError:
        return LAST_MOMENT if by > timedelta(0) else FIRST_MOMENT
