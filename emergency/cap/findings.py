"""What is wrong with a warning, in sentences of a fixed list: errors block it, warnings do not.

The codes are our own; what they hold against a message is the contract of CAP 1.2 (docs/warnings.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from gis_core.errors import Refused

ERRORS: Final[Mapping[str, str]] = {
    # The document.
    "wrong_order": "{name} 的位置不对。请按 CAP 1.2 规定的次序排列。",
    "missing_element": "缺少 {name}，或内容是空的。请补上。",
    "duplicate_element": "{name} 出现了 {count} 次，只能有一次。请只留一个。",
    "unknown_element": "CAP 没有 {name} 这一项。请删去，或改用 parameter。",
    "wrong_value": "{name} 不能是“{value}”。可用：{allowed}。",
    "bad_date": "时间“{value}”读不出来。请写成 2025-07-17T00:45:00+08:00。",
    "date_with_z": "时间“{value}”以 Z 结尾，CAP 不允许。请写时差，如 +08:00。",
    "bad_number": "{name} 的值“{value}”不是数。请改为十进制数。",
    "bad_reference": "引用“{value}”读不出来。每条应为“发送者,标识,发送时间”。",
    "polygon_unreadable": "多边形的坐标“{value}”读不出来。请写成“纬度,经度”，各点之间用空格。",
    "circle_unreadable": "圆“{value}”读不出来。请写成“纬度,经度 半径”，半径单位为千米。",
    "coordinates_swapped": "纬度 {lat} 超过 90 度，经度和纬度写反了。请先写纬度，后写经度。",
    "not_on_earth": "坐标 {lat},{lon} 不在地球上。请检查。",
    "password": "password 已经废止。请删去。",
    "very_likely": "“Very Likely”已经废止，按 Likely 读取。请改为 Likely。",
    # The values.
    "bad_identifier": "标识“{value}”含有空格、逗号、< 或 &。请改用字母、数字和 - _ : . 。",
    "bad_sender": "发送者“{value}”含有空格、逗号、< 或 &。请改用机构代码或域名。",
    "control_character": "文字里有看不见的控制字符。请重新输入这段文字。",
    "html_in_text": "文字里有网页标记“{value}”。请只写纯文字。",
    "quote_in_item": "“{value}”里有引号，无法与其他项分开。请去掉引号。",
    "bad_language": "语言标记“{value}”不对。中文请写 zh-CN。",
    "web_not_absolute": "网址“{value}”不完整。请写出以 https:// 开头的完整网址。",
    "unsafe_uri": "网址“{value}”不能公开打开。请用 https:// 开头的网址。",
    "bad_mime": "文件类型“{value}”不对。请写成 image/png 这样的形式。",
    "bad_size": "文件大小 {value} 不对。请写字节数。",
    "bad_base64": "附件内容不是有效的 base64。请重新编码。",
    "relative_uri_without_content": "“{value}”不是完整网址，附件内容也没有随附。请二者补一。",
    "restriction_without_scope": "只有 scope 为 Restricted 时才能写 restriction。请改其中之一。",
    "restricted_without_restriction": "scope 为 Restricted 时要写明限制。请补上 restriction。",
    "private_without_addresses": "scope 为 Private 时要写明接收者。请补上 addresses。",
    "references_missing": "{name} 必须引用它所针对的消息。请补上 references。",
    "references_itself": "消息引用了自己。请删去这条引用。",
    "polygon_too_short": "多边形只有 {count} 个点，至少要 4 个，且首尾相同。",
    "polygon_open": "多边形首尾不相同，没有闭合。请把第一个点重复在最后。",
    "polygon_crosses": "多边形的边界自己相交（{place}）。请重新绘制。",
    "polygon_broken": "多边形没有面积。请重新绘制。",
    "negative_radius": "圆的半径 {value} 千米小于 0。请改正。",
    "ceiling_without_altitude": "写了 ceiling 就要写 altitude。请补上。",
    "ceiling_below_altitude": "ceiling {ceiling} 低于 altitude {altitude}。请对调或改正。",
    # Publishing.
    "time_before_sent": "{name} 早于发送时间。请改正。",
    "expires_before_effective": "失效时间不晚于生效时间。请改正。",
    "already_expired": "失效时间已过，预警一发布就失效。请改正失效时间。",
    "sent_in_future": "发送时间比现在晚 {minutes} 分钟。请核对时钟。",
    "sent_stale": "发送时间是 {minutes} 分钟以前，草稿已经过时。请核实内容后重新签发。",
    "absurd_time": "{name} 在一年以后，不合情理。请改正年份。",
    "no_info": "没有预警内容（info）。请填写。",
    "no_area": "没有写明可能影响的范围。请在地图上划定。",
    "no_shape": "影响范围没有图形，地图上显示不出来。请划定，或按行政区划生成。",
    "no_headline": "没有标题。请填写。",
    "no_instruction": "没有写明应采取的措施（突发事件应对法第六十四条）。请填写。",
    "no_expires": "没有写明失效时间。请填写。",
    "drill_must_be_exercise": "演练期间只能发布演练（Exercise）消息。请改为演练状态。",
}
WARNINGS: Final[Mapping[str, str]] = {
    "fraction_of_second": "时间“{value}”带小数秒，已略去。",
    "assumed_default": "{name} 没有写，按“{value}”读取。",
    "reference_later": "所引用的消息“{value}”比本消息还晚。",
    "identifier_reused": "这个发送者用过标识“{value}”，发送时间不同。两条都保留，请与发送者核对。",
    "foreign_update": "“{sender}”不是原消息的发送者，它的更新或解除不起作用。请与双方核实。",
    "received_expired": "收到时已经失效。",
    "received_from_future": "发送时间比现在晚 {minutes} 分钟，对方的时钟可能不准。",
    "long_without_update": "从开始到失效超过 24 小时，期间应当更新。",
    "longer_than_a_month": "有效期超过一个月。请确认不是写错了。",
    "unknown_value": "{name} 为 Unknown，接收者难以判断。",
    "headline_long": "标题有 {count} 个字，部分接收者最多显示 160 个。",
    "event_long": "事件名称有 {count} 个字，最好不超过 35 个。",
    "headline_repeats_description": "标题与正文相同。",
    "description_repeats_instruction": "正文与措施相同。",
    "same_text_two_languages": "{first} 与 {second} 的文字相同，可能没有翻译。",
    "categories_differ": "各语言的类别不同。",
    "event_codes_differ": "各语言的事件编码不同。",
    "geocode_without_shape": "“{name}”只有行政区划代码，没有图形。",
    "zero_radius": "圆的半径为 0。范围应是需要知道的人所在的地方。",
    "many_vertices": "多边形有 {count} 个点，超过 100 个，部分接收者画不出来。",
    "utc_offset": "时间用的是世界时，最好用当地时差 +08:00。",
    "identifier_not_oid": "标识不是 urn:oid 形式，国际上可能重名。",
    "exercise_without_note": "演练消息没有写明是哪次演练。",
    "error_without_note": "拒收没有写明原因。",
    "bad_digest": "附件的摘要“{value}”不像 SHA-1。",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where in the message, with the values of its sentence."""

    code: str
    where: str = ""
    facts: tuple[tuple[str, str], ...] = ()

    @property
    def is_error(self) -> bool:
        """Whether it keeps the message from being published."""
        return self.code in ERRORS

    @property
    def sentence(self) -> str:
        """The sentence with places for values, as translations know it."""
        return ERRORS[self.code] if self.is_error else WARNINGS[self.code]

    @property
    def words(self) -> str:
        """What is wrong and what to do."""
        return self.sentence.format(**dict(self.facts))


