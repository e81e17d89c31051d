"""A reporter's own case: what was told, how to be told, how to stop, what the result is worth."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session
from starlette.datastructures import FormData

from cases.following import PublicCase, find_public_case
from cases.notices.follows import SCORES, choose, find_chosen, rate, read_follow, stop
from cases.notices.reading import list_public_notices
from gis_core.errors import NotFound
from web import throttle
from web.accounts.guards import FormSent, open_to_all, visitor_asking
from web.accounts.people import Visitor
from web.rendering import page, see_other
from web.reporters import reporter_channels
from web.wiring import Wired, Wiring
from web.words import choose_language

router = APIRouter()
Anyone = Annotated[Visitor, open_to_all]


class NotYourCase(NotFound):
    """Number and code do not fit."""

    code = "not_your_case"


@router.post("/track/follow")
def follow_case(request: Request, form: FormSent, visitor: Anyone, wiring: Wired) -> Response:
    """Keep how the reporter wants to hear, or that he or she does not."""
    case_no, code, found = _own_case(wiring, form, visitor)
    follow = read_follow(_said(form, "tell_by"), _said(form, "address"), choose_language(request))
    at = wiring.clock.now()
    throttle.spend(wiring.sessions, throttle.FOLLOWS_BY_ADDRESS, visitor.address, at=at)
    with wiring.sessions.begin() as session:
        choose(session, found.case_no, code, follow, teller=wiring.cases.teller, at=at)
    return see_other(f"/track?no={case_no}&code={code}")


@router.post("/track/rate")
def rate_case(form: FormSent, visitor: Anyone, wiring: Wired) -> Response:
    """Keep what the reporter says of the result, once after each closing."""
    case_no, code, found = _own_case(wiring, form, visitor)
    score = _said(form, "score")
    with wiring.sessions.begin() as session:
        given = int(score) if len(score) == 1 and score.isascii() and score.isdigit() else 0
        who = visitor_asking(at=wiring.clock.now())
        rate(session, found, code, score=given, words=_said(form, "words"), asking=who)
    return see_other(f"/track?no={case_no}&code={code}")


@router.get("/stop", dependencies=[open_to_all])
def ask_to_stop(request: Request, t: str = "") -> Response:
    """One button; nothing ends by opening a link, for mail servers open links too."""
    return page(request, "public/stop.html", {"token": t[:32], "is_done": False})


@router.post("/stop")
def stop_messages(request: Request, form: FormSent, visitor: Anyone, wiring: Wired) -> Response:
    """No more messages to that address about that case."""
    at = wiring.clock.now()
    with wiring.sessions.begin() as session:
        is_known = stop(session, _said(form, "t"), at=at)
    if not is_known:
        throttle.spend(wiring.sessions, throttle.WRONG_CODES_BY_ADDRESS, visitor.address, at=at)
    return page(request, "public/stop.html", {"token": "", "is_done": True})


def followed(
    session: Session, wiring: Wiring, found: PublicCase, code: str, *, language: str
) -> dict[str, object]:
    """What the page of a case shows its reporter beside how far it is; two queries."""
    numbers = [found.case_no, *([found.merged_into] if found.merged_into else [])]
    chosen = find_chosen(session, found.case_no, code, reopen_count=found.reopen_count)
    return {
        "told_words": list_public_notices(session, numbers, language=language),
        "chosen": chosen,
        "reporter_channels": reporter_channels(wiring),
        "may_rate": found.stage == "done" and chosen.score is None,
        "scores": SCORES,
    }


def _own_case(wiring: Wiring, form: FormData, visitor: Visitor) -> tuple[str, str, PublicCase]:
    case_no, code = "".join(_said(form, "no").split())[:20], _said(form, "code").upper()[:12]
    at = wiring.clock.now()
    throttle.need_left(wiring.sessions, throttle.WRONG_CODES_BY_ADDRESS, visitor.address, at=at)
    with wiring.sessions() as session:
        found = find_public_case(session, case_no, code, types=wiring.cases.types)
    if found is None:
        throttle.spend(wiring.sessions, throttle.WRONG_CODES_BY_ADDRESS, visitor.address, at=at)
        raise NotYourCase("案卷号或查询码不对，没有写入任何内容。请从查询页面重新进入。")
    return case_no, code, found


def _said(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
