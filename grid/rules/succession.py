"""Divisions that became others: which code stands for the same ground on another day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class DivisionChange:
    """A division that got another code and name on a day; codes below it follow."""

    old_code: str
    old_name: str
    new_code: str
    new_name: str
    changed_on: date
    status: str
    source: str


def code_on(changes: Sequence[DivisionChange], code: str, on: date) -> str:
    """The code that the ground of `code` (of a division or of anything in it) had, or has, on a day.

    >>> fengxiang = DivisionChange("610322", "凤翔县", "610305", "凤翔区", date(2021, 1, 1), "", "")
    >>> code_on([fengxiang], "610322101", date(2026, 1, 1)), code_on([fengxiang], "610305", date(2020, 6, 1))
    ('610305101', '610322')
    """
    for change in sorted(changes, key=lambda one: one.changed_on):
        if change.changed_on <= on and code.startswith(change.old_code):
            code = change.new_code + code[len(change.old_code) :]
    for change in sorted(changes, key=lambda one: one.changed_on, reverse=True):
        if on < change.changed_on and code.startswith(change.new_code):
            code = change.old_code + code[len(change.new_code) :]
    return code


def find_change(changes: Sequence[DivisionChange], code: str) -> DivisionChange | None:
    """The change that made a code an old one; None when it is in use."""
    return next((one for one in changes if code.startswith(one.old_code)), None)
