"""How a public stage is called in Open311: open or closed, a note in words, a word for updates. Pure."""

from cases.rules.stages import PUBLIC_STAGE_NAMES, PUBLIC_STAGES
from web.words import Translate

STATUS_NOTES: dict[str, str] = {
    "received": "已收到，等待受理或核实",
    "handling": "已受理，正在办理",
    "done": "已办结，核查通过",
    "declined": "不予受理，案件已结束",
}
"""What a request's public stage is told as; English in the catalogue of translations."""
UPDATE_WORDS: dict[str, str] = {
    "received": "open",
    "handling": "in_progress",
    "done": "fixed",
    "declined": "no_further_action",
}
"""Status words of mySociety's updates for our public stages."""
MERGED, DUPLICATE = "与案件 {case_no} 是同一问题，已并案办理，请按该编号查询", "duplicate"
"""What is told instead of a case that was merged into another."""
REOPEN = "reopen"
"""The one word of another system that may move a case: its own reporter says that it is not solved."""
KNOWN_WORDS = frozenset(
    (
        *("open", REOPEN, "investigating", "in_progress", "planned", "action_scheduled"),
        *("no_further_action", "not_councils_responsibility", "duplicate", "internal_referral"),
        *("cancelled", "fixed", "closed", "for_triage"),
    )
)
"""Status words that other systems send with an update, in either case."""

if not STATUS_NOTES.keys() == UPDATE_WORDS.keys() == PUBLIC_STAGE_NAMES.keys() >= {*PUBLIC_STAGES.values()}:
    raise AssertionError("every public stage needs its words")


def status_word(*, is_open: bool) -> str:
    """The status of a request, of which GeoReport v2 knows two."""
    return "open" if is_open else "closed"


def status_notes(stage: str, merged_into: str | None, say: Translate) -> str:
    """The finer state in words of the language asked for."""
    return say(STATUS_NOTES[stage]) if merged_into is None else say(MERGED, case_no=merged_into)


def update_word(stage: str, merged_into: str | None) -> str:
    """The word for a step, and for the kind of a note."""
    return UPDATE_WORDS[stage] if merged_into is None else DUPLICATE
