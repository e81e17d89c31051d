"""A telephone number's owner asks: the administrator sees what is held, hands it over, takes it out."""

import json
import zipfile
from contextlib import contextmanager
from io import BytesIO

import pytest
from typer.testing import CliRunner

from tests.face_city import report_of, token_in
from web import cli_privacy
from web.cli import app

PHONE = "13800000000"


@pytest.fixture
def case_no(signed_in):
    """A case of the number's owner, who wrote something a spreadsheet would run."""
    report = report_of(contact_name="机主", contact_phone=PHONE, description="=HYPERLINK(1)")
    return signed_in("operator1").post("/api/v1/reports", json=report).json()["case_no"]


@pytest.fixture
def admin(signed_in):
    """Sends a form of the page as the administrator."""
    browser = signed_in("admin")

    def send(path="", **sent):
        csrf = token_in(browser.get("/privacy/subject").text)
        return browser.post(f"/privacy/subject{path}", data={"phone": PHONE, "csrf": csrf} | sent)

    return send


def test_the_page_says_how_much_is_held(admin, case_no):
    page = admin().text
    assert '反映的案件</td><td class="figure">1' in page


def test_the_export_has_everything_as_json_and_csv(admin, case_no):
    archive = zipfile.ZipFile(BytesIO(admin("/export").content))
    [report] = json.loads(archive.read("all.json"))["reports"]
    assert (report["case_no"], report["contact_name"]) == (case_no, "机主")
    assert PHONE in archive.read("reports.csv").decode()
    assert PHONE not in archive.read("about.json").decode()


def test_what_a_spreadsheet_would_run_is_made_harmless(admin, case_no):
    archive = zipfile.ZipFile(BytesIO(admin("/export").content))
    assert ",=HYPERLINK" not in archive.read("reports.csv").decode()


def test_erasing_is_confirmed_and_leaves_the_case(admin, signed_in, case_no):
    assert "已清除" in admin("/erase", again="138 0000 0000", sure="1").text
    told = signed_in("operator1").get(f"/api/v1/cases/{case_no}")
    assert (told.status_code, "contact_phone" in told.json()) == (200, False)
    assert "以前清除过" in admin("/erase", again=PHONE, sure="1").text


@pytest.mark.parametrize(
    ("sent", "because"),
    [({"again": PHONE}, "the box"), ({"again": "13900000000", "sure": "1"}, "another number"),
     ({"phone": "138", "again": "138", "sure": "1"}, "half a number")],
)  # fmt: skip
def test_what_is_not_confirmed_erases_nothing(admin, case_no, sent, because):
    assert admin("/erase", **sent).status_code == 400
    assert '反映的案件</td><td class="figure">1' in admin().text


@pytest.mark.parametrize("login", ["operator1", "auditor", "leader", "chief1"])
def test_the_page_is_for_administrators(signed_in, login):
    assert signed_in(login).get("/privacy/subject").status_code == 403


@pytest.fixture
def cli(wiring, monkeypatch):
    """Runs `citygrid privacy` on the test's city."""

    @contextmanager
    def opened(*_):
        yield wiring.settings, wiring.sessions

    monkeypatch.setattr(cli_privacy, "_opened", opened)
    return lambda *words: CliRunner().invoke(app, ["privacy", *words])


def test_the_command_line_tells_and_erases(cli, case_no, tmp_path):
    out = tmp_path / "held.zip"
    assert cli("export", str(out), "--phone", PHONE).exit_code == 0
    assert (out.stat().st_mode & 0o777, zipfile.is_zipfile(out)) == (0o600, True)
    assert "已清除" in cli("erase", "--phone", PHONE, "--yes").output


def test_the_command_line_asks_before_it_erases(cli, case_no):
    assert cli("erase", "--phone", PHONE).exit_code == 1


@pytest.mark.parametrize(("words", "heading"), [(["--dry-run"], "要清理"), ([], "已清理")])
def test_the_command_line_cleans_or_only_counts(cli, case_no, words, heading):
    done = cli("retention", *words)
    assert (done.exit_code, heading in done.output) == (0, True)
