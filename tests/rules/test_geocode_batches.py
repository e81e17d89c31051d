"""A table of addresses is answered row by row: any usual CSV, in order, to the end whatever happens."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from gis_core.errors import CitygridError
from gis_core.geocoding.answers import Answer, Outcome
from grid.geocode_batches import address_file, answering
from grid.geocode_batches.address_file import AddressFile
from grid.geocode_batches.answering import BadOutput, BatchBusy, Order, Run, answer_file, find_run, preview
from grid.geocode_batches.report import report_of, tell
from grid.geocode_batches.tally import MOST_NAMES, Tally
from grid.geocoding import CityGeocoder
from tests.address_town import addresses, order_of, read_answers, town_geocoder, write_table
from tests.case_city import JINGER_ROAD
from web.cli import app

FORMS = [("utf-8", ","), ("utf-8-sig", ";"), ("gb18030", "\t"), ("gbk", ","), ("utf-16", "\t")]
HOPELESS = [
    (b"", "empty_address_file", "nothing at all"),
    (b"\n\n \n", "empty_address_file", "blank lines alone"),
    ("编号,地址\n".encode(), "empty_address_file", "names of columns and no row"),
    (b",,\n1,2,3\n", "empty_address_file", "columns without names"),
    (b"PK\x03\x04\x14\x00", "not_a_table", "a workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1", "not_a_table", "an old workbook"),
    (b"a\0b,c\n", "not_a_table", "bytes that are no text"),
    (b"a" * 1_000_002, "line_too_long", "a line without end"),
    ('编号,"地址\n1,2\n'.encode(), "not_a_table", "a heading with half a quote"),
    (b"a," * 1_001 + b"a\n1\n", "not_a_table", "a thousand columns"),
]


@pytest.fixture(scope="module")
def geocoder() -> CityGeocoder:
    return town_geocoder()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress is saved after every chunk of five rows."""
    monkeypatch.setattr(answering, "SAVE_EVERY_S", 0.0)
    monkeypatch.setattr(answering, "CHUNK", 5)


@pytest.mark.parametrize(("encoding", "separator"), FORMS, ids=repr)
def test_a_table_of_any_usual_form_is_answered(
    geocoder: CityGeocoder, tmp_path: Path, encoding: str, separator: str
) -> None:
    order = order_of(write_table(tmp_path / "in.csv", addresses(20), encoding, separator))
    *_, run = answer_file(geocoder, order)
    rows = read_answers(order.out)
    assert [row["编号"] for row in rows] == [f"N{n}" for n in range(20)]
    assert (rows[0]["结果"], rows[0]["级别"], rows[9]["结果"]) == ("已定位", "门牌", "未找到")
    assert (run.rows, order.part.exists()) == (20, False)


@pytest.mark.parametrize(("content", "code", "because"), HOPELESS, ids=[row[2] for row in HOPELESS])
def test_what_is_no_table_of_addresses_is_refused_in_one_sentence(
    tmp_path: Path, content: bytes, code: str, because: str
) -> None:
    (tmp_path / "in.csv").write_bytes(content)
    with pytest.raises(CitygridError) as refusal:
        AddressFile.look_through(tmp_path / "in.csv")
    assert refusal.value.code == code


def test_a_file_of_too_many_rows_is_refused_before_any_is_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address_file, "MOST_ROWS", 10)
    assert AddressFile.look_through(write_table(tmp_path / "ten.csv", addresses(10))).rows == 10
    with pytest.raises(CitygridError) as refusal:
        AddressFile.look_through(write_table(tmp_path / "eleven.csv", addresses(11)))
    assert refusal.value.code == "too_many_addresses"


