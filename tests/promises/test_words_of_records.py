"""What the record of incidents says is known in English: kinds of moments, steps that are measured."""

import pytest

from emergency.rules.record.destroying import ALL
from emergency.rules.record.findings import STATE_NAMES
from emergency.rules.record.measures import STEP_NAMES
from emergency.rules.record.moments import KIND_WORDS
from emergency.rules.record.report import PLOTS
from emergency.rules.room.resources import STATE_NAMES as OF_RESOURCES
from web.faces.duty.late import HEADINGS as OF_LATENESS
from web.faces.privacy.incidents import COLUMNS
from web.incident_measures import HEADINGS, UNKNOWN
from web.words import Words

ENGLISH = Words.load().messages["en"]


NAMES = {
    *KIND_WORDS.values(), *OF_RESOURCES.values(), *STEP_NAMES.values(), *HEADINGS, UNKNOWN,
    *STATE_NAMES.values(), *PLOTS.values(), *OF_LATENESS, *COLUMNS, *(kind.name for kind in ALL.values()),
}  # fmt: skip


@pytest.mark.parametrize("words", sorted(NAMES))
def test_every_name_of_the_record_is_known_in_english(words: str) -> None:
    assert words in ENGLISH
