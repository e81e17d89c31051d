"""English is complete for plans: every error and every name that pages will show."""

import importlib
import pkgutil

import pytest

import emergency.rules.plans as plans
from emergency.rules.plans import comparing, conditions, document, judging, linting, proposing
from gis_core.errors import CitygridError
from web.words import Words

ENGLISH = Words.load().messages["en"]
NAMES = {
    *document.KIND_NAMES.values(), *document.STATE_NAMES.values(), *document.CLASS_NAMES.values(),
    *document.RESPONSE_NAMES.values(), *document.EVIDENCE_NAMES.values(), *document.PLACE_NAMES.values(),
    *conditions.COLOUR_NAMES.values(), *conditions.EVENT_LEVEL_NAMES.values(),
    *conditions.STANDING_NAMES.values(), *conditions.STATUS_NAMES.values(),
    *(words for figure in conditions.FIGURES.values() for words in figure),
    *judging.VERDICT_NAMES.values(), *proposing.ACTION_NAMES.values(),
    *(name for name, _ in linting.FINDINGS.values()),
    *comparing.PART_NAMES.values(), *comparing.FIELD_NAMES.values(),
}  # fmt: skip


def codes() -> list[str]:
    """The code of every error that stands beside a rule for plans."""
    found = set()
    for module in pkgutil.iter_modules(plans.__path__, plans.__name__ + "."):
        here = vars(importlib.import_module(module.name)).values()
        ours = [one for one in here if isinstance(one, type) and issubclass(one, CitygridError)]
        found |= {one.code for one in ours if one.__module__ == module.name}
    return sorted(found)


@pytest.mark.parametrize("code", codes())
def test_every_error_of_plans_has_an_english_sentence(code: str) -> None:
    assert f"error:{code}" in ENGLISH


@pytest.mark.parametrize("words", sorted(NAMES))
def test_what_is_said_of_plans_is_known_in_english(words: str) -> None:
    assert words in ENGLISH
