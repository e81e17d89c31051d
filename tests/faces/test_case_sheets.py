"""The sheet of a case as PDF: for who may see the case, quickly, whatever its story and its words."""

import io
import re
import zlib

import pytest
from PIL import Image
from sqlalchemy import text

from cases.photos import PhotoUnreadable
from tests.face_city import report_of

AS_JSON = {"accept": "application/json"}
MANY_STEPS = text("""
    INSERT INTO cases.fact (case_id, seq, at, by_name, by_role, transition_no, action, from_stage, to_stage,
        reason, body, prev_hash, hash)
    SELECT c.id, n, c.reported_at, '领导', 'leader', 21, 'supervise', 'reported', 'reported',
        '督办：第 ' || n || ' 次，须在答复日期以前说明办理情况', '{}', '', ''
    FROM cases."case" AS c, generate_series(2, 800) AS n
""")


@pytest.fixture
def operator(signed_in):
    return signed_in("operator1")


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF has, as the number of its page objects says."""
    whole = b"".join(inflated(part) for part in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL))
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf + whole))


def inflated(part: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(part)
    except zlib.error:
        return b""


def report(browser, **changes):
    return browser.post("/api/v1/reports", json=report_of(**changes)).json()["case_no"]


def test_a_case_is_printed(operator):
    answer = operator.get(f"/cases/{report(operator)}/sheet.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert (answer.content[:5], len(answer.content) > 10_000) == (b"%PDF-", True)


def test_half_a_photo_is_none_after_a_sheet_was_printed(operator, wiring):
    operator.get(f"/cases/{report(operator)}/sheet.pdf")
    picture = io.BytesIO()
    Image.effect_noise((400, 300), 90).convert("RGB").save(picture, "JPEG")
    with pytest.raises(PhotoUnreadable):
        wiring.photos.take(io.BytesIO(picture.getvalue()[:4_000]))


def test_its_photos_are_on_it(operator, wiring):
    picture = io.BytesIO()
    Image.effect_noise((1600, 1200), 90).convert("RGB").save(picture, "JPEG")
    given = {key: str(value) for key, value in report_of().items()}
    files = [("photos", ("a.jpg", picture.getvalue(), "image/jpeg"))]
    number = operator.post("/api/v1/reports/with-photos", data=given, files=files).json()["case_no"]
    with_photo = operator.get(f"/cases/{number}/sheet.pdf").content
    assert len(with_photo) > len(operator.get(f"/cases/{report(operator)}/sheet.pdf").content) + 20_000


def test_a_story_of_years_is_printed_in_a_few_pages(operator, face_engine):
    number = report(operator)
    short = operator.get(f"/cases/{number}/sheet.pdf").content
    with face_engine.begin() as connection:
        connection.execute(MANY_STEPS)
    long = operator.get(f"/cases/{number}/sheet.pdf").content
    assert 1 <= pages_of(short) < pages_of(long) < 30  # 800 steps in whole would be more


def test_words_of_a_report_fetch_nothing(operator):
    number = report(operator, description="<img src='http://evil.example/x.png'><style>*{color:red}</style>")
    assert operator.get(f"/cases/{number}/sheet.pdf").status_code == 200


def test_a_sheet_is_for_who_may_see_the_case(operator, signed_in):
    answer = signed_in("gas").get(f"/cases/{report(operator)}/sheet.pdf", headers=AS_JSON)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_yours")


def test_a_sheet_takes_one_statement_more_than_the_case_s_page(operator, statements):
    number = report(operator)
    statements.clear()
    operator.get(f"/cases/{number}")
    page = len(statements)
    statements.clear()
    operator.get(f"/cases/{number}/sheet.pdf")
    assert len(statements) <= page + 1
