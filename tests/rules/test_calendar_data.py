"""Holidays and make-up days of the city's calendars, against the package they are taken from."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest

from grid.city import BadCityData, CalendarYear, City, list_calendar_years, read_data

BAOJI = City.load(Path(__file__).parents[2] / "data" / "baoji")
YEARS = {year.year: year for year in list_calendar_years(BAOJI)}
KNOWN = [2025, 2026]


def is_day_of_work(on: date) -> bool:
    year = YEARS[on.year]
    return on in year.make_up_days or (on.weekday() < 5 and on not in year.holidays)


def test_the_city_has_a_calendar_for_each_year_its_cases_lie_in() -> None:
    assert sorted(YEARS) == KNOWN


@pytest.mark.parametrize("year", KNOWN)
def test_every_day_is_worked_or_free_as_the_notice_says(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
    assert [day for day in days if is_day_of_work(day) != chinese_calendar.is_workday(day)] == []


@pytest.mark.parametrize("year", KNOWN)
def test_make_up_days_fall_on_weekends_only(year: int) -> None:
    assert {day.weekday() for day in YEARS[year].make_up_days} <= {5, 6}


def test_the_autumn_of_2026_has_its_two_make_up_days() -> None:
    national = [day for day, name in YEARS[2026].make_up_days.items() if name == "国庆节"]
    assert national == [date(2026, 9, 20), date(2026, 10, 10)]


@pytest.mark.parametrize("year", KNOWN)
def test_every_calendar_names_the_notice_it_comes_from(year: int) -> None:
    assert f"国务院办公厅关于{year}年部分节假日安排的通知" in YEARS[year].source


def test_a_day_of_another_year_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cn-2026.yaml"
    path.write_text("{year: 2026, version: x, source: x, holidays: {2027-01-01: 元旦}, make_up_days: {}}")
    with pytest.raises(BadCityData, match=r"cn-2026\.yaml.*2027"):
        read_data(path, CalendarYear)
