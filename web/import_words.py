"""Refusals of imports as a page says them: fields of the form in place of options of the command line."""

import re

FIELDS = {
    "--system": "坐标系", "--encoding": "文字编码", "--layer": "图层", "--field": "认不出的列",
    "--northing-first": "北坐标（纬度）在前", "--trust-label": "确信坐标系标注无误", "--flatten": "舍去高程",
}  # fmt: skip
TICKED = frozenset({"--northing-first", "--trust-label", "--flatten"})
_OPTION = re.compile(r"(?P<verb>用|加|如) ?(?P<option>--[a-z-]+)(?: (?P<value>[A-Z][A-Z0-9:-]*))? ?")


def on_page(words: str) -> str:
    """A sentence for a page.

    >>> on_page("请用 --system 注明，如 --system EPSG:4524。")
    '请在“坐标系”中注明，如“坐标系”选 EPSG:4524。'
    >>> on_page("确认后请用 --system GCJ-02 重新导入；坚持原声明请加 --trust-label。")
    '确认后请把“坐标系”选为 GCJ-02，重新导入；坚持原声明请勾选“确信坐标系标注无误”。'
    """
    return re.sub("，([，。；])", r"\1", _OPTION.sub(_said, words))


def _said(found: re.Match[str]) -> str:
    option, value = found["option"], found["value"]
    name = FIELDS.get(option)
    if name is None:
        return found[0]
    if option in TICKED:
        return f"勾选“{name}”"
    if found["verb"] == "如":
        return f"如“{name}”选 {value}"
    return f"把“{name}”选为 {value}，" if value else f"在“{name}”中"
