"""Names behind slips: characters that sound alike, one wrong, one missing, one too many, two swapped."""

import re
from collections.abc import Iterator

from gis_core.geocoding.doubting import MOST_DOUBTED
from gis_core.geocoding.index import PlaceIndex
from gis_core.geocoding.lattice import Part
from gis_core.geocoding.sounds import sound_of
from gis_core.geocoding.wording import Sort

SOUNDS_ALIKE, ONE_OFF, ONE_OF_THREE = 1.0, 2.0, 3.0
_LONGEST = 12
_BEFORE, _BEHIND = 4, 2
"""Characters beside an unknown run that may belong to the name: 红旗路 was read, 电映院 was not."""
_LETTERS = re.compile(r"[a-z]{4,}")
_POST = re.compile(r"k\d")
_LEVELS = frozenset("省市区县镇乡村")
"""People know a district from a town: one never stands for the other by a slip."""
_MOST_NAMES = 3
"""A slip that could be more names than this tells nothing."""


def list_slips(index: PlaceIndex, key: str, unknown: Part) -> Iterator[Part]:
    """Names that the surroundings of an unknown run may have been meant to say."""
    yield from _spelt(index, key, unknown)
    sounds = [sound_of(sign) for sign in key]
    stop = min(unknown.end, unknown.start + MOST_DOUBTED)
    low, high = max(0, unknown.start - _BEFORE), min(len(key), stop + _BEHIND)
    for start in range(low, stop):
        for end in range(max(start + 2, unknown.start + 1), min(high, start + _LONGEST) + 1):
            window = key[start:end]
            if window.isdigit():
                continue
            names = _closest(index, window, _alike(index, " ".join(sounds[start:end])))
            slip = SOUNDS_ALIKE
            if not names and end - start >= 3:
                names = one_off(index, window)
                slip = ONE_OFF if end - start > 3 else ONE_OF_THREE
            if len(names) <= (_MOST_NAMES if slip < ONE_OF_THREE else 1):
                for name in names:
                    yield Part(start, end, Sort.NAME, name, slip=slip)


def _spelt(index: PlaceIndex, key: str, unknown: Part) -> Iterator[Part]:
    """Names that were written in pinyin: jingerlu."""
    trie = index.tries["pinyin"]
    for match in _LETTERS.finditer(key, unknown.start, unknown.end):
        if match.group() in trie:
            for name in index.columns.by_pinyin[trie[match.group()]][:_MOST_NAMES]:
                yield Part(match.start(), match.end(), Sort.NAME, name, slip=SOUNDS_ALIKE)


def one_off(index: PlaceIndex, window: str) -> set[int]:
    """Names with one character other, more or fewer, or two neighbours swapped; none for kilometre posts."""
    if _POST.search(window):
        return set()
    gaps, names = index.tries["gap"], index.tries["name"]
    found: set[int] = set()
    if window in gaps:  # one is missing; the last only of 大道, which people cut short
        for name in index.columns.by_gap[gaps[window]]:
            key = names.restore_key(name)
            if sum(map(str.isdigit, key)) != sum(map(str.isdigit, window)):
                continue  # a number is what it is
            if key[-1] == window[-1] or (key.endswith("大道") and window.endswith("大")):
                found.add(name)
    for at in range(len(window)):
        shorter = window[:at] + window[at + 1 :]
        # One too many; at an edge it would be the name itself with something beside it.
        is_inside = 0 < at < len(window) - 1
        if is_inside and len(window) > 3 and shorter in names:
            found.add(names[shorter])
        if shorter in gaps:
            for name in index.columns.by_gap[gaps[shorter]]:
                other = names.restore_key(name)
                # People know a road from a lane: the last character stands.
                if len(other) == len(window) and other[-1] == window[-1] and _is_one_off(window, other):
                    found.add(name)
    return found


def _closest(index: PlaceIndex, window: str, names: set[int]) -> set[int]:
    """Of names that sound alike those that are written most alike: 金贵佳苑 is 金桂佳苑, not 金桂家园."""
    if len(names) < 2:
        return names
    key = index.tries["name"].restore_key
    apart = {name: sum(a != b for a, b in zip(window, key(name), strict=False)) for name in names}
    return {name for name, differ in apart.items() if differ == min(apart.values())}


def _alike(index: PlaceIndex, sounds: str) -> set[int]:
    trie = index.tries["sound"]
    return set(index.columns.by_sound[trie[sounds]]) if sounds in trie else set()


def _is_one_off(one: str, other: str) -> bool:
    """One character differs (digits never stand for each other), or two neighbours swapped."""
    differ = [n for n, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(differ) == 1:
        pair = one[differ[0]], other[differ[0]]
        return not any(sign.isdigit() for sign in pair) and not _LEVELS.issuperset(pair)
    return (
        len(differ) == 2
        and differ[1] == differ[0] + 1
        and one[differ[0]] == other[differ[1]]
        and one[differ[1]] == other[differ[0]]
    )
