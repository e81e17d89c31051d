"""The table of docs/warnings.md: which test holds which line of the contract of CAP, and each is there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_ROW = re.compile(r"^\| (§\d+ [^|]+) \| ([^|]+) \|$", re.MULTILINE)


def named_tests() -> list[tuple[str, str, str]]:
    """Each line of the contract with a file and a test that it names."""
    found = []
    for line, cell in _ROW.findall((ROOT / "docs" / "warnings.md").read_text("utf-8")):
        for part in cell.split(";"):
            path, _, names = part.strip().partition("::")
            found += [(line.strip(), path, name.strip()) for name in names.split(",")]
    return found


NAMED = named_tests()


def names_of_tests(path: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / f"{path}.py").read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("line", "path", "name"), NAMED, ids=[f"{row[1]}::{row[2]}" for row in NAMED])
def test_the_named_test_is_there(line: str, path: str, name: str) -> None:
    assert name in names_of_tests(path), line


def test_every_part_of_the_contract_with_a_rule_has_its_line() -> None:
    assert {line.split()[0] for line, _, _ in NAMED} == {f"§{n}" for n in (1, 2, 3, 4, 5, 6, 7, 9, 10)}
