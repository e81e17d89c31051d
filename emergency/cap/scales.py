"""预警级别, 事件级别, 响应级别: three scales that are three types and stay three, in a message as well.

A warning level is a colour (law Art. 63), an event level says how grave an event is (Art. 3; none for
social security), a response level how much is set in motion (Art. 71). In CAP only the colour has a place
of its own, as severity; all three are kept apart as parameters.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from emergency.cap.messages import Info, Named, Severity
from emergency.rules.levels import EventLevel, ResponseLevel, WarningLevel

COLOURS: Final[Mapping[WarningLevel, str]] = {
    WarningLevel.RED: "红色",
    WarningLevel.ORANGE: "橙色",
    WarningLevel.YELLOW: "黄色",
    WarningLevel.BLUE: "蓝色",
}
# Level words as published warnings have them: 较重 and 严重, not the words of event levels.
LEVEL_WORDS: Final[Mapping[WarningLevel, str]] = {
    WarningLevel.RED: "Ⅰ级/特别严重",
    WarningLevel.ORANGE: "Ⅱ级/严重",
    WarningLevel.YELLOW: "Ⅲ级/较重",
    WarningLevel.BLUE: "Ⅳ级/一般",
}
EVENT_LEVEL_NAMES: Final[Mapping[EventLevel, str]] = {level: level.words for level in EventLevel}
RESPONSE_LEVEL_NAMES: Final[Mapping[ResponseLevel, str]] = {
    ResponseLevel.ONE: "一级",
    ResponseLevel.TWO: "二级",
    ResponseLevel.THREE: "三级",
    ResponseLevel.FOUR: "四级",
}
# Yellow = Moderate is sourced (a weather service pairs them); the other three follow by order (recalled).
SEVERITIES: Final[Mapping[WarningLevel, Severity]] = {
    WarningLevel.RED: Severity.EXTREME,
    WarningLevel.ORANGE: Severity.SEVERE,
    WarningLevel.YELLOW: Severity.MODERATE,
    WarningLevel.BLUE: Severity.MINOR,
}
WARNING_LEVEL, EVENT_LEVEL, RESPONSE_LEVEL = "warning-level", "event-level", "response-level"


@dataclass(frozen=True, slots=True)
class Scales:
    """Where a message stands on each of the three; None where it says nothing."""

    warning: WarningLevel | None = None
    event: EventLevel | None = None
    response: ResponseLevel | None = None

    def as_parameters(self) -> tuple[Named, ...]:
        """The parameters of a message.

        >>> Scales(WarningLevel.BLUE, response=ResponseLevel.FOUR).as_parameters()
        (Named(name='warning-level', value='Blue'), Named(name='response-level', value='4'))
        """
        values = ((WARNING_LEVEL, self.warning), (EVENT_LEVEL, self.event), (RESPONSE_LEVEL, self.response))
        return tuple(Named(name, str(value)) for name, value in values if value is not None)


def scales_of(info: Info) -> Scales:
    """Where a message stands, by its parameters; severity is not asked, others mean other things by it."""
    said = {pair.name: pair.value for pair in info.parameters}
    colour, event, response = (said.get(name, "") for name in (WARNING_LEVEL, EVENT_LEVEL, RESPONSE_LEVEL))
    return Scales(
        WarningLevel(colour) if colour in list(WarningLevel) else None,
        EventLevel(int(event)) if event in {"1", "2", "3", "4"} else None,
        ResponseLevel(int(response)) if response in {"1", "2", "3", "4"} else None,
    )


def headline(
    issuer: str, event: str, level: WarningLevel, *, is_lifted: bool = False, with_level: bool = True
) -> str:
    """The title of a warning as published ones read.

    >>> headline("宝鸡市气象台", "暴雨", WarningLevel.ORANGE)
    '宝鸡市气象台发布暴雨橙色预警[Ⅱ级/严重]'
    >>> headline("宝鸡市气象台", "暴雨", WarningLevel.ORANGE, is_lifted=True, with_level=False)
    '宝鸡市气象台解除暴雨橙色预警'
    """
    verb = "解除" if is_lifted else "发布"
    level_words = f"[{LEVEL_WORDS[level]}]" if with_level else ""
    return f"{issuer}{verb}{event}{COLOURS[level]}预警{level_words}"
