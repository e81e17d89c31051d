"""What people report, how often, where, at what season and hour; assumed after the usual run of cities."""

from collections.abc import Sequence
from dataclasses import dataclass

from grid.rules.criteria import Criterion


@dataclass(frozen=True, slots=True)
class Habit:
    """A type with its weight; `season` names months that count `boost` times, `hours` a profile of a day."""

    kind: str
    type_code: str
    weight: float
    words: tuple[str, ...]
    places: str = "street"  # street, river or green
    season: tuple[int, ...] = ()
    boost: float = 1.0
    out_of_season: float = 1.0
    hours: str = "day"


HOURS: dict[str, tuple[float, ...]] = {
    #        0  1  2  3  4  5  6  7  8   9   10  11  12 13 14 15  16  17 18 19 20 21 22 23
    "day": (0.3, 0.2, 0.1, 0.1, 0.2, 0.4, 1.5, 4, 9, 12, 12, 9, 4, 3, 8, 11, 11, 8, 5, 3, 2, 1.5, 1, 0.5),
    "evening": (
        1.5,
        0.8,
        0.3,
        0.1,
        0.1,
        0.1,
        0.3,
        0.6,
        1,
        1,
        1,
        1,
        1.5,
        1,
        1,
        1.2,
        2,
        4,
        8,
        12,
        13,
        11,
        7,
        3,
    ),
    "rush": (0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 2, 8, 10, 7, 5, 6, 5, 4, 5, 6, 7, 10, 9, 5, 3, 2, 1, 0.4),
    "morning": (0.1, 0.1, 0.1, 0.2, 0.5, 2, 7, 10, 9, 6, 5, 4, 2, 2, 3, 4, 5, 6, 4, 2, 1, 0.5, 0.3, 0.2),
}
WEEKDAYS: tuple[float, ...] = (1.08, 1.05, 1.03, 1.0, 1.02, 0.74, 0.58)
"""How busy Monday to Sunday are."""

AUTUMN, LATE, WINTER = (10, 11), (10, 11, 12), (12, 1, 2)
SUMMER, SPRING = (6, 7, 8, 9), (3, 4, 5)


def _matter(code: str, weight: float, *words: str, **rest: object) -> Habit:
    return Habit("matter", code, weight, words, **rest)  # type: ignore[arg-type]  # fields of Habit


def _component(code: str, weight: float, *words: str, **rest: object) -> Habit:
    return Habit("component", code, weight, words, **rest)  # type: ignore[arg-type]  # fields of Habit


HABITS: tuple[Habit, ...] = (
    _matter("06010", 13, "路边有暴露垃圾，约一平方米", "绿化带旁堆有生活垃圾", "垃圾散落路面，有异味"),
    _matter("06011", 4, "墙角积存建筑垃圾", "空地堆有渣土，未覆盖"),
    _matter("06012", 6, "路面不洁，有大片污渍", "人行道有积泥"),
    _matter("06013", 6, "路面破损，有坑槽", "人行道砖松动破损", "路面沉陷", season=WINTER, boost=1.4),
    _matter("06017", 3, "绿地内有白色垃圾", places="green"),
    _matter("06018", 3, "落叶堆积，未清运", "枝叶堆在路边", season=AUTUMN, boost=4.5, out_of_season=0.4),
    _matter("06020", 1.4, "有人焚烧落叶", "焚烧垃圾，有浓烟", season=LATE, boost=3.0, out_of_season=0.4),
    _matter("06025", 1.2, "河面有漂浮物", "水面有塑料袋和枯枝", places="river", season=SUMMER, boost=1.8),
    _matter("06028", 3, "夜间音响声大，影响休息", "广场音响扰民", season=SUMMER, boost=2.2, hours="evening"),
    _matter("06029", 4.5, "烧烤摊占道，油烟大", "露天烧烤扰民",
            season=SUMMER, boost=3.2, out_of_season=0.12, hours="evening"),
    _matter("06036", 7, "楼道口乱堆杂物", "人行道上堆放纸箱和杂物", "门店外堆放货物"),
    _matter("06042", 6, "垃圾箱满溢，周边有散落垃圾", "垃圾站满溢未清运", hours="morning"),
    _matter("06007", 2, "树间拉绳晾晒衣物", "护栏上晾晒被褥", season=SPRING, boost=1.3),
    _matter("06050", 1.5, "路缘石缺损一块", "路缘石松动移位"),
    _matter("06051", 1.2, "盲道砖缺损", "盲道被破坏，不连续"),
    _matter("07001", 9, "电线杆上张贴小广告", "墙面喷涂小广告", "公交站牌张贴小广告"),
    _matter("07006", 2, "牌匾破损，有坠落隐患", "店招擅自加大"),
    _matter("08002", 2, "施工占道，无围挡", "施工材料堆在人行道上"),
    _matter("08004", 2, "工地未覆盖，扬尘大", season=SPRING, boost=2.2, out_of_season=0.7),
    _matter("09001", 8, "流动摊贩占道叫卖", "路口有游商聚集", hours="rush"),
    _matter("09005", 8, "商户店外摆放商品", "餐馆将桌椅摆到人行道上", hours="rush"),
    _matter("09006", 6, "占道经营，影响通行", "水果摊占用人行道", hours="rush"),
    _matter("09009", 9, "机动车停在人行道上", "机动车占用非机动车道停放", hours="rush"),
    _matter("09010", 6, "电动自行车乱停放，堵住路口", "非机动车停放杂乱", hours="rush"),
    _matter("09011", 5, "共享单车倒伏一片", "共享单车堆积在公交站旁", hours="rush"),
    _matter("09012", 1.6, "私家车占用消防通道", hours="evening"),
    _matter("09020", 1.5, "农贸市场门口秩序乱，摊位外溢", hours="morning"),
    _matter("10001", 4, "路面结冰", "积雪未扫", season=WINTER, boost=3.0, out_of_season=0.0, hours="morning"),
    _matter("10002", 1.4, "架空线缆脱落，垂到路面", "线缆下垂，影响通行"),
    _component("01002", 5, "污水井盖破损", "污水井盖松动，车辆经过有异响", "污水井周边路面沉陷"),
    _component("01003", 3.5, "雨水井盖破损", "雨水井盖移位", season=SUMMER, boost=1.5),
    _component("01004", 4.5, "雨水箅子堵塞", "雨水箅子缺失一块", season=(7, 8, 9, 10), boost=2.0),
    _component("01001", 2, "供水井盖松动", "供水井周边路面下沉"),
    _component("01007", 1.6, "通信井盖破损"),
    _component("01005", 1.2, "电力井盖开裂"),
    _component("01011", 0.8, "燃气井盖松动"),
    _component("01037", 7, "路灯不亮", "灯杆倾斜", "两盏路灯不亮", hours="evening", season=WINTER, boost=1.4),
    _component("01013", 0.6, "消火栓漏水", "消火栓缺盖"),
    _component("01027", 0.5, "交接箱门敞开"),
    _component("01030", 0.7, "电杆倾斜"),
    _component("01046", 1.0, "健身器材损坏，有安全隐患"),
    _component("01050", 0.4, "监控立杆倾斜"),
    _component("02004", 1.3, "公交站亭玻璃破损", "公交站牌倾倒"),
    _component("02010", 1.8, "交通标志牌倾斜", "标志牌污损，看不清"),
    _component("02012", 0.9, "路名牌破损"),
    _component("02014", 1.4, "交通信号灯不亮", "信号灯倒计时故障", hours="rush"),
    _component("02017", 1.5, "交通护栏倒伏", "护栏缺失一段"),
    _component("03005", 4.5, "垃圾箱破损", "垃圾箱箱门缺失", "垃圾箱倾倒"),
    _component("03007", 2, "店招灯箱破损", "牌匾歪斜"),
    _component("04002", 3.5, "行道树枝叶遮挡信号灯", "行道树枯死", "行道树倾斜", season=SUMMER, boost=1.5),
    _component("04007", 0.5, "座椅木板断裂"),
)  # fmt: skip

