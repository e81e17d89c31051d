"""English is complete for what sheltering, siting and dispatching say."""

import importlib
import pkgutil

import pytest

import emergency
from emergency.rules import dispatching, rounds
from emergency.rules.sheltering import sentences
from emergency.shelter_standards import load_shelter_rules
from gis_core.errors import CitygridError
from tests.case_city import baoji
from web.words import Words

WORDS = Words.load()
ENGLISH = WORDS.messages["en"]
RULES = load_shelter_rules(baoji())
SAID = {
    *sentences.STAY_NAMES.values(), *sentences.WAY_NAMES.values(), *sentences.FEATURE_NAMES.values(),
    *sentences.LEFT_OUT.values(), *sentences.UNSERVED.values(), *sentences.HOW.values(),
    *sentences.NUMBER_NAMES.values(), *dispatching.LEFT_OUT_WORDS.values(),
    *dispatching.REASON_WORDS.values(),
    *rounds.LEFT_WORDS.values(), *(rate.name for rate in RULES.rates),
    *(hazard.name for hazard in RULES.hazards.values()),
}  # fmt: skip


def codes() -> list[str]:
    for module in pkgutil.walk_packages(emergency.__path__, "emergency."):
        importlib.import_module(module.name)
    kinds, found = [CitygridError], set[str]()
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
        if kind.__module__.startswith(("emergency.rules", "emergency.shelter")):
            found.add(kind.code)
    return sorted(found)


@pytest.mark.parametrize("words", sorted(SAID))
def test_what_sheltering_says_is_known_in_english(words: str):
    assert words in ENGLISH


@pytest.mark.parametrize("code", codes())
def test_every_error_of_emergency_rules_has_an_english_sentence(code: str):
    assert f"error:{code}" in ENGLISH


@pytest.mark.parametrize(
    ("words", "told", "because"),
    [
        (
            "未就绪：停电；缺少此类灾害所需条件：室内",
            "not ready: 停电; lacks what this hazard asks for: indoors",
            "each reason by itself",
        ),
        ("5 分钟到达；未要求技能", "there in 5 min; no skills are asked for", "the reasons of a rank"),
    ],
    ids=lambda value: value if value.isascii() and ":" not in value else "",
)
def test_a_finished_reason_is_told_in_english(words: str, told: str, because: str):
    assert WORDS.find_sentence("en", words) == told
