"""Words of pages in two languages: Chinese is the source, English comes from gettext catalogues."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po
from starlette.requests import HTTPConnection

LANGUAGES = ("zh", "en")
LANGUAGE_COOKIE = "citygrid_lang"
TRANSLATIONS = Path(__file__).parent / "translations"

Translate = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Words:
    """Every catalogue by language; a message without a translation stays Chinese."""

    messages: Mapping[str, Mapping[str, str]]
    for_scripts: Mapping[str, Mapping[str, str]]

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
        return cls(messages, for_scripts)

    def translator(self, language: str) -> Translate:
        """The function pages call `_`: `_("{n} 件", n=3)`."""
        known = self.messages.get(language, {})

        def translate(message: str, **values: object) -> str:
            text = known.get(message) or message
            return text.format(**values) if values else text

        return translate


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