ODD_ROWS = [
    ("经二路155号", "已定位", "", "a plain row"),
    ('"经二路155号\n路北"', "已定位", "", "a cell of two lines"),
    ("", "没有填写", "没有填写地址", "no address"),
    ("经二路155号,路北", "读不出", "3 格", "a comma without quotes"),
    ("经二路155号,,", "已定位", "", "empty cells behind"),
    ('"经二路', "读不出", "引号", "a quote that is not closed"),
    ("经二路155号" + "很" * 10_000, "已定位", "只读了开头", "ten thousand characters"),
    ("x" * 200_000, "读不出", "一格超过", "more than a cell holds"),
    ("😀" * 50, "未找到", "没有找到", "pictures alone"),
    ("'; DROP TABLE grid.place; --", "未找到", "没有找到", "a command for a database"),
]


@pytest.mark.parametrize(("cell", "outcome", "why", "because"), ODD_ROWS, ids=[row[3] for row in ODD_ROWS])
def test_an_odd_row_costs_itself_alone(
    geocoder: CityGeocoder, tmp_path: Path, cell: str, outcome: str, why: str, because: str
) -> None:
    (tmp_path / "in.csv").write_text(f"编号,地址\nA,{cell}\nB,经二路9号\n", encoding="utf-8")
    order = order_of(tmp_path / "in.csv")
    [*answer_file(geocoder, order)]
    odd, next_one = read_answers(order.out)
    assert (odd["编号"], odd["结果"], next_one["结果"]) == ("A", outcome, "已定位")
    assert why in odd["依据"]


def test_letters_of_another_encoding_are_named_and_not_guessed(
    geocoder: CityGeocoder, tmp_path: Path
) -> None:
    (tmp_path / "in.csv").write_bytes("编号,地址\nA,经二路9号\n".encode() + b"B,\xff\xfe\xff\x80\n")
    order = order_of(tmp_path / "in.csv")
    [*answer_file(geocoder, order)]
    assert [row["结果"] for row in read_answers(order.out)] == ["已定位", "读不出"]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3"])
def test_no_cell_of_the_answers_acts_as_a_formula(geocoder: CityGeocoder, tmp_path: Path, cell: str) -> None:
    order = order_of(write_table(tmp_path / "in.csv", [("地址", "备注"), (cell, cell)]))
    [*answer_file(geocoder, order)]
    row = read_answers(order.out)[0]
    assert (row["地址"], row["备注"], row["地点"]) == (f"'{cell}",) * 3


def test_a_number_with_its_sign_stays_a_number(geocoder: CityGeocoder, tmp_path: Path) -> None:
    order = order_of(write_table(tmp_path / "in.csv", [("地址", "高差"), ("经二路9号", "-3.5")]))
    [*answer_file(geocoder, order)]
    assert read_answers(order.out)[0]["高差"] == "-3.5"


def finish(geocoder: CityGeocoder, order: Order) -> Run:
    *_, run = answer_file(geocoder, order)
    return run


def break_off(geocoder: CityGeocoder, order: Order, *, after: int) -> None:
    """Answer some rows, then stop between two saves, as a process that dies does."""
    runs = answer_file(geocoder, order)
    next(run for run in runs if run.rows >= after)
    runs.close()


def test_broken_off_it_goes_on_where_it_was_and_ends_the_same(
    geocoder: CityGeocoder, tmp_path: Path, hasty: None
) -> None:
    order = order_of(write_table(tmp_path / "in.csv", addresses(60)))
    finish(geocoder, order)
    expected = order.out.read_bytes()
    other = replace(order, out=tmp_path / "other.csv", folder=tmp_path / "other")
    break_off(geocoder, other, after=25)
    assert (other.part.exists(), other.out.exists()) == (True, False)
    assert finish(geocoder, other).rows == 60
    assert other.out.read_bytes() == expected


def test_half_a_row_at_the_end_is_cut_off(geocoder: CityGeocoder, tmp_path: Path, hasty: None) -> None:
    order = order_of(write_table(tmp_path / "in.csv", addresses(40)))
    break_off(geocoder, order, after=10)
    with order.part.open("ab") as part:
        part.write('N10,"经二路11'.encode())  # what was written after the last save
    finish(geocoder, order)
    assert [row["编号"] for row in read_answers(order.out)] == [f"N{n}" for n in range(40)]


