"""Kept views of a desk: save what is shown, order them, open with one, share, remove and take that back."""

from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import QueryParams

from gis_core.errors import BadInput
from web.accounts import desk_views
from web.accounts.guards import FormSent
from web.accounts.people import Person
from web.faces.queues import KEPT_IN_VIEWS, POSTS, places_of, read_queue
from web.faces.workbench.posts import at_a_desk, get_post
from web.filters import kept
from web.forms import parse
from web.rendering import page, see_other
from web.wiring import Wired

router = APIRouter(prefix="/workbench")
MAY_SHARE = "duty_chief"
AtDesk = Annotated[Person, at_a_desk]


class ViewNeedsName(BadInput):
    """A view is found again by its name."""

    code = "view_needs_name"


class ViewSent(BaseModel):
    """The form of a new view."""

    model_config = ConfigDict(extra="ignore")

    name: str = Field("", max_length=40, title="视图名称")
    query: str = Field("", max_length=2000, title="筛选条件")
    is_default: bool = Field(False, title="默认打开")


@router.get("/{key}/views")
def show_views(request: Request, key: str, person: AtDesk, wiring: Wired) -> Response:
    """The views of this desk, and the form that keeps what is shown now."""
    post = get_post(key, person)
    with wiring.sessions() as session:
        known = desk_views.read_desk(session, person.id, post.key)
    shown = {
        "post": post,
        "query": urlencode(kept(request.query_params, KEPT_IN_VIEWS)),
        "views": [view for view in known.views if not view.is_removed],
        "posts": POSTS,
        "may_share": person.may_act_as(MAY_SHARE),
        "places": places_of(person),
    }
    return page(request, "workbench/views.html", shown)


@router.post("/{key}/views")
def save_view(key: str, form: FormSent, person: AtDesk, wiring: Wired) -> Response:
    """Keep a filter under a name."""
    post = get_post(key, person)
    sent = parse(ViewSent, form)
    if not sent.name.strip():
        raise ViewNeedsName("请给视图起个名字，以后按名字找到它。")
    query = QueryParams(kept(QueryParams(parse_qsl(sent.query)), KEPT_IN_VIEWS))
    read_queue(post, person, query)
    said = urlencode(query.multi_items())
    with wiring.sessions.begin() as session:
        desk_views.save_view(
            session, person.id, post.key, name=sent.name.strip(), query=said, at=wiring.clock.now()
        )
    return see_other(f"{post.address}?{said}" if said else f"{post.address}?tab={post.tabs[0].key}")


@router.post("/{key}/views/{view_id}/{deed}")
def change_view(  # noqa: PLR0917  # what FastAPI hands in, by name
    key: str, view_id: int, deed: str, form: FormSent, person: AtDesk, wiring: Wired
) -> Response:
    """Change one view: default, plain, up, share, remove, restore."""
    post, at = get_post(key, person), wiring.clock.now()
    with wiring.sessions.begin() as session:
        match deed:
            case "default":
                desk_views.set_default(session, person.id, post.key, view_id)
            case "plain":
                desk_views.set_default(session, person.id, post.key, None)
            case "up":
                desk_views.move_up(session, person.id, view_id)
            case "share":
                person.acting_as(MAY_SHARE)
                wanted = {str(one) for one in form.getlist("post")}
                posts = [one.key for one in POSTS if one.key in wanted]
                desk_views.share(session, person.id, view_id, posts, at)
            case "remove":
                desk_views.remove(session, person.id, view_id, at)
            case "restore":
                desk_views.restore(session, person.id, view_id)
            case _:
                raise desk_views.NoSuchView("没有这个操作。请刷新页面后重试。")
    back = f"{post.address}?tab={post.tabs[0].key}"
    return see_other(f"{back}&removed={view_id}" if deed == "remove" else back)
