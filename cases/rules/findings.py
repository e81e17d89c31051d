"""What a step showed of the street, in sentences of a few forms: facts keep them, pages translate them."""

import re
from typing import Final

SHOTS_THERE: Final = "近景、远景照片齐"
SHOTS_MISSING: Final = "照片没有标明{shots}"
AFTER_SHOTS_THERE: Final = "处置后近景、远景照片齐"
AFTER_SHOTS_MISSING: Final = "处置后照片没有标明{shots}"
STOOD_NOWHERE: Final = "没有本人位置，未核对是否在案件 {within} 米内"
STOOD_VAGUELY: Final = "本人距案件 {n} 米（精度 {accuracy} 米），定位太粗，未核对是否在案件 {within} 米内"
STOOD: Final = "本人距案件 {n} 米（精度 {accuracy} 米，限 {within} 米）"
ANGLE_UNKNOWN: Final = "与处置前照片对比：方向未知，请人工比对"
ANGLE: Final = "与处置前照片方向相差 {n}°（限 {within}°）"
ANGLE_OFF: Final = "与处置前照片方向相差 {n}°（限 {within}°），请人工比对"
SENTENCES: Final = (
    SHOTS_THERE, SHOTS_MISSING, AFTER_SHOTS_THERE, AFTER_SHOTS_MISSING, STOOD_NOWHERE, STOOD_VAGUELY, STOOD,
    ANGLE_UNKNOWN, ANGLE, ANGLE_OFF,
)  # fmt: skip
SHOTS: Final = "shots"
"""The value that is words itself: shots by name, joined by 、."""


def say(sentence: str, **values: float | str) -> str:
    """A sentence of the list with its values; numbers in whole metres and degrees.

    >>> say(ANGLE, n=12.4, within=45)
    '与处置前照片方向相差 12°（限 45°）'
    """
    told = {name: value if isinstance(value, str) else f"{value:.0f}" for name, value in values.items()}
    return sentence.format(**told)


def read(words: str) -> tuple[str, dict[str, str]] | None:
    """The sentence and its values, as a fact keeps it in Chinese; None for words of no form.

    >>> read("照片没有标明远景")
    ('照片没有标明{shots}', {'shots': '远景'})
    """
    for sentence, form in _FORMS:
        if found := form.fullmatch(words):
            return sentence, found.groupdict()
    return None


def _form(sentence: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", sentence)
    values = {SHOTS: "[近远景、]+"}
    return re.compile(
        "".join(
            f"(?P<{piece}>{values.get(piece, '[0-9]+')})" if n % 2 else re.escape(piece)
            for n, piece in enumerate(pieces)
        )
    )


_FORMS = tuple((sentence, _form(sentence)) for sentence in SENTENCES)