LOST = [
    (lambda order: order.part.unlink(), "the rows were removed"),
    (lambda order: order.part.write_bytes(b""), "the disk lost the rows"),
    (lambda order: (order.folder / "progress.json").write_text("{"), "the note is torn"),
    (lambda order: (order.folder / "progress.json").unlink(), "the note was removed"),
]


@pytest.mark.parametrize(("lose", "because"), LOST, ids=[row[1] for row in LOST])
def test_what_was_lost_is_done_again(
    geocoder: CityGeocoder, tmp_path: Path, hasty: None, lose: Callable[[Order], object], because: str
) -> None:
    order = order_of(write_table(tmp_path / "in.csv", addresses(30)))
    break_off(geocoder, order, after=10)
    lose(order)
    assert finish(geocoder, order).rows == len(read_answers(order.out)) == 30


def test_a_file_that_is_done_is_answered_at_once(geocoder: CityGeocoder, tmp_path: Path) -> None:
    order = order_of(write_table(tmp_path / "in.csv", addresses(30)))
    done = finish(geocoder, order)
    [again] = answer_file(geocoder, order)
    assert (again.tally, again.stamp) == (done.tally, order.out.stat().st_mtime_ns)


CHANGES = [
    (lambda order: replace(order, columns=(0,)), "another column holds the address"),
    (lambda order: replace(order, near=JINGER_ROAD), "the asker stands elsewhere"),
    (lambda order: order.out.write_text("我的笔记") and order, "somebody wrote over the answers"),
    (lambda order: order.out.unlink() or order, "the answers were removed"),
]


@pytest.mark.parametrize(("change", "because"), CHANGES, ids=[row[1] for row in CHANGES])
def test_a_file_is_answered_anew_when(
    geocoder: CityGeocoder, tmp_path: Path, hasty: None, change: Callable[[Order], Order], because: str
) -> None:
    order = order_of(write_table(tmp_path / "in.csv", addresses(30)))
    finish(geocoder, order)
    runs = [*answer_file(geocoder, change(order))]
    assert len(runs) > 1
    assert len(read_answers(order.out)) == 30


