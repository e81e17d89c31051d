"""The city as its data folder describes it: `City.load(Path("data/baoji"))`."""

from copy import deepcopy
from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from gis_core.crs import GeographicShift, from_system, position_in
from gis_core.errors import BadInput
from gis_core.places import LonLat

Model = TypeVar("Model", bound=BaseModel)


class BadCityData(BadInput):
    """A city's data folder lacks something or says something impossible."""

    code = "bad_city_data"


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _clock(value: object) -> object:
    """YAML reads 08:00 without quotes as a number of minutes; ask for quotes instead of guessing."""
    if not isinstance(value, str):
        raise ValueError('写成带引号的时刻，如 "08:00"')
    return value


def _month_day(value: str) -> str:
    date.fromisoformat(f"2024-{value}")
    return value


def _zone_name(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise ValueError(f"没有时区 {value}") from problem
    return value


LonDegrees = Annotated[float, Field(ge=-180, le=180)]
LatDegrees = Annotated[float, Field(ge=-90, le=90)]
MonthDay = Annotated[str, AfterValidator(_month_day)]
ClockTime = Annotated[time, BeforeValidator(_clock)]
DivisionCode = Annotated[str, Field(pattern=r"^\d{6}(\d{3}){0,2}$")]


class Bounds(_Data):
    """A box in degrees (EPSG:4490)."""

    west_deg: LonDegrees
    south_deg: LatDegrees
    east_deg: LonDegrees
    north_deg: LatDegrees

    def contains(self, place: LonLat) -> bool:
        """Whether the place lies in the box, its edge included."""
        return (
            self.west_deg <= place.lon_deg <= self.east_deg
            and self.south_deg <= place.lat_deg <= self.north_deg
        )


class Province(_Data):
    """The province the city lies in."""

    code: DivisionCode
    name: str


class Centre(_Data):
    """Where a map opens, degrees (EPSG:4490)."""

    lon_deg: LonDegrees
    lat_deg: LatDegrees


class Zoom(_Data):
    """Zoom levels of maps: the one they open at, the least and the most."""

    first: int
    least: int
    most: int


class Register(_Data):
    """Where the codes and names of divisions are taken from, and the day whose state that shows."""

    as_of: date
    source: str


class PullIn(_Data):
    """How far outside every unit grid a place may lie and still be taken in, metres."""

    value_m: float = Field(ge=0, le=100)
    status: str


class ZoneData(_Data):
    """An overlay with its own code space, such as a high-tech zone."""

    code: str = Field(pattern=r"^[A-Z]{2}\d{2}$")
    name: str
    short_name: str
    name_en: str
    organisation_code: str
    touches: tuple[DivisionCode, ...]
    status: str


class CatalogueData(_Data):
    """Where types and criteria lie, and which edition was adopted on which day."""

    folder: Path
    adopted: dict[date, str] = Field(min_length=1)
    local_types: Path
    criteria: Path
    common: Path


class ShiftSeason(_Data):
    """Hours in which working time runs in a part of the year; both ends of the part are included."""

    season: str
    in_force_from: date
    from_day: MonthDay = Field(alias="from")
    to_day: MonthDay = Field(alias="to")
    hours: tuple[tuple[ClockTime, ClockTime], ...] = Field(min_length=1)
    status: str

    def covers(self, on: date) -> bool:
        """Whether the season holds on that day.

        >>> winter = ShiftSeason.model_validate({"season": "冬令", "in_force_from": "2025-01-01",
        ...     "from": "10-01", "to": "04-30", "hours": [["08:00", "12:00"]], "status": "assumed"})
        >>> winter.covers(date(2026, 1, 1)), winter.covers(date(2026, 5, 1)), winter.covers(date(2024, 12, 1))
        (True, False, False)
        """
        day = f"{on:%m-%d}"
        if self.from_day <= self.to_day:
            inside = self.from_day <= day <= self.to_day
        else:
            inside = day >= self.from_day or day <= self.to_day
        return inside and on >= self.in_force_from


class CityFiles(_Data):
    """Files of the city's folder, by what they hold."""

    divisions: Path
    boundaries: Path
    places: Path
    streets: Path
    organisations: Path
    responsibility: Path
    roles: Path
    demo_people: Path


class Xian80Shift(_Data):
    """Seven parameters (or three) from Xi'an 1980 degrees to CGCS2000, from the city's survey office."""

    geocentric_x_m: float
    geocentric_y_m: float
    geocentric_z_m: float
    around_x_arcsec: float = 0.0
    around_y_arcsec: float = 0.0
    around_z_arcsec: float = 0.0
    scale_ppm: float = 0.0
    source: str


class City(_Data):
    """A city: codes, systems of reference, zone, dated rules and the files that hold the rest.

    Every path is absolute after loading.
    """

    code: DivisionCode
    name: str
    name_en: str
    province: Province
    time_zone: Annotated[str, AfterValidator(_zone_name)]
    plane_crs: int
    geographic_crs: int
    centre: Centre
    bounds: Bounds
    zoom: Zoom
    register_of_divisions: Register = Field(alias="register")
    districts: tuple[DivisionCode, ...] = Field(min_length=1)
    neighbours: tuple[DivisionCode, ...]
    pull_in: PullIn
    xian80: Xian80Shift | None = None
    zone: ZoneData | None
    catalogue: CatalogueData
    calendars: tuple[Path, ...] = Field(min_length=1)
    shifts: tuple[ShiftSeason, ...] = Field(min_length=1)
    files: CityFiles
    _folder: Path = PrivateAttr(default=Path())

    @classmethod
    def load(cls, data_dir: Path) -> Self:
        """Read `city.yaml` of a data folder.

        :raises BadCityData: naming file and key when something is missing or cannot be.
        """
        folder = data_dir.resolve()
        path = folder / "city.yaml"
        data = read_yaml(path)
        try:
            city = cls.model_validate(_with_absolute_paths(data, folder))
        except ValidationError as problem:
            raise bad_city_data(path, problem) from problem
        city._folder = folder
        _check_files(path, city)
        return city

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self._folder

    @property
    def pull_in_m(self) -> float:
        """How far outside every unit grid a place may lie and still be taken in, metres."""
        return self.pull_in.value_m

    def read_place(self, position: LonLat, system: str) -> LonLat:
        """A position of a named system as a place in EPSG:4490; Xi'an 1980 by the parameters of `city.yaml`.

        :raises UnknownSystem: when there is no such system.
        :raises UnsettledSystem: for Xi'an 1980 while the city has no parameters.
        """
        return from_system(position, system, shift=self.xian80_shift)

    def read_position(self, easting: float, northing: float, system: str) -> LonLat:
        """Two numbers of a named system, degrees or metres, as a place in EPSG:4490.

        :raises UnknownSystem: UnsettledSystem, as `read_place`.
        :raises NotOnEarth: when no place has these numbers.
        """
        position = position_in(system, easting, northing)
        return from_system(position, system, shift=self.xian80_shift)

    @property
    def xian80_shift(self) -> GeographicShift | None:
        """The parameters from Xi'an 1980 that `city.yaml` has, if any."""
        if self.xian80 is None:
            return None
        return GeographicShift(**self.xian80.model_dump(exclude={"source"}))

    @property
    def centre_lonlat(self) -> LonLat:
        """Where a map opens."""
        return LonLat(self.centre.lon_deg, self.centre.lat_deg)

    @property
    def calendar_files(self) -> tuple[Path, ...]:
        """One file of holidays and make-up days for each year."""
        return self.calendars

    def edition_on(self, on: date) -> str:
        """The edition of the catalogue the city works by on that day; the first one for days before it."""
        days = sorted(self.catalogue.adopted)
        return self.catalogue.adopted[max((day for day in days if day <= on), default=days[0])]

    def shifts_on(self, on: date) -> tuple[tuple[time, time], ...]:
        """Hours of working time on a working day, city time.

        :raises BadCityData: when no season covers the day.
        """
        seasons = [season for season in self.shifts if season.covers(on)]
        if not seasons:
            raise BadCityData(f"{self._folder / 'city.yaml'} 的 shifts 没有覆盖 {on} 的作息，请补充。")
        return max(seasons, key=lambda season: season.in_force_from).hours

    @model_validator(mode="after")
    def _is_possible(self) -> Self:
        if not self.bounds.contains(LonLat(self.centre.lon_deg, self.centre.lat_deg)):
            raise ValueError("centre 不在 bounds 之内")
        strangers = [code for code in self.districts if not code.startswith(self.code[:4])]
        if strangers:
            raise ValueError(f"districts 中 {strangers} 不属于 {self.code}")
        return self


class CalendarYear(_Data):
    """Holidays and make-up days of one year, with their names."""

    year: int
    version: str
    source: str
    holidays: dict[date, str]
    make_up_days: dict[date, str]

    @model_validator(mode="after")
    def _stays_in_its_year(self) -> Self:
        strays = [day for day in (*self.holidays, *self.make_up_days) if day.year != self.year]
        both = self.holidays.keys() & self.make_up_days.keys()
        if strays or both:
            raise ValueError(f"这些日期不属于 {self.year} 年或既放假又上班: {sorted({*strays, *both})}")
        return self


def list_calendar_years(city: City) -> tuple[CalendarYear, ...]:
    """The city's calendars, by year.

    :raises BadCityData: naming the file and key at fault.
    """
    return tuple(sorted((read_data(path, CalendarYear) for path in city.calendars), key=lambda y: y.year))


def read_yaml(path: Path) -> Any:
    """A YAML file of the city's folder as plain data, the caller's own; parsed once until the file changes.

    :raises BadCityData: when it is missing or no YAML.
    """
    return deepcopy(_parsed(path, *_state_of(path)))


def read_data(path: Path, model: type[Model]) -> Model:
    """A YAML file of the city's folder, checked against a model; read once until the file changes.

    :raises BadCityData: naming the file and key at fault.
    """
    checked: Model = _checked(path, model, *_state_of(path))
    return checked


def _state_of(path: Path) -> tuple[int, int, int]:
    """What changes with the file: its inode, its size and its last change."""
    try:
        about = path.stat()
    except OSError as problem:
        raise _missing(path) from problem
    return about.st_ino, about.st_size, about.st_mtime_ns


@lru_cache(maxsize=64)
def _parsed(path: Path, *_state: int) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as problem:
        raise _missing(path) from problem
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as problem:
        raise BadCityData(f"{path} 不是有效的 YAML: {problem}", file=str(path)) from problem


@lru_cache(maxsize=64)
def _checked(path: Path, model: type[Any], *state: int) -> Any:
    try:
        return model.model_validate(_parsed(path, *state))
    except ValidationError as problem:
        raise bad_city_data(path, problem) from problem


def _missing(path: Path) -> BadCityData:
    return BadCityData(f"找不到 {path}。请检查数据目录是否完整。", file=str(path))


def bad_city_data(path: Path, problem: ValidationError) -> BadCityData:
    """The first faults of a file, each with its key."""
    faults = [
        f"{'.'.join(str(part) for part in fault['loc']) or '(整体)'}: {fault['msg']}"
        for fault in problem.errors(include_url=False)[:5]
    ]
    return BadCityData(f"{path} 有误：" + "; ".join(faults), file=str(path), faults=faults)


def _with_absolute_paths(data: Any, folder: Path) -> Any:
    """The same data with each path resolved against the folder of `city.yaml`."""
    if not isinstance(data, dict):
        return data
    out = dict(data)
    if isinstance(files := out.get("files"), dict):
        out["files"] = {key: folder / str(value) for key, value in files.items()}
    if isinstance(calendars := out.get("calendars"), list):
        out["calendars"] = [folder / str(value) for value in calendars]
    if isinstance(catalogue := out.get("catalogue"), dict):
        out["catalogue"] = {
            key: value if key == "adopted" else folder / str(value) for key, value in catalogue.items()
        }
    return out


def _check_files(path: Path, city: City) -> None:
    named = {f"files.{key}": value for key, value in city.files}
    named |= {f"calendars.{i}": value for i, value in enumerate(city.calendars)}
    named |= {f"catalogue.{key}": value for key, value in city.catalogue if isinstance(value, Path)}
    for key, value in named.items():
        if not value.exists():
            raise BadCityData(f"{path} 的 {key} 指向不存在的 {value}。", file=str(path), key=key)
