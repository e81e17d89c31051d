"""A draft of a plan in the editor: begun, every part opened and saved, a trigger built, taken back."""

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from emergency.response.reading import get_version, list_edits, list_versions
from emergency.rules.plans.document import Plan
from emergency.rules.plans.editing import read_part
from emergency.rules.plans.reading import parse_plan
from tests.faces.test_responses import activate, flood, plans
from tests.rules.test_plan_editing import FLOOD, places_of
from web.wiring import Wiring

SignedIn = Callable[[str], TestClient]
DRAFT = "/duty/plans/BJ-FX/1.1/edit"
assert plans


@pytest.fixture
def commander(signed_in: SignedIn) -> TestClient:
    return signed_in("commander")


@pytest.fixture
def draft(commander: TestClient) -> TestClient:
    """The commander with a draft 1.1 of the flood plan."""
    begun = send(commander, "/duty/plans/BJ-FX/1.0/draft", new_version="1.1")
    assert begun.status_code == 303
    assert begun.headers["location"].startswith(DRAFT)
    return commander


def send(who: TestClient, path: str, **fields: str | list[str]) -> Response:
    return who.post(path, data={"csrf": who.headers["x-csrf-token"]} | fields, follow_redirects=False)


def kept(wiring: Wiring, version: str = "1.1") -> Plan:
    with wiring.sessions() as session:
        return get_version(list_versions(session, "BJ-FX"), version).plan


def form_of(shown: str, do: str = "save", at: str | None = None) -> dict[str, list[str]]:
    """The fields of a form of the page as a browser would send them."""
    forms = re.findall(r"<form.*?</form>", shown, re.DOTALL)
    wanted = [one for one in forms if f'name="do" value="{do}"' in one]
    form = next(one for one in wanted if at is None or f'name="at" value="{at}"' in one)
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            fields.setdefault(name[1], []).append(plain(value[1] if value else "on"))
    for name, text in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        fields.setdefault(name, []).append(plain(text))
    for name, inside in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inside) or re.search(
            r'value="([^"]*)"', inside
        )
        fields.setdefault(name, []).append(plain(chosen[1] if chosen else ""))
    return fields


def plain(text: str) -> str:
    for escaped, sign in (("&lt;", "<"), ("&gt;", ">"), ("&#34;", '"'), ("&#39;", "'"), ("&amp;", "&")):
        text = text.replace(escaped, sign)
    return text


def open_part(who: TestClient, part: str, key: str = "", **more: str) -> str:
    shown = who.get(DRAFT, params={"part": part, "key": key} | more)
    assert shown.status_code == 200
    return shown.text


def test_every_part_that_is_opened_and_saved_as_it_stands_changes_nothing(
    draft: TestClient, wiring: Wiring
) -> None:
    before = kept(wiring)
    for place in places_of(FLOOD):
        answer = send(draft, DRAFT, **form_of(open_part(draft, place.kind, place.key)))
        assert answer.status_code == 303, (place, answer.text)
        assert read_part(kept(wiring), place) == read_part(before, place)
    assert kept(wiring) == before
    with wiring.sessions() as session:
        assert list_edits(session, get_version(list_versions(session, "BJ-FX"), "1.1").head.id) == []


def test_a_task_is_added_changed_moved_removed_and_all_of_it_taken_back(
    draft: TestClient, wiring: Wiring
) -> None:
    before = kept(wiring)
    fields = form_of(open_part(draft, "task", group=before.groups[0].code)) | {
        "code": ["FX-900"],
        "text": ["封闭清姜河两岸步道"],
        "takes_min": ["20"],
        "due_offset_min": ["45"],
        "level_from": ["3"],
        "depends_on": [before.tasks[0].code],
        "law": ["ERL:73"],
        "resource_kind": ["barrier", ""],
        "resource_name": ["隔离栏", ""],
        "resource_quantity": ["40", ""],
        "resource_unit": ["个", ""],
        "resource_reusable": ["yes", "yes"],
    }
    saved = send(draft, DRAFT, **fields)
    assert saved.status_code == 303, saved.text
    assert saved.headers["location"].endswith("part=task&key=FX-900&done=1")
    added = kept(wiring).tasks[-1]
    assert (added.text, added.due_offset_min, added.resources[0].quantity) == ("封闭清姜河两岸步道", 45, 40)
    assert "增加任务 FX-900" in open_part(draft, "task", "FX-900")

    later = form_of(open_part(draft, "task", "FX-900")) | {"due_offset_min": ["60"]}
    assert send(draft, DRAFT, **later).status_code == 303
    for do in ("up", "remove"):
        assert send(draft, DRAFT, **form_of(open_part(draft, "task", "FX-900"), do)).status_code == 303
    assert kept(wiring) == before

    for code in ([], ["FX-900"], ["FX-900"], ["FX-900"]):
        assert [one.code for one in kept(wiring).tasks if one.code == "FX-900"] == code
        assert send(draft, DRAFT, **form_of(open_part(draft, "head"), "take_back")).status_code == 303
    assert kept(wiring) == before
    nothing = {"sha256": form_of(open_part(draft, "head"))["sha256"], "do": "take_back"}
    assert "没有可以撤销的改动" in send(draft, DRAFT, **nothing).text


