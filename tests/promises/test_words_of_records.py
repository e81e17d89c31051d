"""What the record of incidents says is known in English: kinds of moments, steps that are measured."""

import pytest

from emergency.rules.record.measures import STEP_NAMES
from emergency.rules.record.moments import KIND_WORDS
from web.incident_measures import HEADINGS, UNKNOWN
from web.incident_replay import RESOURCE_STATES
from web.words import Words

ENGLISH = Words.load().messages["en"]


@pytest.mark.parametrize(
    "words",
    sorted({*KIND_WORDS.values(), *RESOURCE_STATES.values(), *STEP_NAMES.values(), *HEADINGS, UNKNOWN}),
)
def test_every_name_of_the_record_is_known_in_english(words: str) -> None:
    assert words in ENGLISH
