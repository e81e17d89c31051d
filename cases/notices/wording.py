"""The words of notices: templates of the city by day, topic, action and language, checked when read."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from string import Formatter
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cases.rules.reasons import OTHER, REASONS
from cases.rules.stages import CLOCK_NAMES, STAGE_NAMES, TRANSITIONS
from cases.rules.telling import TOPICS
from gis_core.errors import BadInput
from grid.city import City, read_data

NOTICES_FILE = "notices.yaml"
LANGUAGES = ("zh", "en")
FOLLOW, MERGED = "follow", "merged"
"""Not actions of the table: somebody chose to follow a case; a report was found to repeat another case."""
FIELD = ("sos", "sos_answered", "astray_grids", "astray_line")
"""What is told of people and vehicles in the field; these notices are of no case."""
INCIDENT = (
    "incident_opened", "incident_level", "report_due", "report_overdue", "alarm_begun",
    "incident_message", "incident_message_urged", "warning_unconfirmed",
)  # fmt: skip
"""What is told of emergencies, of no case either: `emergency/*/telling.py`, `emergency/room/messages.py`,
`emergency/warnings`."""
CASE_NO = "{case_no}"
LONGEST_VALUE = 60
LONGEST_TEXT = 300

_OF_CASE = {"case_no", "type", "place"}
_OF_STEP = _OF_CASE | {"step", "stage", "by", "due", "department", "note"}
_OF_CLOCK = _OF_CASE | {"clock", "stage", "due", "department"}
_OF_PUBLIC = _OF_CASE | {"department", "why", "until", "into"}
PLACEHOLDERS: Mapping[str, set[str]] = {
    "turn": _OF_STEP,
    "told": _OF_STEP | {"helper"},
    "urged": _OF_STEP,
    "at_risk": _OF_CLOCK,
    "overdue": _OF_CLOCK,
    "field": {"name", "place", "since", "by", "note"},
    "incident": {"title", "level", "place", "report", "receiver", "due", "by", "note", "n"},
    "public": _OF_PUBLIC,
    "too_many": set(),
}
_ACTIONS = {edge.action for edge in TRANSITIONS}
_TOLD_TO_PUBLIC = {edge.action for edge in TRANSITIONS if "public" in edge.told} | {FOLLOW, MERGED}
Language = Literal["zh", "en"]


class BadNotices(BadInput):
    """The templates of notices lack something or name what nobody knows."""

    code = "bad_notices"


def _time_of_day(value: str) -> str:
    time.fromisoformat(value)
    return value


ClockText = Annotated[str, AfterValidator(_time_of_day)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Said(_Data):
    """A title and its sentences."""

    title: str = Field(min_length=1, max_length=80)
    text: tuple[str, ...] = Field(min_length=1)


class Template(_Data):
    """A notice in both languages."""

    zh: Said
    en: Said


class Share(_Data):
    """The most messages to one address in an hour and in a day."""

    hour: int = Field(ge=1)
    day: int = Field(ge=1)


class Limits(_Data):
    """The most messages by channel."""

    sms: Share
    email: Share
    push: Share


class QuietHours(_Data):
    """Hours of the city in which no SMS is sent; they may run through midnight."""

    from_: ClockText = Field(alias="from")
    until: ClockText


class English(_Data):
    """Names in English, by their codes."""

    stages: dict[str, str]
    posts: dict[str, str]
    clocks: dict[str, str]
    steps: dict[str, str]
    reasons: dict[str, str]


class NoticesFile(_Data):
    """`notices.yaml` of a city."""

    version: str
    status: str
    source: str
    page_only: tuple[str, ...]
    urgent: tuple[str, ...]
    limits: Limits
    quiet_hours: QuietHours
    words: dict[date, dict[str, dict[str, Template]]] = Field(min_length=1)
    too_many: Template
    english: English


@dataclass(frozen=True, slots=True)
class NoticeBook:
    """The templates of a city."""

    file: NoticesFile

    @classmethod
    def load(cls, city: City) -> Self:
        """Read and check the templates of a city.

        :raises BadNotices: with the place in the file and what is wrong there.
        """
        path = city.folder / NOTICES_FILE
        file = read_data(path, NoticesFile)
        faults = [*_faults_of(file)]
        if faults:
            more = f"（另有 {len(faults) - 5} 处）" if len(faults) > 5 else ""
            raise BadNotices(f"{path} 有误：{'；'.join(faults[:5])}{more}。请修改后重试。")
        return cls(file)

    @property
    def gaps(self) -> tuple[str, ...]:
        """Where the file has nothing of its own to say yet: steps of the public, names in English."""
        return tuple(_gaps_of(self.file))

    def words(
        self, on: date, topic: str, occasion: str, values: Mapping[Language, Mapping[str, str]]
    ) -> dict[str, dict[str, str]]:
        """What a notice says in each language on a day; `values` are the names in braces by language."""
        template = self._find(on, "public" if topic == "quiet" else topic, occasion)
        return {language: fill(getattr(template, language), values[language]) for language in values}

    def _find(self, on: date, topic: str, occasion: str) -> Template:
        days = sorted(self.file.words)
        in_force = self.file.words[max((day for day in days if day <= on), default=days[0])]
        return in_force[topic].get(occasion) or in_force[topic]["default"]


def fill(said: Said, values: Mapping[str, str]) -> dict[str, str]:
    """Title and text with their names filled in; a sentence that names what is not known is left out.

    >>> fill(Said(title="{type}", text=("{place}。", "{due} 前办理。")), {"type": "井盖", "due": "9月18日"})
    {'title': '井盖', 'text': '9月18日 前办理。'}
    """
    known = {name: _short(value) for name, value in values.items() if value} | {"case_no": CASE_NO}
    sentences = [one for one in said.text if names_in(one) <= known.keys()]
    title = said.title.format_map({name: known.get(name, "") for name in names_in(said.title)})
    text = "".join(_joined(one.format_map(known)) for one in sentences)
    return {"title": title.strip(" ·"), "text": text.strip()[:LONGEST_TEXT]}


def names_in(text: str) -> set[str]:
    """The names in braces.

    :raises ValueError: for braces that do not close, or that hold more than a name.
    """
    parts = [*Formatter().parse(text)]
    names = {name for _, name, _, _ in parts if name is not None}
    if any(spec or conversion for _, _, spec, conversion in parts) or not all(map(str.isidentifier, names)):
        raise ValueError(text)
    return names


def _joined(sentence: str) -> str:
    """English sentences stand apart, Chinese ones do not; no sentence ends twice."""
    tidy = re.sub(r"[。.]([。.])", r"\1", sentence)
    return tidy if tidy.endswith("。") else f"{tidy} "


def _short(value: str) -> str:
    tidy = " ".join(value.split()).rstrip("。.")
    return tidy if len(tidy) <= LONGEST_VALUE else f"{tidy[: LONGEST_VALUE - 1]}…"


def _faults_of(file: NoticesFile) -> Iterable[str]:
    for day, topics in file.words.items():
        for topic in (*TOPICS, "public"):
            if "default" not in topics.get(topic, {}):
                yield f"words.{day}.{topic} 缺少 default"
        for topic, templates in topics.items():
            yield from _faults_of_topic(f"words.{day}.{topic}", topic, templates)
    yield from _faults_of_template("too_many", "too_many", file.too_many)
    yield from (f"page_only 中没有步骤 {action}" for action in set(file.page_only) - _TOLD_TO_PUBLIC)
    yield from (
        f"urgent 中没有外勤或应急事项 {occasion}" for occasion in set(file.urgent) - {*FIELD, *INCIDENT}
    )


def _faults_of_topic(where: str, topic: str, templates: Mapping[str, Template]) -> Iterable[str]:
    if topic not in PLACEHOLDERS:
        yield f"{where} 不是可用的主题"
        return
    for occasion, template in templates.items():
        if occasion not in _ACTIONS | {"default", FOLLOW, MERGED, *FIELD, *INCIDENT}:
            yield f"{where}.{occasion} 不是流程中的步骤"
        yield from _faults_of_template(f"{where}.{occasion}", topic, template)


def _faults_of_template(where: str, topic: str, template: Template) -> Iterable[str]:
    for language in LANGUAGES:
        said: Said = getattr(template, language)
        for text in (said.title, *said.text):
            try:
                unknown = names_in(text) - PLACEHOLDERS[topic]
            except ValueError:
                yield f"{where}.{language} 的花括号没有成对：“{text}”"
                continue
            if unknown:
                may = " ".join(f"{{{name}}}" for name in sorted(PLACEHOLDERS[topic]))
                yield f"{where}.{language} 用了未知的 {{{min(unknown)}}}，可用 {may}"


def _gaps_of(file: NoticesFile) -> Iterable[str]:
    newest = max(file.words)
    missing = sorted(_TOLD_TO_PUBLIC - file.words[newest]["public"].keys())
    yield from (f"words.{newest}.public 缺少步骤 {action}" for action in missing)
    told = ("decline", "not_file", "void")
    wanted = {
        "stages": STAGE_NAMES.keys(),
        "posts": {role for edge in TRANSITIONS for role in edge.roles},
        "clocks": CLOCK_NAMES.keys(),
        "steps": _ACTIONS,
        "reasons": {code for action in told for code in REASONS[action]} - {OTHER},
    }
    for name, codes in wanted.items():
        missing = sorted(set(codes) - getattr(file.english, name).keys())
        if missing:
            yield f"english.{name} 缺少 {'、'.join(missing)}"