def test_a_trigger_is_built_and_its_examples_say_what_comes_of_it(draft: TestClient, wiring: Wiring) -> None:
    shown = open_part(draft, "level", "3", at="", measure="flow_m3_s")
    fields = form_of(shown, "add") | {"gauge": ["益门镇站"], "at_least": ["280"]}
    assert send(draft, DRAFT, **fields).status_code == 303
    assert "益门镇站流量 ≥ 280 立方米每秒" in open_part(draft, "level", "3")

    last = len(kept(wiring).find_level(3).trigger.members) - 1  # type: ignore[union-attr]
    opened = form_of(open_part(draft, "level", "3", at=str(last)), "put")
    assert opened["gauge"] == ["益门镇站"]
    refused = send(draft, DRAFT, **(opened | {"at_least": ["viel"]}))
    assert refused.status_code == 400
    assert 'value="viel"' in refused.text
    assert send(draft, DRAFT, **(opened | {"at_least": ["290"]})).status_code == 303
    assert (
        send(draft, DRAFT, **form_of(open_part(draft, "level", "3"), "wrap_not", str(last))).status_code
        == 303
    )
    assert send(draft, DRAFT, **form_of(open_part(draft, "level", "3"), "drop", str(last))).status_code == 303
    assert kept(wiring).find_level(3) == FLOOD.find_level(3)


def test_of_two_at_once_the_second_is_told_and_keeps_what_was_typed(
    draft: TestClient, wiring: Wiring
) -> None:
    first = form_of(open_part(draft, "section", "general/general-purpose"))
    second = dict(first)
    assert send(draft, DRAFT, **(first | {"text": ["第一个人写的目的"]})).status_code == 303
    late = send(draft, DRAFT, **(second | {"text": ["第二个人写的目的"]}))
    assert late.status_code == 409
    assert "第二个人写的目的" in late.text
    assert kept(wiring).chapters[0].sections[0].text == "第一个人写的目的"


def test_only_drafts_are_edited_and_a_plan_with_errors_is_not_approved(
    draft: TestClient, wiring: Wiring
) -> None:
    approved = draft.get("/duty/plans/BJ-FX/1.0/edit").text
    assert "这一版不能修改" in approved
    assert send(draft, "/duty/plans/BJ-FX/1.0/edit", part="termination", do="remove").status_code == 422

    ended = form_of(open_part(draft, "termination"), "remove")
    assert send(draft, DRAFT, **ended).status_code == 303
    assert "没有写响应终止的条件" in open_part(draft, "head")
    assert send(draft, "/duty/plans/BJ-FX/1.1/review").status_code == 303
    assert "不能批准" in send(draft, "/duty/plans/BJ-FX/1.1/approved").text
    assert send(draft, "/duty/plans/BJ-FX/1.1/draft", new_version="1.1").status_code == 409
    assert send(draft, "/duty/plans/BJ-FX/1.1/draft", new_version="neu").status_code == 400


def test_a_draft_that_a_drill_rests_on_is_kept_as_it_was(
    draft: TestClient, signed_in: SignedIn, wiring: Wiring
) -> None:
    with wiring.sessions() as session:
        number = get_version(list_versions(session, "BJ-FX"), "1.1").head.id
    drill = flood(signed_in("duty1"), is_drill="true")
    assert activate(draft, drill, number).status_code == 303
    refused = send(draft, DRAFT, **form_of(draft.get("/duty/plans/BJ-FX/1.1/edit").text) | {"name": ["别的"]})
    assert refused.status_code == 422
    assert "已在演练中使用" in refused.text
    assert kept(wiring).name == FLOOD.name


def test_another_plan_begins_as_a_copy_and_leaves_as_a_file(draft: TestClient) -> None:
    copied = send(
        draft, "/duty/plans/BJ-FX/1.0/draft", new_version="0.1", code="QJ-FX", name="清姜河防洪预案"
    )
    assert copied.headers["location"] == "/duty/plans/QJ-FX/0.1/edit?done=1"
    again = send(draft, "/duty/plans/BJ-FX/1.0/draft", new_version="0.2", code="QJ-FX", name="清姜河防洪预案")
    assert again.status_code == 409
    file = draft.get("/duty/plans/QJ-FX/0.1/file")
    assert file.headers["content-disposition"] == 'attachment; filename="QJ-FX-0.1.yaml"'
    assert parse_plan(file.text).name == "清姜河防洪预案"


def test_who_may_edit(signed_in: SignedIn, draft: TestClient) -> None:
    assert signed_in("duty1").get(DRAFT).status_code == 200
    assert signed_in("leader").get(DRAFT).status_code == 403
    assert draft.get("/duty/plans/BJ-FX/9.9/edit").status_code == 404
    assert draft.get(DRAFT, params={"part": "task", "key": "none"}).status_code == 404
    assert draft.get(DRAFT, params={"part": "soul"}).status_code == 400
