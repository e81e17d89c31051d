"""From the text of a YAML file to a plan, or to a sentence that says what is wrong and where."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from emergency.rules.plans.document import Plan
from emergency.rules.plans.task_graph import find_cycle
from gis_core.errors import BadInput, Refused

Model = TypeVar("Model", bound=BaseModel)
MOST_CHARACTERS = 2_000_000
DEEPEST = 60


class BadPlan(BadInput):
    """The file is no plan: it cannot be read, or something in it is missing or misspelt."""

    code = "bad_plan"


class PlanHasCycle(Refused):
    """Tasks of an imported plan wait for each other, so that none of them could ever begin."""

    code = "plan_has_cycle"


class _Loader(yaml.SafeLoader):
    """YAML without references to other parts (a small file cannot grow large) and without doubled keys."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("不支持 & 与 * 引用，请把内容写全")
        node: yaml.Node | None = super().compose_node(parent, index)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        doubled = {str(key) for key in keys if keys.count(key) > 1}
        if doubled:
            line = node.start_mark.line + 1
            raise yaml.YAMLError(f"第 {line} 行起的一组里，{'、'.join(sorted(doubled))} 写了两次")
        found: dict[object, object] = super().construct_mapping(node, deep)
        return found


def parse_plan(text: str, name: str = "预案") -> Plan:
    """The plan that a YAML text describes.

    :raises BadPlan: naming the first faults and where they stand.
    :raises PlanHasCycle: naming the tasks of the circle.
    """
    plan = parse(text, Plan, name)
    need_no_cycle(plan, name)
    return plan


def need_no_cycle(plan: Plan, name: str, undone: str = "没有导入", again: str = "再导入") -> None:
    """Refuse a plan whose tasks wait for each other.

    :raises PlanHasCycle: naming the tasks of the circle.
    """
    if cycle := find_cycle(plan.tasks):
        told = " → ".join((*cycle, cycle[0]))
        raise PlanHasCycle(
            f"{name}{undone}：任务互相等待（{told}），谁也不能开始。请去掉其中一项前置任务后{again}。",
            cycle=cycle,
        )


def parse(text: str, model: type[Model], name: str) -> Model:
    """A YAML text checked against a model.

    :raises BadPlan: naming the first faults and where they stand.
    """
    return need_valid(parse_values(text, name), model, name)


def need_valid(
    values: object,
    model: type[Model],
    name: str,
    refusal: type[BadInput] = BadPlan,
    next_step: str = "请改正后再导入。",
) -> Model:
    """Values checked against a model.

    :raises BadInput: the `refusal`, naming the first faults and where they stand.
    """
    try:
        return model.model_validate(values)
    except ValidationError as problem:
        faults = [_fault(fault) for fault in problem.errors(include_url=False)[:5]]
        raise refusal(f"{name}有误：{'；'.join(faults)}。{next_step}", faults=faults) from problem


def parse_values(text: str, name: str) -> object:
    """A YAML text as plain values, checked against no model.

    :raises BadPlan: when it cannot be read, is too long or too deep.
    """
    if len(text) > MOST_CHARACTERS:
        raise BadPlan(f"{name}超过 {MOST_CHARACTERS // 10_000} 万字，请拆分附件后再导入。")
    _check_depth(text, name)
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe loader, made stricter)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as problem:
        raise BadPlan(f"{name}不是可读的 YAML：{_where(problem)}。请改正后再导入。") from problem


def _check_depth(text: str, name: str) -> None:
    depth = deepest = 0
    try:
        for token in yaml.parse(text, Loader=yaml.SafeLoader):
            depth += isinstance(token, yaml.CollectionStartEvent) - isinstance(token, yaml.CollectionEndEvent)
            deepest = max(deepest, depth)
            if deepest > DEEPEST:
                raise BadPlan(f"{name}嵌套超过 {DEEPEST} 层，请简化启动条件后再导入。")
    except (yaml.YAMLError, RecursionError) as problem:
        raise BadPlan(f"{name}不是可读的 YAML：{_where(problem)}。请改正后再导入。") from problem


def _where(problem: Exception) -> str:
    mark = getattr(problem, "problem_mark", None)
    words = str(getattr(problem, "problem", None) or problem).splitlines()[0]
    return f"第 {mark.line + 1} 行第 {mark.column + 1} 列，{words}" if mark else words


def _fault(fault: Mapping[str, object]) -> str:
    place = fault["loc"] if isinstance(fault["loc"], Sequence) else ()
    where = "".join(f" 第 {part + 1} 项" if isinstance(part, int) else f" {part}" for part in place)
    return f"{where.strip() or '整个文件'} {_words(fault)}"


FAULT_WORDS = {
    "missing": "缺少这一项",
    "extra_forbidden": "没有这个名称，请核对拼写",
    "union_tag_not_found": "不是启动条件：写 all、any、not 之一，或以 measure 指明监测项",
    "union_tag_invalid": "没有这个监测项，请核对 measure",
    "too_short": "不能为空",
    "string_too_short": "不能为空",
    "too_long": "太长",
    "string_too_long": "太长",
}


def _words(fault: Mapping[str, object]) -> str:
    kind, context = str(fault["type"]), fault.get("ctx")
    facts = context if isinstance(context, Mapping) else {}
    if kind in FAULT_WORDS:
        return FAULT_WORDS[kind]
    if kind == "literal_error":
        return f"只能是 {facts.get('expected')}"
    if kind == "value_error":
        return str(facts.get("error"))
    if kind.endswith(("_type", "_parsing", "_inclusive")):
        return "内容的类型不对"
    return f"写法或数值不对（{str(fault.get('input'))[:60]}）"
