"""The story of a case in Chinese: each fact with its reason, the clocks, and whether the chain holds."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from cases.filtering import TypeNames
from cases.reading import (
    CaseDetail,
    CaseFact,
    get_case,
    list_facts,
    list_newest_chains,
)
from cases.rules.deadlines import LIGHT_NAMES, Running, used_words
from cases.rules.facts import Fact
from cases.rules.intake import SOURCE_NAMES
from cases.rules.replaying import Difference, replay
from cases.rules.stages import CLOCK_NAMES, ROLE_NAMES, STAGE_NAMES, get_transition
from cases.rules.worktime import WorkCalendar, day_text
from gis_core.clock import city_time
from gis_core.journal import Entry, verify


def story(session: Session, case_no: str, at: datetime, *, types: TypeNames, calendar: WorkCalendar) -> str:
    """What happened to a case and why, as `citygrid explain` prints it; raises CaseNotFound."""
    detail = get_case(session, case_no, at, types=types)
    parts = [
        _head(detail),
        *(_step(fact) for fact in detail.facts),
        _clocks(detail),
        _replayed(detail, calendar),
        _chain(detail),
    ]
    return "\n".join(part for part in parts if part)


def broken_at(facts: Iterable[CaseFact], head: bytes | None = None) -> int | None:
    """The first fact that does not fit its chain; None when all do. `head` is the case's last hash."""
    return verify((_entry(fact) for fact in facts), head=head)


def find_broken_cases(session: Session, *, newest: int = 200) -> dict[str, int]:
    """Of the cases with the newest facts, those whose chain does not hold: number and first wrong fact."""
    found = {}
    for case_no, case_id, head in list_newest_chains(session, newest):
        place = broken_at(list_facts(session, case_id), head)
        if place is not None:
            found[case_no] = place
    return found


def find_wrong_clocks(session: Session, calendar: WorkCalendar, *, newest: int = 200) -> dict[str, int]:
    """Of the cases with the newest facts, those whose clocks do not replay: number and first wrong fact."""
    found = {}
    for case_no, case_id, _ in list_newest_chains(session, newest):
        again = replay(list_facts(session, case_id), calendar)
        if not again.is_sound:
            found[case_no] = next(one.seq for one in again.differences if not one.is_other_calendar)
    return found


def _entry(fact: CaseFact) -> Entry:
    content = Fact(
        case_id=fact.case_id,
        seq=fact.seq,
        at=fact.at,
        by_person_id=fact.by_person_id,
        by_name=fact.by_name,
        by_role=fact.by_role,
        by_organisation_code=fact.by_organisation_code,
        transition_no=fact.transition_no,
        action=fact.action,
        from_stage=fact.from_stage,
        to_stage=fact.to_stage,
        reason=fact.reason,
        body=fact.body,
    ).content()
    return Entry(fact.seq, content, fact.prev_hash, fact.hash)


def _head(detail: CaseDetail) -> str:
    shown = detail.summary
    lines = [
        f"案卷 {shown.case_no}" + ("（示意数据）" if shown.is_synthetic else ""),
        f"类别：{shown.type_name}（{shown.type_code}）　来源：{SOURCE_NAMES.get(shown.source, shown.source)}",
        f"地点：{shown.place_text or '未描述'}　经度 {shown.lon:.6f} 纬度 {shown.lat:.6f}（CGCS2000）"
        f"　单元网格 {shown.unit_grid_code}",
        f"现状：{STAGE_NAMES[shown.stage]}　{LIGHT_NAMES[shown.light]}"
        + (f"　主办：{shown.department_name or shown.department_code}" if shown.department_code else ""),
        f"描述：{shown.description or '无'}",
    ]
    return "\n".join(lines) + "\n"


def _step(fact: CaseFact) -> str:
    edge = get_transition(fact.transition_no)
    start = STAGE_NAMES[fact.from_stage] if fact.from_stage else "（新）"
    who = f"{ROLE_NAMES.get(fact.by_role, fact.by_role)} {fact.by_name}"
    photos = fact.body.get("photos") or []
    lines = [
        f"{fact.seq}. {city_time(fact.at).year}年{day_text(fact.at)}　{who}　"
        f"{edge.label}：{start} → {STAGE_NAMES[fact.to_stage]}",
        f"   依据：流程表第 {edge.no} 行（{edge.group}，{edge.guard}）",
        *(f"   {words}" for words in fact.reason.rstrip("。").split("；")),
    ]
    if photos:
        lines.append(f"   照片 {len(photos)} 张：" + "、".join(photo["sha256"][:12] for photo in photos))
    if evidence := fact.body.get("evidence"):
        lines += [f"   现场：{words}" for words in evidence["told"]]
        lines += [f"   请留意：{words}" for words in evidence["warned"]]
    if rules := fact.body.get("rules"):
        field = f"；现场取证 {evidence['rules']}" if evidence else ""
        lines.append(f"   所用规则：日历 {rules['calendar']}；阶段时限 {rules['stage_limits']}{field}")
    return "\n".join(lines)


def _clocks(detail: CaseDetail) -> str:
    lines = [f"   {CLOCK_NAMES[name]}：{_clock_words(clock)}" for name, clock in detail.clocks.items()]
    return "\n时钟\n" + "\n".join(lines) if lines else ""


def _clock_words(clock: Running) -> str:
    words = f"时限 {clock.limit}，{day_text(clock.started_at)} 启动"
    if clock.stopped_at is not None:
        return f"{words}，{day_text(clock.stopped_at)} 停止，共用 {used_words(clock)}"
    if clock.due_at is None:
        return f"{words}，暂停中，已用 {used_words(clock)}"
    return f"{words}，{day_text(clock.due_at)} 到期"


def _replayed(detail: CaseDetail, calendar: WorkCalendar) -> str:
    """What becomes of the clocks when the facts are run again."""
    again = replay(detail.facts, calendar)
    if not again.differences:
        return f"\n重算：由 {len(detail.facts)} 条事实重算 {len(again.clocks)} 个时钟，与记录一致。"
    lines = [f"   第 {one.seq} 条 {CLOCK_NAMES[one.clock]}：{_difference(one)}" for one in again.differences]
    head = "期限按当时的日历确定，此后日历有改动，期限不变" if again.is_sound else "与记录不符，请报告审计员"
    return "\n".join([f"\n重算：{head}（现行日历 {calendar.version}）。", *lines])


def _difference(one: Difference) -> str:
    kept, again = (day_text(c.due_at) if c.due_at else used_words(c) for c in (one.kept, one.again))
    return f"记录为 {kept}，重算为 {again}"


def _chain(detail: CaseDetail) -> str:
    place = broken_at(detail.facts, detail.last_hash)
    if place is None:
        last = detail.last_hash.hex()[:16]
        return f"\n校验：{len(detail.facts)} 条事实首尾相连，未被改动（末条摘要 {last}）。"
    return f"\n校验：第 {place} 条起与哈希链不符，记录可能被改动，请立即报告审计员。"
