"""`docs/workflow.md`, generated from the table: `python -m cases.rules.workflow_page > docs/workflow.md`."""

from cases.rules.reasons import REASONS
from cases.rules.stages import (
    AFTER_WORK,
    ASKED_FROM,
    CLOCK_DEEDS,
    CLOCK_NAMES,
    EVIDENCE_NAMES,
    OPEN_STAGES,
    ROLE_NAMES,
    TRANSITIONS,
    Transition,
)


def workflow_page() -> str:
    """The table and the codes of reasons, Markdown."""
    lines = [
        "# Workflow",
        "",
        "Generated from `cases/rules/stages.py`; a test keeps the two equal "
        "(`python -m cases.rules.workflow_page > docs/workflow.md`).",
        "",
        "A clock effect marked * is our choice where the published table leaves it open. Rows from 101 on",
        "are ours: answers that the published table presupposes, and marks that move nothing. Who is told",
        "hears of the step beside those whose turn it then is; 公众 is the reporter.",
        "",
        "| no | 阶段 | from | action | by | to | needs | clocks | guard | told | status |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([*lines, *map(_row, TRANSITIONS), *_reasons()]) + "\n"


def _row(edge: Transition) -> str:
    clocks = "，".join(
        f"{CLOCK_NAMES[c.clock]}{CLOCK_DEEDS[c.do]}{'*' if c.is_assumed else ''}" for c in edge.clocks
    )
    cells = (
        str(edge.no),
        edge.group,
        _starts(edge) or "–",
        f"`{edge.action}` {edge.label}",
        "、".join(ROLE_NAMES[r] for r in edge.roles),
        {None: "same", ASKED_FROM: "where it was asked"}.get(edge.end, f"`{edge.end}`"),
        "、".join(EVIDENCE_NAMES[e] for e in edge.evidence) or "–",
        clocks or "–",
        edge.guard,
        "、".join(ROLE_NAMES[r] for r in edge.told) or "–",
        edge.status,
    )
    return "| " + " | ".join(cells) + " |"


def _starts(edge: Transition) -> str:
    if edge.starts == OPEN_STAGES:
        return "any open stage"
    return "after the work" if edge.starts == AFTER_WORK else " ".join(f"`{s}`" for s in edge.starts)


def _reasons() -> list[str]:
    """The codes of reasons by action."""
    head = ["", "## Reasons", "", "A reason is one of these codes, and words; `other` needs words.", ""]
    table = ["| action | codes |", "|---|---|"]
    rows = [
        f"| `{action}` | {'、'.join(f'`{code}` {words}' for code, words in codes.items())} |"
        for action, codes in REASONS.items()
    ]
    return [*head, *table, *rows]


if __name__ == "__main__":
    import sys

    sys.stdout.write(workflow_page())