_MOST_CHARACTERS = 60


def finding(finding_code: str, path: str = "", **facts: object) -> Finding:
    """A finding; long values are cut.

    >>> finding("bad_language", "infos[1]/language", value="中文").words
    '语言标记“中文”不对。中文请写 zh-CN。'
    """
    return Finding(finding_code, path, tuple((name, _short(str(value))) for name, value in facts.items()))


def _short(words: str) -> str:
    return words if len(words) <= _MOST_CHARACTERS else words[: _MOST_CHARACTERS - 1] + "…"


def errors_of(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Those that block."""
    return tuple(found for found in findings if found.is_error)


class BlockedAlert(Refused):
    """A message with errors, which is therefore not written, published or acted upon."""

    code = "cap_blocked"

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = errors_of(findings)
        told = "".join(
            f"{found.where}：{found.words}" if found.where else found.words for found in self.findings[:5]
        )
        more = f"另有 {len(self.findings) - 5} 处。" if len(self.findings) > 5 else ""
        super().__init__(
            f"预警消息有误，没有采用。{told}{more}", codes=[found.code for found in self.findings]
        )


def require_sound(findings: Iterable[Finding]) -> None:
    """Nothing, when no finding is an error.

    :raises BlockedAlert: with all that block.
    """
    if blocking := errors_of(findings):
        raise BlockedAlert(blocking)
