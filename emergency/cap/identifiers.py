"""Identifiers of messages: the national form of 31 characters, and the international object identifier.

National: `ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N`: division (GB/T 2260), sector (GB/T 4657), unit, extension, time
of entry, serial 0 to 9. Messages in use lack the serial (29 characters); both are read. International:
`urn:oid:2.49.0.1.COUNTRY.AUTHORITY.YEAR.MONTH.DAY.HOUR.MINUTE.SECOND.SERIAL`, the way alerting authorities
write their register number.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gis_core.clock import CITY_ZONE, city_time
from gis_core.errors import BadInput

CHINA: Final = 156
_ISSUER = re.compile(r"[0-9]{14}")
_NATIONAL = re.compile(r"([0-9]{14})_([0-9]{14})(?:_([0-9]))?")


class BadIdentifier(BadInput):
    """A part of an identifier that has not the form the rule gives it."""

    code = "cap_bad_identifier"


@dataclass(frozen=True, slots=True)
class NationalIdentifier:
    """The parts of a national identifier: issuer (14 digits), moment of entry, serial or None."""

    issuer_code: str
    entered: datetime
    serial: int | None

    @property
    def division_code(self) -> str:
        """The division of GB/T 2260 the issuer belongs to."""
        return self.issuer_code[:6]


def issuer_code(division: str, sector: str, *, unit: str = "000", extension: str = "00") -> str:
    """The code of who issues: six, three, three and two digits.

    :raises BadIdentifier:

    >>> issuer_code("410000", "416")
    '41000041600000'
    """
    code = division + sector + unit + extension
    if not _ISSUER.fullmatch(code) or len(division) != 6 or len(sector) != 3 or len(unit) != 3:
        raise BadIdentifier(
            "发布单位编码应为 6 位行政区划、3 位行业、3 位单位和 2 位扩展，都是数字。请检查。"
        )
    return code


def national_identifier(issuer: str, entered: datetime, serial: int) -> str:
    """The identifier of a message in the national form.

    :raises BadIdentifier:

    >>> from datetime import UTC
    >>> national_identifier("61030041600000", datetime(2025, 7, 16, 16, 45, tzinfo=UTC), 0)
    '61030041600000_20250717004500_0'
    """
    if not _ISSUER.fullmatch(issuer):
        raise BadIdentifier(f"发布单位编码“{issuer[:20]}”应为 14 位数字。请检查。")
    if not 0 <= serial <= 9:
        raise BadIdentifier("同一秒内的序号只能是 0 到 9。请稍后再发。")
    return f"{issuer}_{city_time(entered):%Y%m%d%H%M%S}_{serial}"


def find_national(identifier: str) -> NationalIdentifier | None:
    """The parts of an identifier of the national form, with or without its serial; None for any other.

    >>> find_national("41000041600000_20200205105119").division_code
    '410000'
    >>> find_national("BJ-20250717T004500-0001") is None
    True
    """
    found = _NATIONAL.fullmatch(identifier)
    if not found:
        return None
    try:
        entered = datetime.strptime(found[2], "%Y%m%d%H%M%S").replace(tzinfo=CITY_ZONE)
    except ValueError:
        return None
    return NationalIdentifier(found[1], entered, int(found[3]) if found[3] else None)


def oid_identifier(
    authority: tuple[int, ...], entered: datetime, serial: int, *, country: int = CHINA
) -> str:
    """The identifier of a message as an object identifier below the arc for alerts.

    :raises BadIdentifier:

    >>> from datetime import UTC
    >>> oid_identifier((0, 610300), datetime(2025, 7, 16, 16, 45, tzinfo=UTC), 1)
    'urn:oid:2.49.0.1.156.0.610300.2025.7.17.0.45.0.1'
    """
    if not authority or min(*authority, serial, country) < 0:
        raise BadIdentifier("对象标识的各段都应是不小于 0 的整数，发布机构至少一段。请检查。")
    at = city_time(entered)
    arcs = (
        country, *authority, at.year, at.month, at.day, at.hour, at.minute, at.second, serial,
    )  # fmt: skip
    return "urn:oid:2.49.0.1." + ".".join(str(arc) for arc in arcs)
