"""What sheltering says to people: every sentence once, with places for its values.

Pages tell finished sentences in English by their words, so each stands in the catalogue of translations.
"""

from collections.abc import Mapping
from typing import NamedTuple

STAY_NAMES: Mapping[str, str] = {
    "emergency": "紧急避难",
    "temporary": "临时避难",
    "short": "短期避难",
    "medium": "中期避难",
    "long": "长期避难",
}
"""Lengths of stay, from hours to months."""

WAY_NAMES: Mapping[str, str] = {"on_foot": "步行", "bus": "乘车"}

FEATURE_NAMES: Mapping[str, str] = {
    "indoor": "室内",
    "outdoor": "室外",
    "quake_resistant": "抗震达标",
    "above_flood": "高于洪水位",
    "sealable": "门窗可密闭",
}
"""What a shelter offers, as far as hazards ask for it."""

LEFT_OUT: Mapping[str, str] = {
    "in_zone": "位于危险区内或边界上",
    "place_unknown": "没有登记位置，无法判断是否在危险区内",
    "not_ready": "未就绪：{why}",
    "lacks": "缺少此类灾害所需条件：{lacking}",
    "no_places": "可用容量为零",
    "wrong_stay": "不接收此类时长的避难（{stay}）",
}
"""Why a shelter takes no part."""

UNSERVED: Mapping[str, str] = {
    "no_shelters": "没有可用的避难场所",
    "no_way": "没有一条路能避开危险区到达可用的避难场所",
    "full": "到得了的避难场所都已满员",
    "too_large": "整体转移时，到得了的避难场所都容纳不下整个片区",
    "no_room_whole": "整体转移时，剩余容量不够整个片区",
}
"""Why people of a block have no place."""

HOW: Mapping[str, str] = {
    "capacity": "有效面积 {area} m² ÷ 每人 {per_person} m²，向下取整得 {people} 人",
    "capacity_limited": "有效面积 {area} m² ÷ 每人 {per_person} m² 得 {by_area} 人，"
    "登记上限 {most} 人，取小者",
    "capacity_taken": "{people} 人的容量中已住 {taken} 人，还剩 {free} 人",
    "people": "{blocks} 个片区的待转移人数之和",
    "places": "{shelters} 处可用避难场所的剩余容量之和，已去掉不可用的 {left_out} 处",
    "served": "各片区安排人数之和",
    "unserved": "待转移人数减去已安排人数",
    "person_seconds": "每人路上用时（取整秒）之和，未安排的人不计",
    "mean_s": "路上总用时 ÷ 已安排人数",
    "longest_s": "所有安排中最长的一程",
    "bound": "允许拆分片区时的最小值，任何整体转移方案都不会更小",
    "gap": "（本方案 − 理论下限）÷ 本方案，均含未安排人数的代价",
    "unserved_cost": "每个未安排的人按 {seconds} 秒计，大于任何一串改派可能增加的用时，"
    "因此总是先安排人，再省时间",
    "need_once": "{people} 人 × 每 {each} 人 {amount} {unit}，向上取整",
    "need_week": "{people} 人 × 每 {each} 人每周 {amount} {unit} × {days} 天 ÷ 7，向上取整",
    "moved": "上次安排过、这次改去别处或未安排的人数",
    "buses": "乘车人数 ÷ 每车 {seats} 座，每处避难场所分别向上取整后相加",
}
"""How each number came about."""

NUMBER_NAMES: Mapping[str, str] = {
    "people": "待转移人数",
    "places": "可用容量",
    "served": "已安排人数",
    "unserved": "未安排人数",
    "person_seconds": "路上总用时",
    "mean_s": "人均路上用时",
    "longest_s": "最长路上用时",
    "bound": "理论下限",
    "gap": "与下限的差距",
    "unserved_cost": "未安排的代价",
    "moved": "改派人数",
    "buses": "所需车次",
}


class Number(NamedTuple):
    """A number for people, with its unit and how it came about."""

    code: str
    value: float
    unit: str
    how: str

    @property
    def name(self) -> str:
        """What it is, in Chinese."""
        return NUMBER_NAMES[self.code]


def plain(value: float) -> str:
    """A number as sentences show it: thousands parted, no idle zeros.

    >>> plain(12000.0), plain(4.5)
    ('12,000', '4.5')
    """
    return f"{value:,.2f}".rstrip("0").rstrip(".")
