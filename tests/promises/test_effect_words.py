"""What effects and exposure say is known in English: sentences, names, formulas, data and errors."""

import importlib
import pkgutil

import pytest

import emergency
from emergency.effect_data import load_effect_data
from emergency.rules.effects import blast, fire, first_minutes, flood, plume
from emergency.rules.effects.stability import SKY_NAMES
from emergency.rules.effects.substances import LIMIT_NAMES
from emergency.rules.effects.wording import Label, Say
from gis_core.errors import CitygridError
from tests.case_city import baoji
from web.words import Words

WORDS = Words.load()
ENGLISH = WORDS.messages["en"]
FORMULAS = [one.FORMULA for one in (blast, fire, first_minutes, flood, plume)]
DATA = load_effect_data(baoji())
NAMES = {
    *(one.name for one in DATA.substances.substances),
    *(one.container for one in DATA.first_minutes.distances if one.container),
    *(one.name for one in DATA.blast.levels),
    *(one.name for one in DATA.depths.depths),
    *(one.name for one in DATA.needs.needs),
}


def codes() -> list[str]:
    for module in pkgutil.walk_packages(emergency.__path__, "emergency."):
        importlib.import_module(module.name)
    ours = [one for one in CitygridError.__subclasses__() for one in (one, *one.__subclasses__())]
    return sorted(
        {one.code for one in ours if one.__module__.startswith(("emergency.rules", "gis_core.terrain"))}
    )


@pytest.mark.parametrize(
    "words",
    [
        *(one.value for one in (*Say, *Label)),
        *SKY_NAMES.values(),
        *LIMIT_NAMES.values(),
        *FORMULAS,
        *sorted(NAMES),
    ],
)
def test_what_an_effect_says_is_known_in_english(words: str):
    assert words in ENGLISH


@pytest.mark.parametrize("code", codes())
def test_what_an_effect_refuses_is_known_in_english(code: str):
    assert f"error:{code}" in ENGLISH


def test_a_finished_sentence_of_an_effect_is_told_in_english():
    said = Say.PLUME_WIDENED.of(deg=20)
    told = WORDS.find_sentence("en", said)
    assert told is not None
    assert "20°" in told
