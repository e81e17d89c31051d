"""What a desk lets everybody read of a case: who may, what may not stand in it, how it is taken back."""

import pytest

from cases.rules.commands import Publish
from cases.rules.stages import STAGES
from gis_core.errors import CitygridError
from tests.rules.test_commands import KNOWN, asking, case


@pytest.mark.parametrize("stage", STAGES)
def test_a_text_for_everybody_moves_nothing(stage):
    decision = Publish(" 井盖正在更换 ").decide(case(stage), asking("operator"), KNOWN)
    assert (decision.stage, decision.state) == (stage, case(stage))
    assert decision.corrected == {"public_text": "井盖正在更换"}


def test_an_empty_text_takes_the_old_one_back():
    decision = Publish("").decide(case("filed"), asking("dispatcher"), KNOWN)
    assert decision.corrected == {"public_text": None}
    assert "撤下" in decision.reason


@pytest.mark.parametrize(
    ("text", "who", "code", "because"),
    [
        ("请联系 13800000000", "operator", "phone_in_public_text", "a number is somebody's"),
        ("井盖正在更换", "department", "wrong_role", "the two centres speak for the city"),
        ("井盖正在更换", "public", "wrong_role", "reporters are heard inside"),
        ("长" * 301, "operator", "text_too_long", "it stands on a card of the map"),
    ],
)
def test_what_may_not_be_published(text, who, code, because):
    with pytest.raises(CitygridError) as refused:
        Publish(text).decide(case("filed"), asking(who), KNOWN)
    assert refused.value.code == code
