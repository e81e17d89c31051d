"""`citygrid import`: reports of another system, messy rows among them; what lies in the frame is filed."""

import csv
from pathlib import Path

import pytest

from cases.foreign_reports import BadImportFile
from cases.importing import ImportOutcome, import_reports
from gis_core.clock import FixedClock
from gis_core.db import Sessions
from gis_core.errors import BadInput
from gis_core.offset_systems import wgs84_to_gcj02
from tests.case_city import BAOJI, JINGER_ROAD, CaseCity

EXAMPLE = BAOJI / "import_example.yaml"
HEADING = "工单编号,问题类型,受理时间,经度,纬度,问题描述,地址"
SHIFTED = wgs84_to_gcj02(JINGER_ROAD)
HERE = f"{SHIFTED.lon_deg:.6f},{SHIFTED.lat_deg:.6f}"
GOOD = f"A1,井盖丢失,2026-09-17 08:00:00,{HERE},井盖没了,经二路"


@pytest.fixture
def city(sessions: Sessions, tmp_path: Path, clock: FixedClock) -> CaseCity:
    return CaseCity(sessions, tmp_path / "photos", clock)


def bring(city: CaseCity, *rows: str, heading: str = HEADING, encoding: str = "utf-8") -> ImportOutcome:
    path = city.folder.parent / "reports.csv"
    path.write_bytes("\r\n".join([heading, *rows]).encode(encoding))
    return import_reports(
        city.cases, path, EXAMPLE, refused_path=path.with_suffix(".refused.csv"), at=city.clock.at
    )


def refusals(outcome: ImportOutcome) -> list[list[str]]:
    with outcome.refused_path.open(encoding="utf-8-sig", newline="") as words:
        return list(csv.reader(words))[1:]


def test_a_foreign_report_inside_the_frame_becomes_a_case_of_today_with_its_own_moment(
    city: CaseCity,
) -> None:
    assert bring(city, GOOD).filed == 1
    shown = city.case("61030320260918000001").summary
    assert (shown.stage, shown.source, shown.description) == ("reported", "imported", "井盖没了")
    assert shown.reported_at.isoformat() == "2026-09-17T00:00:00+00:00"


def test_importing_twice_files_once(city: CaseCity) -> None:
    first, second = bring(city, GOOD), bring(city, GOOD)
    assert (first.filed, second.filed, second.known) == (1, 0, 1)


def test_imported_cases_are_numbered_after_those_reported_by_hand(city: CaseCity) -> None:
    city.report()
    bring(city, GOOD, GOOD.replace("A1", "A2"))
    assert city.report().case_no == "61030320260918000004"


def test_an_imported_report_travels_on_and_its_chain_holds(city: CaseCity) -> None:
    from cases.explain import broken_at

    bring(city, GOOD)
    detail = city.case("61030320260918000001")
    assert broken_at(detail.facts, detail.last_hash) is None


