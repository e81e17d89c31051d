"""What people are told of the command line and of settings is complete."""

import re
from pathlib import Path

import pytest
import typer.main

from web.cli import app
from web.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
VERBS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def test_every_setting_is_in_the_example_file_and_nothing_else_is() -> None:
    told = re.findall(
        r"^#?(CITYGRID_\w+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(told) == sorted(f"CITYGRID_{name.upper()}" for name in Settings.model_fields)


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_says_what_it_is(name: str) -> None:
    assert Settings.model_fields[name].description


def test_the_command_has_the_verbs_that_were_promised() -> None:
    assert set(VERBS) == {"up", "serve", "worker", "migrate", "seed", "demo", "import", "check",
        "explain", "grid", "register", "gazetteer", "briefing", "geocode", "geocode-file", "index-places",
        "open311", "evaluate",
        "open311",
        "notices",
    }  # fmt: skip


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_explains_itself(verb: str) -> None:
    assert len(VERBS[verb].help or "") > 30
