"""Whoever audits the published values finds every test that the table names."""

import ast
import re
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "published-values.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| value")]
KINDS = {"S", "M", "R", "–"}


@cache
def known_tests(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def named_in(text: str) -> list[tuple[str, str]]:
    """Files and tests; `::test_x` alone is of the file named before it."""
    found: list[tuple[str, str]] = [("", "")]
    for file, test in re.findall(r"`([\w/.]*)::(\w+)`", text):
        found.append((file or found[-1][0], test))
    return [after for _, after in pairwise(found)]


@pytest.mark.parametrize(("file", "test"), sorted(set(named_in(PAGE))))
def test_every_test_that_the_table_names_exists(file: str, test: str):
    assert test in known_tests(file)


@pytest.mark.parametrize("row", ROWS)
def test_every_value_has_a_kind_a_source_and_a_test(row: str):
    _, value, kind, source, tests, _ = [cell.strip() for cell in row.split("|")]
    assert value
    assert set(kind.split(", ")) <= KINDS
    assert source
    assert tests.startswith("`tests/")