FITTING: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("松动", ("松动", "破损")),
    ("不亮", ("不亮", "破损")),
    ("堵塞", ("堵塞",)),
    ("敞开", ("敞开",)),
    ("枯死", ("枯死",)),
    ("遮挡", ("修剪",)),
    ("污损", ("不洁",)),
    ("开裂", ("开裂",)),
    ("沉陷", ("沉陷", "错台")),
    ("下沉", ("沉陷",)),
    ("堆积", ("停放区之外",)),
    ("倒伏一片", ("停放区之外",)),
    *((cue, ("倾", "破损")) for cue in ("倾斜", "倾倒", "歪斜", "倒伏", "断裂")),
    *((cue, ("缺失", "缺件", "破损")) for cue in ("缺失", "缺盖", "移位")),
    *((cue, ("破损",)) for cue in ("破损", "损坏", "故障", "漏水")),
)
"""What a report says, and words of the filing criterion that fits it, the best first."""


def choose_criterion(words: str, criteria: Sequence[Criterion]) -> Criterion:
    """The criterion that fits what is reported; the first one where the words leave it open."""
    found = find_criterion(words, criteria)
    return criteria[0] if found is None else found


def find_criterion(words: str, criteria: Sequence[Criterion]) -> Criterion | None:
    """The criterion whose condition speaks of what is reported; None when none does."""
    for part in (part for cue, parts in FITTING if cue in words for part in parts):
        found = next((one for one in criteria if part in one.condition), None)
        if found is not None:
            return found
    return None


LOTS_OF_USE: dict[str, float] = {
    "commercial": 3.2, "courtyard": 2.3, "residential": 1.3, "school": 1.3, "park": 0.9,
    "riverside": 0.6, "industrial": 0.45, "field": 0.1, "slope": 0.05, "water": 0.05,
}  # fmt: skip
"""How much is reported in a unit grid, by its land use."""

ANSWERS: dict[str, tuple[str, ...]] = {
    "06": ("已清理完毕", "已清运并冲洗路面", "已整改到位"),
    "07": ("已清除", "已督促商户整改"),
    "08": ("已责令整改，围挡恢复", "已清理占道材料"),
    "09": ("已劝离并规范秩序", "已规范停放", "已教育整改"),
    "10": ("已处理，恢复通行",),
    "01": ("已更换并恢复", "已维修，恢复正常", "已加固"),
    "02": ("已修复", "已扶正加固"),
    "03": ("已更换", "已维修"),
    "04": ("已修剪", "已补植", "已处理"),
}
"""What departments answer, by major class."""
