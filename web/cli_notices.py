"""`citygrid notices`: the key of web push, webhooks, messages that did not arrive."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from gis_core.errors import NotFound
from web.cli_shared import DataDir, absolute, console, database, now
from web.settings import load_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

app = typer.Typer(
    help="Telling people: the key of web push, webhooks, messages that did not arrive.", no_args_is_help=True
)
Name = Annotated[str, typer.Argument(help="The webhook's name.")]


class NoSuchMessage(NotFound):
    """There is no message of this number that could be sent again."""

    code = "no_such_message"


@app.command()
def push_key(data_dir: DataDir = None) -> None:
    """Make the key of web push, once; browsers subscribe with it. Set CITYGRID_PUSH_CONTACT as well."""
    from gis_core.messages.push import make_key

    settings = load_settings(data_dir=absolute(data_dir))
    make_key(settings.push_key_file)
    console.print(f"推送密钥已写入 {settings.push_key_file}，请备份，并设置 CITYGRID_PUSH_CONTACT。")


@app.command()
def webhook_add(
    name: Name,
    url: Annotated[str, typer.Argument(help="Where to post; its host must be in CITYGRID_WEBHOOK_HOSTS.")],
    on: Annotated[list[str] | None, typer.Option(help="An action, at_risk or overdue; default all.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Register another system that is told of steps; prints its secret, this once."""
    from cases.notices.webhooks import add_webhook
    from gis_core.messages.posting import Allowed, Poster

    poster = Poster(Allowed.read(load_settings().webhook_hosts))
    with _session(data_dir) as session:
        secret = add_webhook(session, name, url, on or (), poster=poster, at=now())
    console.print(f"密钥（只显示这一次）：{secret}", markup=False)


@app.command()
def webhooks(data_dir: DataDir = None) -> None:
    """List webhooks with how many of their messages were sent, wait, and were given up."""
    from cases.notices.webhooks import list_webhooks

    with _session(data_dir) as session:
        for hook in list_webhooks(session):
            state = "" if hook.is_active else "（已暂停）"
            told = f"已发送 {hook.sent}，等待 {hook.waiting}，未送达 {hook.dead}"
            what = " ".join(hook.occasions) or "全部"
            console.print(f"{hook.name}{state} {hook.url} [{what}] {told}", markup=False)


@app.command()
def webhook_rotate(name: Name, data_dir: DataDir = None) -> None:
    """Change a webhook's secret; for a day both sign. Prints the new one, this once."""
    from cases.notices.webhooks import rotate_secret

    with _session(data_dir) as session:
        secret = rotate_secret(session, name, at=now())
    console.print(f"新密钥（只显示这一次）：{secret}", markup=False)


@app.command()
def webhook_remove(name: Name, data_dir: DataDir = None) -> None:
    """Remove a webhook and the log of its messages; nothing is told to it any more."""
    from cases.notices.webhooks import remove_webhook

    with _session(data_dir) as session:
        remove_webhook(session, name)
    console.print(f"已删除 {name}", markup=False)


@app.command()
def messages(
    status: Annotated[str, typer.Option(help="waiting, sent, dead, limited or stopped.")] = "dead",
    data_dir: DataDir = None,
) -> None:
    """List the newest messages of a status with the last answer; nobody's address is shown."""
    from cases.notices.sent_log import list_logged

    with _session(data_dir) as session:
        for row in list_logged(session, status=status):
            answer = row.attempts[-1].answer if row.attempts else "-"
            console.print(f"{row.id} {row.channel} {row.case_no} {row.occasion} {answer}", markup=False)


@app.command()
def resend(
    message_id: Annotated[int, typer.Argument(help="The message's number in the log.")],
    data_dir: DataDir = None,
) -> None:
    """Have a message tried anew that was given up, held back or sent before."""
    from cases.notices.outbox import send_again

    with _session(data_dir) as session:
        if not send_again(session, message_id, at=now()):
            raise NoSuchMessage("没有可以重发的这条消息；等待发送的会自己发出。")
    console.print("已重新排队。")


@contextmanager
def _session(data_dir: DataDir) -> "Iterator[Session]":
    from web.preparing import open_city_sessions

    with (
        database(load_settings(data_dir=absolute(data_dir)), "citygrid notices") as settings,
        open_city_sessions(settings) as sessions,
        sessions.begin() as session,
    ):
        yield session
