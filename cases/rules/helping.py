"""Helping departments after the dispatch: one more is asked, or one helps no longer; the work goes on."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from cases.rules.deciding import Asking, CaseState, Decision, Known, advance
from cases.rules.evidence import clean_text
from cases.rules.steps import Reasoned, because, find_edge
from gis_core.errors import Refused

MOST_HELPERS = 10


class HelpsAlready(Refused):
    """The department has the case already, or there are as many as there may be."""

    code = "helps_already"


class DoesNotHelp(Refused):
    """The department is none of those that help."""

    code = "does_not_help"


@dataclass(frozen=True, slots=True)
class AddHelper:
    """增派协办: one more department helps; main department, limit and clocks stay."""

    action: ClassVar[str] = "add_helper"
    department_code: str
    text: str

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Add it behind those that help; refused for one that has the case, and beyond ten."""
        text = clean_text(self.text, "协办事项")
        edge = find_edge(replace(self, text=text), state, asking)
        name = known.get_department_name(self.department_code)
        if self.department_code == state.department_code:
            raise HelpsAlready(f"{name}是该案件的主办部门，不能再作协办。请改选部门。")
        if self.department_code in state.helping_codes:
            raise HelpsAlready(f"{name}已是协办部门。请改选部门。")
        if len(state.helping_codes) >= MOST_HELPERS:
            raise HelpsAlready(f"协办部门最多 {MOST_HELPERS} 个；请先撤销不再需要的。")
        return advance(
            replace(state, helping_codes=(*state.helping_codes, self.department_code)),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"请{name}协办，{text}"),
            body={"helper": self.department_code, "text": text},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DropHelper(Reasoned):
    """撤销协办: a department helps no longer; what it reported stays in the facts."""

    action: ClassVar[str] = "drop_helper"
    department_code: str

    def decide(self, state: CaseState, asking: Asking, known: Known) -> Decision:
        """Take it from those that help; refused for one that is none of them."""
        explained, words = self.explained()
        edge = find_edge(explained, state, asking)  # type: ignore[arg-type]  # it is this class again
        name = known.departments.get(self.department_code, self.department_code)
        if self.department_code not in state.helping_codes:
            raise DoesNotHelp(f"{name[:40]}不是该案件的协办部门。请刷新后从列表中选择。")
        left = tuple(code for code in state.helping_codes if code != self.department_code)
        return advance(
            replace(state, helping_codes=left),
            edge,
            asking=asking,
            known=known,
            reason=because(edge, f"{name}不再协办，{words}"),
            body=self.reason_body,
        )

    def named(self) -> dict[str, Any]:
        """The department that helps no longer."""
        return {"helper": self.department_code}