@pytest.mark.parametrize(
    ("row", "code", "because"),
    [
        ("A1,井盖丢失,2026-09-17 08:00:00,107.5,34.5,x,y", "outside_frame", "it lies in another county"),
        ("A1,井盖丢失,2026-09-17 08:00:00,0,0,x,y", "zero_position", "the phone had no fix"),
        ("A1,井盖丢失,2026-09-17 08:00:00,34.369,107.145,x,y", "swapped_axes", "latitude came first"),
        ("A1,井盖丢失,2026-09-17 08:00:00,east,34.3,x,y", "bad_coordinate", "a word is no longitude"),
        ("A1,井盖丢失,2026-09-17 08:00:00,nan,34.3,x,y", "bad_coordinate", "nan is no longitude"),
        ("A1,井盖丢失,2026-09-17 08:00:00,507.1,34.3,x,y", "not_on_earth", "no place has that longitude"),
        (f"A1,外星人,2026-09-17 08:00:00,{HERE},x,y", "unmapped_type", "the mapping does not list the type"),
        (f"A1,井盖丢失,昨天,{HERE},x,y", "bad_time", "yesterday is no moment"),
        (f"A1,井盖丢失,2036-09-17 08:00:00,{HERE},x,y", "future_time", "ten years from now"),
        (f"A1,井盖丢失,1900-09-17 08:00:00,{HERE},x,y", "early_time", "before the system existed"),
        (f",井盖丢失,2026-09-17 08:00:00,{HERE},x,y", "no_id", "nothing tells it from others"),
        ("A1,井盖丢失", "too_few_cells", "the row breaks off"),
        (f"A1,井盖丢失,2026-09-17 08:00:00,{HERE},{'长' * 5001},y", "text_too_long", "a novel is no report"),
        (f"A1,井盖丢失,2026-09-17 08:00:00,{HERE},a\x01b,y", "bad_text", "control characters"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value and "," not in value else "",
)
def test_a_row_that_cannot_be_filed_is_listed_with_its_line_and_reason(
    city: CaseCity, row: str, code: str, because: str
) -> None:
    outcome = bring(city, GOOD.replace("A1", "B1"), row)
    line, _, found, reason, *_ = refusals(outcome)[0]
    assert (outcome.filed, line, found) == (1, "3", code)
    assert reason.endswith("。")


def test_an_id_that_comes_twice_in_a_file_names_the_first_line(city: CaseCity) -> None:
    outcome = bring(city, GOOD, GOOD)
    assert (outcome.filed, refusals(outcome)[0][2:4]) == (1, ["repeated_id", "编号与第 2 行相同。"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_files_in_every_chinese_encoding_are_read(city: CaseCity, encoding: str) -> None:
    assert bring(city, GOOD, encoding=encoding).filed == 1


def test_a_row_with_broken_bytes_is_refused_and_the_others_are_filed(city: CaseCity) -> None:
    path = city.folder.parent / "reports.csv"
    broken = GOOD.replace("A1", "A2").encode().replace("没".encode(), b"\xff\xff")
    path.write_bytes(b"\n".join([HEADING.encode(), GOOD.encode(), broken]))
    outcome = import_reports(city.cases, path, EXAMPLE, refused_path=path.with_suffix(".r"), at=city.clock.at)
    assert (outcome.filed, outcome.refused) == (1, {"bad_encoding": 1})


def test_semicolons_and_tabs_separate_too(city: CaseCity) -> None:
    assert bring(city, GOOD.replace(",", ";"), heading=HEADING.replace(",", ";")).filed == 1


def test_a_missing_column_is_named_before_anything_is_filed(city: CaseCity) -> None:
    with pytest.raises(BadImportFile, match="缺少这些列：经度"):
        bring(city, GOOD, heading=HEADING.replace("经度", "lng"))


def test_an_empty_file_is_refused_as_a_whole(city: CaseCity) -> None:
    with pytest.raises(BadImportFile, match="空文件"):
        bring(city, heading="")


def test_a_mapping_to_a_type_that_does_not_exist_is_refused(city: CaseCity, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(EXAMPLE.read_text(encoding="utf-8").replace("01002", "09999"), encoding="utf-8")
    with pytest.raises(BadImportFile, match="井盖丢失 → 09999"):
        import_reports(city.cases, mapping, mapping, refused_path=tmp_path / "r", at=city.clock.at)


def test_a_mapping_with_an_unknown_key_names_it(city: CaseCity, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(EXAMPLE.read_text(encoding="utf-8") + "\nsytem: WGS84\n", encoding="utf-8")
    with pytest.raises(BadInput, match="sytem"):
        import_reports(city.cases, mapping, mapping, refused_path=tmp_path / "r", at=city.clock.at)


def test_no_refused_cell_acts_as_a_formula_in_a_spreadsheet(city: CaseCity) -> None:
    outcome = bring(city, f"=HYPERLINK(1),井盖丢失,昨天,{HERE},x,y")
    assert refusals(outcome)[0][1] == "'=HYPERLINK(1)"
