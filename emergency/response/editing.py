"""Drafts of plans: begun from another version, edited part by part, taken back step by step."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from cases.rules.deciding import Asking
from emergency.response import store
from emergency.response.operations import PlanVersionKnown
from emergency.response.reading import (
    PlanNotFound,
    PlanVersion,
    get_version,
    is_used,
    list_versions,
)
from emergency.rules.plans.document import STATE_NAMES, Plan
from emergency.rules.plans.reading import need_valid
from gis_core.db import Sessions
from gis_core.errors import Conflict, Refused


class NotADraft(Refused):
    """Only drafts that nothing rests on are edited; other versions stay as they are for ever."""

    code = "plan_not_a_draft"


class StaleDraft(Conflict):
    """Somebody else changed the draft after the page was drawn."""

    code = "stale_plan_draft"


class NothingToTakeBack(Refused):
    """There is no edit left that could be taken back."""

    code = "plan_nothing_to_take_back"


@dataclass(frozen=True, slots=True)
class Renamed:
    """Another plan that begins as a copy."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class PlanDrafts:
    """The operations on drafts, wired once; safe to share between threads."""

    sessions: Sessions

    def begin(
        self, code: str, version: str, new_version: str, asking: Asking, *, copy: Renamed | None = None
    ) -> str:
        """Begin a draft with the content of a version; as another plan where it is a renamed copy.

        :returns: the code of the plan that has the draft.
        :raises PlanNotFound, PlanVersionKnown, BadPlan: nothing is written then.
        """
        changed: dict[str, object] = {"version": new_version, "state": "draft", "effective_from": None}
        if copy is not None:
            changed |= {"code": copy.code, "name": copy.name}
        with self.sessions.begin() as session:
            plan = get_version(list_versions(session, code), version).plan
            draft = need_valid(plan.model_dump(by_alias=True) | changed, Plan, plan.name)
            if copy is not None and _is_known(session, draft.code):
                told = f"预案编码 {draft.code} 已经有了。请换一个编码，或在那份预案里起草新版本。"
                raise PlanVersionKnown(told)
            if store.add_version(session, draft, by=asking.name, at=asking.at) is None:
                told = f"{draft.name}已经有 {new_version} 版。请换一个版本号，或修改那一版。"
                raise PlanVersionKnown(told)
        return draft.code

    def edit(
        self,
        code: str,
        version: str,
        change: Callable[[Plan], Plan],
        what: str,
        asking: Asking,
        *,
        seen_sha256: str,
    ) -> bool:
        """Change a draft and keep what it was before; False, and nothing is written, when nothing changes.

        :raises PlanNotFound, NotADraft, StaleDraft, and what `change` raises: nothing is written then.
        """
        with self.sessions.begin() as session:
            kept = _draft(session, code, version)
            after = change(kept.plan)
            if after == kept.plan:
                return False
            _write(session, kept, after, seen_sha256)
            store.add_edit(session, kept.head.id, kept.plan, what, asking)
        return True

    def take_back(self, code: str, version: str, asking: Asking, *, seen_sha256: str) -> str:
        """Let a draft be as it was before its latest edit; answers what was taken back.

        :raises PlanNotFound, NotADraft, StaleDraft, NothingToTakeBack: nothing is written then.
        """
        with self.sessions.begin() as session:
            kept = _draft(session, code, version)
            found = store.take_back_edit(session, kept.head.id, asking.at)
            if found is None:
                raise NothingToTakeBack("没有可以撤销的改动。")
            what, before = found
            _write(session, kept, before, seen_sha256)
        return what


def _is_known(session: Session, code: str) -> bool:
    try:
        return bool(list_versions(session, code))
    except PlanNotFound:
        return False


def _draft(session: Session, code: str, version: str) -> PlanVersion:
    kept = get_version(list_versions(session, code), version)
    if kept.head.state != "draft":
        state = STATE_NAMES[kept.head.state]
        raise NotADraft(f"{kept.head.name} {version} 是“{state}”，不能修改。请起草新版本。")
    if is_used(session, kept.head.id):
        raise NotADraft(f"{kept.head.name} {version} 已在演练中使用，要留作记录，不能再改。请起草新版本。")
    return kept


def _write(session: Session, kept: PlanVersion, after: Plan, seen_sha256: str) -> None:
    if not store.write_draft(session, kept.head.id, after, seen_sha256=seen_sha256):
        told = "这份草稿在您打开页面之后被别人改过，没有写入。请打开最新的草稿，核对后再改。"
        raise StaleDraft(told)
