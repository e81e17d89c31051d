"""Words of pages in two languages: Chinese is the source, English comes from gettext catalogues."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from babel.messages.pofile import read_po
from starlette.requests import HTTPConnection

LANGUAGES = ("zh", "en")
LANGUAGE_COOKIE = "citygrid_lang"
PLACE = re.compile(r"\{(\w+)\}")
LEAST_WORDS = 4
"""Characters of its own that a sentence has by which it is recognised."""
LONGEST_SENTENCE = 600
HAN = re.compile(r"[\u4e00-\u9fff]")
QUANTITY = re.compile(r"([≥≤<>–.,\d ]*\d) ?(\D+)")
"""A number and its unit: `2.5 立方米每秒`."""
FULL_STOP, SEMICOLON, COMMA = (
    re.compile(mark) for mark in ("(?<=。)(?!$)", "；(?![^（]*）)", "，(?![^（]*）)")
)
"""Where sentences, clauses and lists are parted; what stands in brackets stays together."""
SHORT = {"area": "[^：；。，—]", "gauge": "[^：；。，—]", "kind": "[^：；。，—]", "n": r"\S"}
"""Values that are names, which have no mark of a sentence in them, or numbers."""
MOMENT = re.compile(r"(\d{1,2})月(\d{1,2})日 (\d\d:\d\d)")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TRANSLATIONS = Path(__file__).parent / "translations"

Translate = Callable[..., str]
Sentence = tuple[str, re.Pattern[str], str]
"""The longest words of a sentence's own, the pattern of all of it, and how it is told."""


@dataclass(frozen=True, slots=True)
class Words:
    """Every catalogue by language; a message without a translation stays Chinese."""

    messages: Mapping[str, Mapping[str, str]]
    for_scripts: Mapping[str, Mapping[str, str]]
    sentences: Mapping[str, tuple["Sentence", ...]] = field(default_factory=dict)

    @classmethod
    def load(cls, folder: Path = TRANSLATIONS) -> "Words":
        """Read `<language>/LC_MESSAGES/*.po`; those whose name begins with `js` hold what scripts say."""
        messages: dict[str, dict[str, str]] = {"zh": {}}
        for_scripts: dict[str, dict[str, str]] = {"zh": {}}
        for path in sorted(folder.glob("*/LC_MESSAGES/*.po")):
            language = path.parent.parent.name
            found = _read(path)
            messages.setdefault(language, {}).update(found)
            for_scripts.setdefault(language, {}).update(found if path.name.startswith("js") else {})
        return cls(
            messages, for_scripts, {language: _patterns(found) for language, found in messages.items()}
        )

    def translator(self, language: str) -> Translate:
        """The function pages call `_`: `_("{n} 件", n=3)`."""
        known = self.messages.get(language, {})

        def translate(message: str, **values: object) -> str:
            text = known.get(message) or message
            return text.format(**values) if values else text

        return translate

    def find_sentence(self, language: str, words: str) -> str | None:
        """A finished sentence in another language, with what it names; None when it is not known.

        Sentences that end in 。 and clauses parted by ； or ， are told one by one.
        """
        known = self.messages.get(language, {})
        if len(words) > LONGEST_SENTENCE:
            return None
        if words in known or not words:
            return known.get(words, words)
        if (parted := self._find_parts(language, words)) is not None:
            return parted
        for needle, pattern, text in self.sentences.get(language, ()):
            if needle in words and (found := pattern.fullmatch(words)):
                return text.format(
                    **{key: self.told(language, one) for key, one in found.groupdict().items()}
                )
        told = self.find_sentence(language, words[:-1]) if words.endswith("。") else None
        return f"{told}." if told else None

    def _find_parts(self, language: str, words: str) -> str | None:
        for mark, joint in ((FULL_STOP, " "), (SEMICOLON, "; "), (COMMA, ", ")):
            parts = mark.split(words)
            told = [self.find_sentence(language, one) for one in parts] if len(parts) > 1 else [None]
            if None not in told:
                return joint.join(filter(None, told))
        known, listed = self.messages.get(language, {}), words.split("、")
        return ", ".join(known[one] for one in listed) if all(one in known for one in listed) else None

    def told(self, language: str, words: str) -> str:
        """A sentence, a quantity or a list as far as it is known; names and what nobody translated stay."""
        words = words.strip()
        if len(words) > LONGEST_SENTENCE or not HAN.search(words):
            return words
        if (told := self.find_sentence(language, words)) is not None:
            return told
        known = self.messages.get(language, {})
        if moment := MOMENT.fullmatch(words):
            return f"{moment[2]} {MONTHS[int(moment[1]) - 1]} {moment[3]}"
        if (quantity := QUANTITY.fullmatch(words)) and quantity[2] in known:
            return f"{quantity[1]} {known[quantity[2]]}"
        parts = SEMICOLON.split(words)
        if len(parts) > 1 and (clauses := [self.told(language, one) for one in parts]) != parts:
            return "; ".join(clauses)
        head, colon, rest = words.partition("：")
        return f"{known[head]}: {self.told(language, rest)}" if colon and head in known else words

    def teller(self, language: str) -> Callable[[str], str]:
        """The function that tells finished sentences; what is not known stays Chinese."""
        return lambda words: words if language == "zh" else self.told(language, words)


def _patterns(messages: Mapping[str, str]) -> tuple[Sentence, ...]:
    """Messages that name something, as patterns of the finished sentence: the most particular first."""
    named = [one for one in messages if PLACE.search(one) and len(PLACE.sub("", one)) >= LEAST_WORDS]
    ordered = sorted(named, key=lambda one: (-len(PLACE.sub("", one)), -len(PLACE.findall(one))))
    return tuple((max(PLACE.split(one)[::2], key=len), _pattern(one), messages[one]) for one in ordered)


def _pattern(message: str) -> re.Pattern[str]:
    parts = PLACE.split(message)  # words and names by turns
    seen: set[str] = set()
    for n in range(1, len(parts), 2):
        name = parts[n]
        parts[n] = f"(?P={name})" if name in seen else f"(?P<{name}>{SHORT.get(name, '.')}+?)"
        seen.add(name)
    return re.compile("".join(part if n % 2 else re.escape(part) for n, part in enumerate(parts)), re.DOTALL)


def _read(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        catalogue = read_po(file)
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str) and message.id and isinstance(message.string, str) and message.string
    }


def choose_language(request: HTTPConnection) -> str:
    """The language asked for by `?lang=`, else by cookie, else by the browser; Chinese when none is ours."""
    asked = (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE))
    for choice in asked:
        if choice in LANGUAGES:
            return choice
    accepted = request.headers.get("accept-language", "")
    first = next((part for part in accepted.split(",") if part[:2].lower() in LANGUAGES), "zh")
    return first.strip()[:2].lower()
