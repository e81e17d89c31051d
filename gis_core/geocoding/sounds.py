"""How names sound: pinyin without tones, folded where ears and keyboards mix sounds up, and initials."""

from functools import cache, lru_cache
from typing import Any, cast

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PINYIN_DICT

_TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ", "aaaaeeeeiiiioooouuuuvvvvvnnnm")
# Sounds that southern speech, hasty ears and keyboards take for each other.
_FOLDS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))


def syllables(name: str) -> list[str]:
    """Pinyin of a name, a syllable a character, by the reading words have: 银行 is `yin hang`."""
    # The library takes any function for `errors`, whatever its annotations say.
    spelt: Any = lazy_pinyin(name, style=Style.NORMAL, errors=cast("Any", list))
    return list(spelt)


def initials(name: str) -> str:
    """The first letters of a name: `jel` for 经二路; digits and letters stand for themselves."""
    return "".join(one[0] for one in syllables(name))


@lru_cache(maxsize=65_536)
def sound_of(sign: str) -> str:
    """How one character sounds, folded; a sign without a sound stands for itself.

    >>> sound_of("中"), sound_of("宗"), sound_of("3"), sound_of("b")
    ('zon', 'zon', 'san', 'b')
    """
    return _sounds().get(ord(sign), sign)


def sound(key: str) -> str:
    """How a key sounds: the same for 红旗路 and 宏奇路.

    >>> sound("红旗路") == sound("宏奇路")
    True
    """
    return " ".join(map(sound_of, key))


@cache
def _sounds() -> dict[int, str]:
    sounds = {code: _fold(said.split(",")[0].translate(_TONES)) for code, said in PINYIN_DICT.items()}
    # Keys have digits for numerals: 3 sounds as 三 and so as 山.
    return sounds | {ord(str(digit)): sounds[ord(sign)] for digit, sign in enumerate("零一二三四五六七八九")}


def _fold(sound: str) -> str:
    for mixed, plain in _FOLDS:
        sound = sound.replace(mixed, plain)
    return sound
