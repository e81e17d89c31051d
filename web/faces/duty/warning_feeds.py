"""Feeds of warnings at the duty desk: which are read, how each went, what came."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from cases.rules.deciding import Asking
from emergency.sources.feeds import MOST_MIN, Feeds
from emergency.sources.reading import last_heard, list_feeds
from emergency.warnings.reading import list_warnings
from gis_core.errors import BadInput, CitygridError, Conflict, NotFound, Refused
from web.accounts.guards import FormSent, asking, requires
from web.accounts.people import Person
from web.accounts.reading import list_keys
from web.errors import status_of
from web.faces.queues import places_of
from web.forms import parse
from web.rendering import page, see_other
from web.warning_work import PUBLISHES, open_getter
from web.wiring import Wired, Wiring

router = APIRouter(prefix="/duty/warnings/feeds")
Keeper = Annotated[Person, requires(*PUBLISHES)]
REFUSALS = (BadInput, Conflict, NotFound, Refused)
MOST_SHOWN = 5


class FeedSent(BaseModel):
    """The form of a feed."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field("", max_length=100, title="名称")
    url: str = Field("", max_length=2_000, title="地址")
    every_min: int = Field(5, ge=0, le=100 * MOST_MIN, title="间隔")


class SenderSent(BaseModel):
    """How often a sender by key is to be heard."""

    model_config = ConfigDict(extra="ignore")

    sender: str = Field("", max_length=60, title="发送方")
    often_min: int = Field(60, ge=0, le=100 * MOST_MIN, title="间隔")


class NoSuchSender(BadInput):
    """No key of that name brings warnings."""

    code = "no_such_warning_sender"


@router.get("")
def show_feeds(request: Request, person: Keeper, wiring: Wired) -> Response:
    """Every feed: when it was heard, why not, and what came last."""
    return _page(request, wiring, person)


@router.post("")
def add_feed(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Read a feed from now on."""
    try:
        sent = parse(FeedSent, form)
        _feeds(wiring).add(sent.name, sent.url, sent.every_min, _who(wiring, person))
    except REFUSALS as refusal:
        typed = {key: str(form.get(key) or "") for key in FeedSent.model_fields}
        return _page(request, wiring, person, refusal=refusal, typed=typed)
    return see_other("/duty/warnings/feeds?done=add")


@router.post("/expect")
def expect_sender(request: Request, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Expect to hear a sender by key so often."""
    try:
        sent = parse(SenderSent, form)
        _need_key(wiring, sent.sender)
        _feeds(wiring).expect(sent.sender, sent.often_min, _who(wiring, person))
    except REFUSALS as refusal:
        typed = {key: str(form.get(key) or "") for key in SenderSent.model_fields}
        return _page(request, wiring, person, refusal=refusal, typed=typed)
    return see_other("/duty/warnings/feeds?done=expect")


def _need_key(wiring: Wiring, name: str) -> None:
    if name not in _senders(wiring):
        raise NoSuchSender("没有这个凭密钥报送预警的发送方。请系统管理员先发密钥，再从列表中选择。")


def _senders(wiring: Wiring) -> list[str]:
    """The names of keys by which warnings come."""
    with wiring.sessions() as session:
        return [one.name for one in list_keys(session) if one.revoked_at is None and "warning" in one.scopes]


@router.post("/{feed_id}/pause")
def pause_feed(feed_id: int, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Read it no more until somebody says so."""
    _feeds(wiring).switch(feed_id, is_on=False, asking=_who(wiring, person))
    return see_other("/duty/warnings/feeds?done=pause")


@router.post("/{feed_id}/resume")
def resume_feed(feed_id: int, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Read it again, at once."""
    _feeds(wiring).switch(feed_id, is_on=True, asking=_who(wiring, person))
    return see_other("/duty/warnings/feeds?done=resume")


@router.post("/{feed_id}/fetch")
def fetch_feed(feed_id: int, form: FormSent, person: Keeper, wiring: Wired) -> Response:
    """Let the worker read it now."""
    _feeds(wiring).fetch_now(feed_id, _who(wiring, person))
    return see_other("/duty/warnings/feeds?done=fetch")


def _feeds(wiring: Wiring) -> Feeds:
    return Feeds(wiring.sessions, open_getter(wiring.settings))


def _who(wiring: Wiring, person: Person) -> Asking:
    return asking(person, person.acting_as(*PUBLISHES), at=wiring.clock.now())


def _page(
    request: Request,
    wiring: Wiring,
    person: Person,
    *,
    refusal: CitygridError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    with wiring.sessions() as session:
        feeds, heard = list_feeds(session), last_heard(session)
        came = list_warnings(session, direction="in")
    shown = {
        "places": places_of(person),
        "feeds": feeds,
        "heard": heard,
        "came": {feed.id: [one for one in came if one.channel == feed.name][:MOST_SHOWN] for feed in feeds},
        "typed": {"name": "", "url": "", "every_min": "5", "sender": "", "often_min": "60"} | (typed or {}),
        "senders": _senders(wiring),
        "refusal": refusal,
        "done": request.query_params.get("done", "")[:12],
        "has_hosts": bool(wiring.settings.feed_hosts.strip()),
        "now": wiring.clock.now(),
    }
    status = 200 if refusal is None else status_of(refusal)
    return page(request, "duty/warning_feeds.html", shown, status=status)
