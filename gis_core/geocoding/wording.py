"""The words of place talk: numbers with what they count, relations, directions, crossings, and noise.

All of it is matched on keys (`characters.keyed`), where numerals are digits and letters are small.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Sort(StrEnum):
    """What a part of a text is."""

    NAME = "name"  # a name of the gazetteer
    PLATE = "plate"
    NUMBER = "number"  # digits that say not what they count
    BUILDING = "building"
    UNIT = "unit"
    FLOOR = "floor"
    ROOM = "room"
    CHAIN = "chain"  # 12-3-1001: building, unit, room in one
    CROSSING = "crossing"  # 十字, 路口
    MOUTH = "mouth"  # 口 right behind a street
    AND = "and"
    UNTIL = "until"  # 至, 到
    BETWEEN = "between"
    OFFSET = "offset"  # 往东50米
    COUNT = "count"  # 往西第二个路口
    GRID = "grid"  # 第27网格
    SIDE = "side"  # 路北, 东侧
    NEAR = "near"  # 旁边, 门口, 对面
    GENERIC = "generic"  # 邮局 where no name says which
    NATION = "nation"  # a division elsewhere
    NOISE = "noise"
    CORRECTION = "correction"  # 不对，是; 不是…
    STORY = "story"  # what is wrong there
    STOP = "stop"  # punctuation
    UNKNOWN = "unknown"


DIRECTIONS = {
    "东北": (1.0, 1.0), "东南": (1.0, -1.0), "西北": (-1.0, 1.0), "西南": (-1.0, -1.0),
    "东": (1.0, 0.0), "西": (-1.0, 0.0), "南": (0.0, -1.0), "北": (0.0, 1.0),
}  # fmt: skip
_DIRECTION = "东北|东南|西北|西南|东|西|南|北"
_LETTERS = {"e": "东", "w": "西", "s": "南", "n": "北"}
_CROSSING_WORD = (
    r"(?:大)?(?:丁字路口|丁字口|丁字|十字路口|十字|交叉路口|交叉口|岔路口|岔口|红绿灯路口|红绿灯|信号灯|"
    r"路口|街口|口子|口)"
)
_METRES = r"(?P<metres>\d{1,4}(?:\.\d{1,2})?)(?:来|多|余|几)?(?P<unit>米|m|公尺|公里|千米|km|里地)"

_UNIT_M = {"公里": 1000.0, "千米": 1000.0, "km": 1000.0, "里地": 500.0}

_PATTERNS: tuple[tuple[Sort, str], ...] = (
    (
        Sort.COUNT,
        rf"(?:再|继续|接着|然后)?(?:(?:往|向|朝|靠|偏|以)?(?P<turn3>{_DIRECTION})|[往向朝]前)(?:边|面|方向|方|头)?(?:再|继续)?"
        r"(?:的|走|行|去|数|过|开|拐|到|上)*,?(?:过|数|走|是|到|了|的)*"
        rf"(?:第(?P<nth>\d{{1,2}})|(?P<first>头1|下1|下|最近的?1|1|那1?|紧挨着的?1?)|"
        rf"[间相]?隔(?P<skipped>\d{{1,2}})|(?P<many>\d{{1,2}}))个{_CROSSING_WORD}",
    ),
    (
        Sort.COUNT,
        rf"(?:一直)?(?:往|向|朝)?(?:[东西南北])?(?:走)?到?(?:的)?最(?P<last>[东西南北])(?:头|边|端|面|侧)?(?:的)?(?:那个|那|1个)?{_CROSSING_WORD}",
    ),
    (
        Sort.COUNT,
        rf"(?:往|向|朝)(?P<last2>[东西南北])(?:一直)?走?到(?:头|底)(?:的|那个|那|1个|第1个)*{_CROSSING_WORD}",
    ),
    (Sort.GRID, r"(?:第)?\d{1,3}号?(?:单元)?网格"),
    (
        Sort.OFFSET,
        rf"(?:再|继续)?(?:往|向|朝|以|靠|偏)?(?P<turn>{_DIRECTION})(?:边|面|侧|方向|方|头|走|行)*"
        rf"(?:大约|大概|约|差不多|将近|走|行)*{_METRES}(?:左右|处|远|的地方)*",
    ),
    (
        Sort.OFFSET,
        rf"(?:往|向|朝)(?P<turn2>{_DIRECTION})(?:边|面|方向|方|走|行)*(?:大约|大概|约)*(?P<vague>不远|一点|一些|几步)(?:处|的地方)?",
    ),
    (
        Sort.OFFSET,  # 东50, W80, N30m of inspectors
        rf"(?<![0-9a-z])(?:(?P<turn4>{_DIRECTION})|(?P<letter>[nesw]))(?:侧|边)?"
        r"(?P<metres4>\d{2,3})(?:米|m)?(?![\da-z号#院栋幢楼座单室组层区道线街年月点个条块人岁+-]|路(?![面灯牙沿缘口边侧段]))",
    ),
    (Sort.CHAIN, r"\d{1,3}-\d{1,2}-\d{1,4}(?:室|号)?(?![\d-])"),
    (Sort.BUILDING, r"(?:第)?(?:\d{1,3}|[a-z]\d{0,2}|\d{1,2}[a-z])(?:号楼|#楼|栋|幢|座)(?!桥)"),
    (Sort.UNIT, r"(?:\d{1,2}|[a-z])单元|[东西南北中甲乙丙丁]单元"),
    (Sort.ROOM, r"[a-z]?\d{1,4}[a-z]?(?:室|房间|房|户)(?:内)?"),
    (Sort.FLOOR, r"(?:负|地下|b)?\d{1,2}(?:层|楼|f)(?:[东西南北]侧)?"),
    (
        Sort.PLATE,
        r"(?:门牌)?[甲乙丙丁新临老]?\d{1,5}[a-z甲乙丙丁]?"
        r"(?:(?:号?[-之附]\d{1,4})?(?:号院|号附近|号|#)(?:(?:-|之|附)\d{1,4}号?)?|[-之]\d{1,4})(?!线|桥|楼|网格)",
    ),
    (
        Sort.NUMBER,
        r"(?<![\d-])\d{1,4}[a-z]?(?![a-z\d-]|点|年|月|日|元|块|岁|度|天|次|小时|分钟|人|家|条|口人|万|路公交)"
        r"|(?<![\d-])\d{1,4}(?=null|none)",
    ),
    (
        Sort.CROSSING,
        r"(?:的)?(?:大)?(?:十字路口|十字街口|十字|交叉路口|交叉口|交叉处|交叉点|交汇路口|交汇处|交汇口|交会处|交界处|相交处|相交路口|相交|"
        r"丁字路口|丁字口|3岔路口|岔路口|岔口|红绿灯路口|红绿灯|转盘|转角|拐角|路口)(?:处)?",
    ),
    (Sort.BETWEEN, r"之间|中间|路段|段(?!家)"),
    (
        Sort.NEAR,
        r"(?:紧)?挨着?(?:的|住的|到的)?(?:那个|那家|那边)?|[东西南北]门口|[东西南北]门|斜对面|正对面|对面|对过|旁边|近旁|旁|附近|周边|周围|边边上|边上|跟前|门口|门前|大门口|大门|门外|隔壁|前面|前方|前|后面|后门|背后|后|"
        r"一带|楼下|桥下|桥底下|桥上|里面|院内|内|里|处|下面|底下|上面|下|入口处|入口|出口|侧门|偏门|不远处",
    ),
    (Sort.NEAR, r"(?<=桥)(?:底下|下面|上面|头上|洞里|洞下|[上下头])"),
    (
        Sort.SIDE,
        rf"(?:的)?最?(?P<side>{_DIRECTION})(?:侧|边|面|头|段|端|口)(?:路边)?",
    ),
    (
        Sort.SIDE,
        rf"(?:路|街|马路|道路)(?:的)?(?:{_DIRECTION})(?:侧|边|面|头|端)|路(?:[东西南北])(?![\u4e00-\u9fff]?路|街)",
    ),
    (Sort.AND, r"和|与|跟|同|及|、|&|/|\+|交|x|×|@|拐到|拐进|拐|转到|转进"),
    (Sort.UNTIL, r"起至|至|到|-|→|>"),
    (
        Sort.CORRECTION,
        r"(?<=[,啊哦噢哎嗯呃号])(?:啊|哦|噢|哎|嗯|呃)*(?:不对|说错|讲错|记错|搞错|弄错|错|口误|更正|不是(?=,))(?:不对|[1一]下|了|啊|,)*"
        r"(?<=[,对了啊正误下])(?:应该|应当|而)?(?:是|为)?(?:在)?"
        r"|(?:不对|说错了|错了),*(?:应该|应当)?是"
        r"|不是(?=[^,]{1,24}?,?而?是)(?<!是不是)(?!是)|(?<=,)不是(?=[^,吗嘛么有]{2,24}(?:,|$))",
    ),
    (
        Sort.NOISE,
        r"电联|null|none|自|起|止|上|快|请|麻烦|你好|您好|喂|那个|这个|就是|我在|我们|在|有人|有个|有|地址是|地址|位于|位置|路过|靠近|紧邻|邻近|临近|"
        r"靠着|沿着|沿|从|的|那边|这边|那里|这里|那儿|这儿|地方|左右|大概|大约|约|是|往里走|进去|离|距离|距|快递柜|代收|收|啊|呢|吧|嘛|了",
    ),
    (
        Sort.STORY,
        r"(?:有|没有|被|正在|一直|老是|全是|好多|很多|大量|多处|1个|几个)?(?:井盖|路灯|垃圾|污水|积水|占道|乱停|乱放|乱贴|乱倒|"
        r"小广告|噪音|噪声|施工|扬尘|油烟|漏水|漏电|爆管|冒水|塌陷|沉降|破损|损坏|倒伏|堵塞|堵了|堵车|堆放|违建|摆摊|摊贩|流动摊|"
        r"游商|流浪|共享单车|电动车|机动车|树枝|树木|绿化带|围挡|护栏|路面|坑洼|裂缝|异味|臭味|着火|起火|冒烟|打架|遗撒|抛洒|"
        r"信号灯|红绿灯不|站牌|下水道|雨箅|篦子|电线|线缆|光缆|广告牌|店招|果皮箱|座椅|健身器材|消防栓)",
    ),
    (Sort.STOP, r"[,()、:;|\\=<>]+|\+(?!\d)"),
)
_SCANNERS = tuple((sort, re.compile(pattern)) for sort, pattern in _PATTERNS)
_STARTS = frozenset("0123456789abcdefghijklmnopqrstuvwxyz")

_ENDINGS = (
    "路|街|巷|大道|道|弄|胡同|里|小区|花园|家园|佳苑|嘉园|公寓|大厦|广场|中心|市场|商场|超市|学校|小学|中学|大学|医院|酒店|宾馆|"
    "饭店|公司|厂|村|社区|新村|苑|园|庭|府|城|镇|乡|组|庄|桥|站|楼|院|局|所|店|馆|街道|开发区|园区|工业园"
)
NAME_ENDING = re.compile(rf"[\u4e00-\u9fffa-z0-9]{{2,10}}(?:{_ENDINGS})")
"""A run of characters that looks like a name, for want of a place that has it."""


def list_words(key: str) -> list[tuple[int, int, Sort]]:
    """Every match of every pattern in a key, as (start, end, sort); they may overlap."""
    found: list[tuple[int, int, Sort]] = []
    is_counted = "个" in key or "最" in key or "到" in key
    for sort, pattern in _SCANNERS:
        if sort is Sort.COUNT and not is_counted:
            continue
        for match in pattern.finditer(key):
            found.append((match.start(), match.end(), sort))
    return found


@dataclass(frozen=True, slots=True)
class Counted:
    """Crossings counted along a street: which way (None for 往前), and the how manieth; -1 the last."""

    way: tuple[float, float] | None
    nth: int


def read_count(part: str) -> Counted | None:
    """What a phrase counts.

    >>> read_count("往西第2个路口"), read_count("走到最东头那个丁字")
    (Counted(way=(-1.0, 0.0), nth=2), Counted(way=(1.0, 0.0), nth=-1))
    """
    for sort, pattern in _SCANNERS:
        if sort is not Sort.COUNT or (match := pattern.fullmatch(part)) is None:
            continue
        said = match.groupdict()
        if last := said.get("last") or said.get("last2"):
            return Counted(DIRECTIONS[last], -1)
        east, north = DIRECTIONS[said["turn3"]] if said["turn3"] else (0.0, 0.0)
        length = (east**2 + north**2) ** 0.5
        way = (east / length, north / length) if length else None
        nth = int(said["skipped"]) + 1 if said["skipped"] else int(said["nth"] or said["many"] or 1)
        return Counted(way, nth or 1)
    return None


def read_offset(part: str) -> tuple[tuple[float, float], float, bool] | None:
    """Direction (unit vector, east and north), metres, and whether these were vague, of an offset phrase.

    >>> read_offset("往东50米")
    ((1.0, 0.0), 50.0, False)
    """
    for sort, pattern in _SCANNERS:
        if sort is not Sort.OFFSET or (match := pattern.fullmatch(part)) is None:
            continue
        said = {name: value for name, value in match.groupdict().items() if value}
        turn = said.get("turn") or said.get("turn2") or said.get("turn4") or _LETTERS[said["letter"]]
        east, north = DIRECTIONS[turn]
        length = (east**2 + north**2) ** 0.5
        metres = float(said.get("metres") or said.get("metres4") or 50.0)
        metres *= _UNIT_M.get(said.get("unit", ""), 1.0)
        return (east / length, north / length), metres, "vague" in said
    return None


def read_side(part: str) -> tuple[float, float] | None:
    """The direction a side phrase names: 路北 is north."""
    match = re.search(rf"({_DIRECTION})", part)
    return DIRECTIONS[match.group(1)] if match else None
