"""What people are told of the command line and of settings is complete."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer.main

from web.cli import app
from web.running import _as_environment
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


def test_what_up_hands_to_its_children_leaves_secrets_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"SMTP_URL": "smtp://city:secret@host", "BASEMAP_KEYS": '{"one": "key"}', "PORT": "8001"}
    for name, value in given.items():
        monkeypatch.setenv(f"CITYGRID_{name}", value)
    for name, value in _as_environment(Settings()).items():
        monkeypatch.setenv(name, value)
    assert Settings().smtp_url.get_secret_value() == given["SMTP_URL"]
    assert (Settings().basemap_keys["one"].get_secret_value(), Settings().port) == ("key", 8001)


def test_the_command_has_the_verbs_that_were_promised() -> None:
    assert set(VERBS) == {"up", "serve", "worker", "migrate", "seed", "demo", "import", "check",
        "explain", "grid", "register", "gazetteer", "briefing", "geocode", "geocode-file", "index-places",
        "open311", "privacy", "evaluate",
        "notices", "drill", "incident", "heights",
    }  # fmt: skip


@pytest.mark.parametrize("verb", list(VERBS))
def test_every_verb_explains_itself(verb: str) -> None:
    assert len(VERBS[verb].help or "") > 30


def test_the_command_line_is_read_without_what_only_some_verbs_need() -> None:
    heavy = "{'fastapi', 'sqlalchemy', 'scipy', 'shapely'}"
    asked = f"import sys, web.cli; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
