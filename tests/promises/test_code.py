"""Habits of every file: errors that help, indexes with a reason, words of the glossary, no hosts."""

import ast
import importlib
import pkgutil
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from gis_core.errors import BadInput, CitygridError, Conflict, NotAllowed, NotFound, Refused

ROOT = Path(__file__).resolve().parents[2]
FLOORS = ("gis_core", "grid", "cases", "emergency", "portals", "web")
KINDS = {CitygridError, BadInput, NotAllowed, NotFound, Conflict, Refused}
SOURCES = [path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py"))]
TABLES = [path for path in SOURCES if path.name == "tables.py"]
VAGUE = {"utils", "helpers", "common", "manager", "service", "services", "misc", "util", "helper"}
TAKEN = {
    "ticket": "case",
    "tickets": "cases",
    "complaint": "report",
    "assignee_department": "department",
    "due_date": "due_at",
    "supervisor": "inspector",
    "grid_cell": "unit_grid",
}
"""Words that would name a thing twice, with the word of the glossary."""


def all_errors() -> list[type[CitygridError]]:
    for floor in FLOORS:
        for module in pkgutil.walk_packages([str(ROOT / floor)], prefix=f"{floor}."):
            importlib.import_module(module.name)
    found = [error for error in _below(CitygridError) - KINDS if not error.__name__.startswith("_")]
    return sorted(found, key=lambda error: error.__qualname__)


def _below(kind: type[CitygridError]) -> set[type[CitygridError]]:
    return {kind}.union(*(_below(error) for error in kind.__subclasses__()))


def raised_sentences(path: Path) -> Iterator[tuple[str, str]]:
    """Every `raise SomeError("…")` of ours: the error's name and the words it is raised with."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            name, words = node.exc.func, node.exc.args[0]
            if isinstance(name, ast.Name):
                yield name.id, ast.unparse(words)


ERRORS = all_errors()


def test_a_code_always_means_the_same_kind_of_answer() -> None:
    kinds_of_code: dict[str, set[str]] = {}
    for error in ERRORS:
        kinds_of_code.setdefault(error.code, set()).add(_kind_of(error).__name__)
    assert {code: kinds for code, kinds in kinds_of_code.items() if len(kinds) > 1} == {}


def test_no_error_goes_by_the_code_of_its_kind() -> None:
    assert [error.__name__ for error in ERRORS if error.code in {kind.code for kind in KINDS}] == []


def _kind_of(error: type[CitygridError]) -> type[CitygridError]:
    return next(base for base in error.__mro__ if base in KINDS)


@pytest.mark.parametrize("error", ERRORS, ids=[error.__name__ for error in ERRORS])
def test_every_error_says_what_it_means(error: type[CitygridError]) -> None:
    assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", error.code)
    assert error.__doc__


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_every_refusal_speaks_chinese(path: Path) -> None:
    ours = {error.__name__ for error in ERRORS} | {kind.__name__ for kind in KINDS}
    spoken = [words for name, words in raised_sentences(path) if name in ours and _is_literal(words)]
    assert [words for words in spoken if not re.search(r"[\u4e00-\u9fff]", words)] == []


def _is_literal(words: str) -> bool:
    return re.match(r"""f?['"][^{]""", words) is not None


@pytest.mark.parametrize("path", TABLES, ids=[str(path.relative_to(ROOT)) for path in TABLES])
def test_every_index_says_what_it_is_for(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    indexes = [number for number, line in enumerate(lines) if re.match(r"\s+Index\(", line)]
    assert [lines[number].strip() for number in indexes if "# Usage: " not in lines[number - 1]] == []


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_a_module_is_named_for_what_it_knows(path: Path) -> None:
    assert path.stem not in VAGUE


@pytest.mark.parametrize("path", SOURCES, ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_one_word_for_one_thing(path: Path) -> None:
    names = set(re.findall(r"\b[a-z_]+\b", _code_alone(path)))
    assert {name: TAKEN[name] for name in names & TAKEN.keys()} == {}


def _code_alone(path: Path) -> str:
    """The names a file defines or uses; its texts and comments may quote the standards."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    names += [node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    names += [node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)]
    names += [node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return " ".join(names)


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


PINNED = sorted((ROOT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("path", PINNED, ids=[path.name for path in PINNED])
def test_pinned_python_packages_name_no_host(path: Path) -> None:
    assert "://" not in path.read_text(encoding="utf-8")


def test_pinned_front_end_libraries_name_no_host() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text(encoding="utf-8")


PAGES = [
    path
    for path in tracked_files()
    if path.suffix in (".html", ".js", ".mjs", ".css") and "web" in path.parts
]


@pytest.mark.parametrize("path", PAGES, ids=[str(path.relative_to(ROOT)) for path in PAGES])
def test_no_page_asks_another_host(path: Path) -> None:
    without_names = re.sub(r"http://www\.w3\.org/\S+", "", path.read_text(encoding="utf-8"))
    assert re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z]{2,}", without_names) == []


@pytest.mark.parametrize("path", [*SOURCES], ids=[str(path.relative_to(ROOT)) for path in SOURCES])
def test_no_file_names_a_folder_of_somebody_s_machine(path: Path) -> None:
    assert re.findall(r"/(?:home|Users|work)/\w+", path.read_text(encoding="utf-8")) == []
