"""`citygrid open311`: keys of the systems that report through Open311."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from web.cli_shared import DataDir, console, now, open_city

if TYPE_CHECKING:
    from datetime import datetime

    from gis_core.db import Sessions

app = typer.Typer(
    help="Open311: keys for other systems, issued, listed and revoked. A key is shown once.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="The system, such as the name of an app or of a company.")]


@app.command()
def add_key(
    name: Name,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do: report, update, call, media, sensor; the first two by default."),
    ] = None,
    per_hour: Annotated[int, typer.Option(help="Reports and updates it may send an hour.")] = 600,
    data_dir: DataDir = None,
) -> None:
    """Issue a key to another system and print it: this once, for only its hash is kept."""
    from web.accounts.keys import issue_key

    with _sessions(data_dir, "citygrid open311 add-key") as sessions:
        key = issue_key(sessions, name, scopes=scope or ["report", "update"], per_hour=per_hour, at=now())
    console.print(f"密钥（只显示这一次，请交给对方并妥善保管）：\n{key}", markup=False)


@app.command()
def list_keys(data_dir: DataDir = None) -> None:
    """List the keys that were issued: what each may do, how often, its last use; never the key."""
    from rich.table import Table

    from web.accounts.keys import SCOPES
    from web.accounts.reading import list_keys as read_keys

    with _sessions(data_dir, "citygrid open311 list-keys") as sessions, sessions() as session:
        keys = read_keys(session)
    table = Table()
    for heading in ("名称", "权限", "每小时", "发放", "最近使用", "停用"):
        table.add_column(heading)
    for key in keys:
        scopes = "、".join(SCOPES.get(scope, scope) for scope in key.scopes)
        moments = (_said(moment) for moment in (key.created_at, key.used_at, key.revoked_at))
        table.add_row(key.name, scopes, f"{key.per_hour:,}", *moments)
    console.print(table)


@app.command()
def revoke_key(name: Name, data_dir: DataDir = None) -> None:
    """Revoke a key at once, in every process; its reports stay, and its name is free again."""
    from web.accounts import keys

    with _sessions(data_dir, "citygrid open311 revoke-key") as sessions:
        keys.revoke_key(sessions, name, at=now())
    console.print(f"密钥“{name}”已停用。", markup=False)


@contextmanager
def _sessions(data_dir: DataDir, command: str) -> "Iterator[Sessions]":
    with open_city(data_dir, command) as (sessions, _, _):
        yield sessions


def _said(moment: "datetime | None") -> str:
    from gis_core.clock import city_time

    return "–" if moment is None else f"{city_time(moment):%Y-%m-%d %H:%M}"
