"""Cells of a CSV that we write: none acts as a formula in a spreadsheet or as a command in a terminal."""

import re

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""The last four are the wide ones, which some spreadsheets take for the narrow (OWASP, CSV injection)."""
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")


def harmless(cell: str, *, keeps_numbers: bool = False) -> str:
    """A cell that no spreadsheet takes for a formula and no terminal for a command.

    With `keeps_numbers` a signed number stays one, as a table of somebody else may have them.

    >>> harmless("=1+1"), harmless("61030301001000001")
    ("'=1+1", '61030301001000001')
    >>> harmless("-3.5"), harmless("-3.5", keeps_numbers=True)
    ("'-3.5", '-3.5')
    """
    plain = UNPRINTABLE.sub("\ufffd", cell)
    if not plain.startswith(FORMULA_SIGNS) or (keeps_numbers and _NUMBER.fullmatch(plain)):
        return plain
    return f"'{plain}"


def as_meant(cell: str) -> str:
    """A cell as it was before `harmless` wrote it.

    >>> as_meant("'=1+1"), as_meant("'s-Hertogenbosch")
    ('=1+1', "'s-Hertogenbosch")
    """
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_SIGNS) else cell
