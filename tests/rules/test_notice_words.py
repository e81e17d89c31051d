"""The words of notices: those of the day, sound in both languages, and a city that errs is told where."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from cases.notices.wording import BadNotices, NoticeBook, Said, fill
from grid.city import BadCityData, City

DATA = Path(__file__).parents[2] / "data"
BOOK = NoticeBook.load(City.load(DATA / "baoji"))
ON = date(2026, 9, 18)


def test_baoji_has_words_for_everything_that_is_told() -> None:
    assert BOOK.gaps == ()


def test_a_sentence_that_names_what_is_not_known_is_left_out() -> None:
    said = Said(title="待办", text=("{place}。", "说明：{note}。", "请在 {due} 前办理。"))
    assert (
        fill(said, {"place": "经二路", "note": "", "due": "9月18日"})["text"]
        == "经二路。请在 9月18日 前办理。"
    )


def test_words_of_people_are_cut_and_never_read_as_names_in_braces() -> None:
    said = fill(Said(title="待办", text=("{place}。",)), {"place": "{by}" + "长" * 100})
    assert said["text"] == "{by}" + "长" * 55 + "…。"


def test_english_sentences_stand_apart() -> None:
    said = fill(Said(title="Due", text=("{place}.", "Due {due}.")), {"place": "Jinger Road", "due": "18 Sep"})
    assert said["text"] == "Jinger Road. Due 18 Sep."


def test_the_words_of_a_step_go_before_those_of_all() -> None:
    values = {"type": "井盖", "place": "经二路", "due": "9月18日"}
    words = BOOK.words(ON, "turn", "report", {"zh": values, "en": values})
    assert (words["zh"]["title"], words["en"]["title"]) == ("新上报 · 井盖", "New report · 井盖")


FAULTS = [
    (
        "{place}。",
        "{adress}。",
        "words.2025-01-01.turn.default.zh 用了未知的 {adress}",
        "a name nobody knows",
    ),
    ("{place}。", "{place。", "花括号没有成对", "a brace that does not close"),
    ("{place}。", "{place.x}。", "花括号没有成对", "a name with parts is no name"),
    ("      send_verification:", "      send_verify:", "send_verify 不是流程中的步骤", "a step nobody takes"),
    ("    urged:", "    urging:", "缺少 default", "a topic without words"),
    ("page_only: [file_case]", "page_only: [filing]", "page_only 中没有步骤 filing", "a step of no reporter"),
    (
        "urgent: [sos,",
        "urgent: [report,",
        "urgent 中没有外勤或应急事项 report",
        "nothing of a case wakes people",
    ),
]


@pytest.fixture
def spoiled(tmp_path: Path) -> Callable[[str, str], City]:
    copytree(DATA, tmp_path / "data", ignore=lambda *_: ["migrations"])

    def spoil(old: str, new: str) -> City:
        path = tmp_path / "data" / "baoji" / "notices.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
        return City.load(path.parent)

    return spoil


@pytest.mark.parametrize(("old", "new", "words", "because"), FAULTS, ids=[row[-1] for row in FAULTS])
def test_faulty_words_are_refused_with_their_place(
    spoiled: Callable[[str, str], City], old: str, new: str, words: str, because: str
) -> None:
    with pytest.raises(BadNotices) as refusal:
        NoticeBook.load(spoiled(old, new))
    assert words in refusal.value.message


def test_an_hour_that_no_clock_shows_is_refused(spoiled: Callable[[str, str], City]) -> None:
    with pytest.raises(BadCityData):
        NoticeBook.load(spoiled('from: "22:00"', 'from: "25:00"'))
