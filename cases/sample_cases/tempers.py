"""How well sample departments and people work: uneven, as in life, so that evaluation can tell them apart.

Who is slow is drawn from the code or name alone and says nothing of any real department; all of it is sample.
"""

from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32


@dataclass(frozen=True, slots=True)
class Temper:
    """Shares of a department's cases that are late, come back, (lately) lie about, or are extended."""

    late: float
    rework: float
    left_lying: float = 0.0
    extended: float = 0.02


TEMPERS: tuple[Temper, ...] = (
    Temper(0.02, 0.01), Temper(0.05, 0.03), Temper(0.08, 0.04), Temper(0.12, 0.06), Temper(0.03, 0.02),
    Temper(0.18, 0.08), Temper(0.30, 0.15, 0.05), Temper(0.05, 0.05), Temper(0.10, 0.10),
    Temper(0.45, 0.25, 0.1, 0.06), Temper(0.66, 0.36, 0.3, 0.1), Temper(0.25, 0.12, 0.0, 0.08),
)  # fmt: skip
STREET_FACTORS = (0.5, 0.8, 1.0, 1.3, 1.8)
PACES = (0.7, 0.9, 1.0, 1.2, 1.5, 2.1)
LATELY = timedelta(days=60)
"""What lies about was reported within this time; older cases were all brought to an end."""


def temper_of(department_code: str) -> Temper:
    """How a department works."""
    return TEMPERS[_lot(department_code) % len(TEMPERS)]


def late_share(department_code: str, subdistrict_code: str) -> float:
    """How many of a department's cases are late in a street: some streets are harder than others."""
    factor = STREET_FACTORS[_lot(subdistrict_code) % len(STREET_FACTORS)]
    return min(0.9, temper_of(department_code).late * factor)


def pace_of(name: str) -> float:
    """By how much a person takes longer than others."""
    return PACES[_lot(name) % len(PACES)]


def _lot(words: str) -> int:
    return crc32(f"citygrid{words}".encode())