@pytest.mark.parametrize(
    ("version", "is_anew", "because"),
    [("1-1-1-1-2", False, "only components have changed"), ("2-1-1-1-1", True, "the gazetteer has changed")],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_answers_are_as_new_as_the_places(
    tmp_path: Path, hasty: None, version: str, is_anew: bool, because: str
) -> None:
    order = order_of(write_table(tmp_path / "in.csv", addresses(30)))
    finish(town_geocoder("1-1-1-1-1"), order)
    assert (len([*answer_file(town_geocoder(version), order)]) > 1) is is_anew


def test_two_processes_never_work_on_one_file(geocoder: CityGeocoder, tmp_path: Path, hasty: None) -> None:
    order = order_of(write_table(tmp_path / "in.csv", addresses(30)))
    first = answer_file(geocoder, order)
    next(first)
    with pytest.raises(BatchBusy):
        next(answer_file(geocoder, order))
    first.close()
    assert finish(geocoder, order).rows == 30


def test_answers_that_cannot_be_written_say_so(geocoder: CityGeocoder, tmp_path: Path) -> None:
    order = order_of(write_table(tmp_path / "in.csv", addresses(3)))
    with pytest.raises(BadOutput):
        finish(geocoder, replace(order, out=tmp_path / "no such folder" / "answers.csv"))


def test_several_columns_say_one_address(geocoder: CityGeocoder, tmp_path: Path) -> None:
    rows = [("区县", "路", "号"), ("渭滨区", "经二路", "155号"), ("", "经二路", "9号")]
    order = order_of(write_table(tmp_path / "in.csv", rows), ["区县+路+号"])
    finish(geocoder, order)
    assert [row["地点"] for row in read_answers(order.out)] == ["渭滨区经二路155号", "经二路9号"]


def test_the_first_rows_are_shown_as_they_will_be_answered(geocoder: CityGeocoder, tmp_path: Path) -> None:
    order = order_of(write_table(tmp_path / "in.csv", addresses(30)))
    shown = preview(geocoder, order)
    finish(geocoder, order)
    assert shown == [[*row.values()][2:] for row in read_answers(order.out)[:5]]
    assert find_run(tmp_path / "nowhere") is None


def test_the_report_counts_what_became_of_the_rows(geocoder: CityGeocoder, tmp_path: Path) -> None:
    order = order_of(
        write_table(tmp_path / "in.csv", [*addresses(20), ("N20", ""), ("N21", "阳光小区3号楼")])
    )
    report = report_of(finish(geocoder, order).tally)
    outcomes = {one["outcome"]: one["rows"] for one in report["outcomes"]}
    assert outcomes == {"found": 18, "not_found": 2, "empty": 1, "ambiguous": 1}
    assert (
        sum(one["rows"] for one in report["confidence"]) == sum(one["rows"] for one in report["levels"]) == 19
    )
    assert report["unknown"] == [{"name": "幸福里", "rows": 2}]


def test_the_report_is_told_in_a_few_lines(geocoder: CityGeocoder, tmp_path: Path) -> None:
    order = order_of(write_table(tmp_path / "in.csv", addresses(20)))
    told = tell(report_of(finish(geocoder, order).tally))
    assert told.startswith("共 20 行，用时 ")
    assert "已定位 18（90.0%）、未找到 2（10.0%）" in told
    assert "幸福里（2 次）" in told
    assert "0.9–1.0 ██" in told


def test_names_without_number_take_no_memory_without_bound() -> None:
    tally = Tally()
    for n in range(3 * MOST_NAMES):
        answer = Answer("", "not_found", (), (), "", missing=(f"名{n}路", "幸福里"))
        tally.count(answer)
    assert len(tally.unknown) <= MOST_NAMES
    assert tally.unknown.most_common(1) == [("幸福里", 3 * MOST_NAMES)]


@given(
    outcomes=st.lists(st.sampled_from(["found", "ambiguous", "not_found", "elsewhere"]), max_size=30),
    cut=st.integers(0, 30),
)
def test_counting_goes_on_from_what_was_kept(outcomes: list[Outcome], cut: int) -> None:
    whole, first = Tally(), Tally()
    answers = [Answer("", outcome, (), (), "", missing=(outcome,)) for outcome in outcomes]
    [whole.count(answer) for answer in answers]
    [first.count(answer) for answer in answers[:cut]]
    second = Tally.from_json(json.loads(json.dumps(first.to_json())))
    [second.count(answer) for answer in answers[cut:]]
    assert second == whole


REFUSED = [
    (("--column", "门牌"), "unknown_address_column", "there is no such column"),
    (("--near", "东边"), "bad_near", "the asker is nowhere"),
    (("--near", "34.3,107.1"), "not_on_earth", "the latitude came first"),
    (("--out", "in.csv"), "answers_over_questions", "the answers would be written over the questions"),
]


@pytest.mark.parametrize(("more", "code", "because"), REFUSED, ids=[row[2] for row in REFUSED])
def test_what_the_command_cannot_do_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: tuple[str, str], code: str, because: str
) -> None:
    monkeypatch.chdir(tmp_path)
    before = write_table(tmp_path / "in.csv", addresses(3)).read_bytes()
    done = CliRunner().invoke(app, ["geocode-file", "in.csv", "--out", "out.csv", *more])
    assert isinstance(done.exception, CitygridError)
    assert done.exception.code == code
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {"in.csv": before}
