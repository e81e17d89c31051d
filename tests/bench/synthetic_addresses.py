"""Addresses made up from the national dictionary and a grammar of our own, with their labels.

They teach the tagger the towns and communities of provinces that the public set hardly has, and ways of
writing that it hardly knows (附3号, 18支弄, 五社, 负一层). A quarter of them are of Shaanxi, a tenth of the
four municipalities. Nothing in them is anybody's address: divisions and communities are drawn by chance,
streets, estates and shops are put together from common words.
"""

import random
import re
from collections import defaultdict
from collections.abc import Iterator

from gis_core.geocoding.community_names import CommunityNames
from gis_core.geocoding.divisions import NationalDivisions

Labelled = list[tuple[str, str]]

SHAANXI = "61"
MUNICIPALITIES = ("11", "12", "31", "50")
_SHARE_OF_SHAANXI = 0.25
_SHARE_OF_MUNICIPALITIES = 0.1
_SHORT = re.compile(r"(?:街道|省|市|区|县|镇|乡)$")
_STREETS = (
    "人民", "解放", "建设", "中山", "红旗", "新华", "文化", "东风", "胜利", "和平", "团结",
    "光明", "青年", "友谊", "工农", "渭滨", "宝福", "金台", "高新", "滨河", "清姜", "公园",
    "教育", "科技", "迎宾", "长安", "长乐", "友爱", "经一", "经二", "经三", "纬一", "纬四",
    "火炬", "创业", "凤翔", "育才", "体育", "广元", "新建", "西宝", "斗中", "龙泉", "石油",
    "陈仓", "行政", "英达", "钓渭",
)  # fmt: skip
_SIDES = ("", "", "", "东", "西", "南", "北", "中")
_STREET_ENDINGS = ("路", "路", "路", "路", "街", "大道", "大街", "巷")
_ESTATES = (
    "阳光", "锦绣", "金苑", "东方", "世纪", "名仕", "香榭", "怡和", "龙湖", "绿城", "翠屏",
    "紫荆", "盛世", "御景", "丽景", "水岸", "天福", "和谐", "金色", "蓝湾", "大唐", "秦岭",
    "渭水", "嘉禾", "康居", "福临",
)  # fmt: skip
_ESTATE_ENDINGS = (
    "小区",
    "小区",
    "花园",
    "家园",
    "新村",
    "家属院",
    "公寓",
    "名苑",
    "华庭",
    "新城",
    "府邸",
    "苑",
)
_TRADES = ("大厦", "广场", "酒店", "商厦", "国际", "购物中心", "写字楼", "商务中心")
_SEATS = (
    "小学",
    "中学",
    "医院",
    "派出所",
    "邮局",
    "卫生院",
    "幼儿园",
    "法院",
    "火车站",
    "汽车站",
    "加油站",
    "农贸市场",
    "超市",
)
_SHOPS = (
    "面馆",
    "理发店",
    "药店",
    "五金店",
    "服装店",
    "眼镜店",
    "烟酒店",
    "火锅店",
    "打印社",
    "诊所",
    "超市",
    "宾馆",
)
_FIRMS = (
    "机械有限公司",
    "商贸有限公司",
    "食品厂",
    "建材厂",
    "电子科技有限公司",
    "物流公司",
    "汽修厂",
    "装饰公司",
)
_PARTS = ("东区", "西区", "一期", "二期", "A区", "北门", "东门", "南门", "综合楼", "住院部", "商铺")
_RELATIONS = (
    "对面",
    "旁",
    "旁边",
    "门口",
    "附近",
    "斜对面",
    "隔壁",
    "后面",
    "西侧",
    "东侧",
    "北侧",
    "以东50米",
    "往西一百米",
    "楼下",
)
_CROSSINGS = ("交叉口", "十字", "路口", "交汇处", "口", "十字路口")
_ZONES = ("经济技术开发区", "高新技术产业开发区", "高新区", "经济开发区", "经开区", "工业园区")
_NUMERALS = "一二三四五六七八九"


class AddressMaker:
    """Draws labelled addresses; the same seed draws the same ones."""

    def __init__(self, nation: NationalDivisions, communities: CommunityNames, seed: int) -> None:
        """With the names to draw from."""
        self.rng = random.Random(seed)
        self.nation = nation
        self.towns = [str(code) for code in nation.codes() if len(str(code)) == 9]
        self.shaanxi = [code for code in self.towns if code.startswith(SHAANXI)]
        self.municipal = [code for code in self.towns if code.startswith(MUNICIPALITIES)]
        self.villages: dict[str, list[str]] = defaultdict(list)
        for name, districts in communities.items():
            for code in districts:
                self.villages[str(code)].append(name)

    def addresses(self, count: int) -> Iterator[Labelled]:
        """So many addresses."""
        for _ in range(count):
            yield self.address()

    def address(self) -> Labelled:
        """One address, in public label names: divisions, then a street or a village, then the building."""
        rng = self.rng
        draw = rng.random() - _SHARE_OF_SHAANXI
        far = self.municipal if draw < _SHARE_OF_MUNICIPALITIES else self.towns
        code = rng.choice(self.shaanxi if draw < 0 else far)
        parts = self._divisions(code)
        if rng.random() < 0.4:
            parts += self._village(code)
        if rng.random() < 0.75 or len(parts) < 2:
            parts += self._street()
        if rng.random() < 0.6:
            parts += self._place()
        if rng.random() < 0.06:
            parts.append((rng.choice(("电联", "null", "收", self._telephone())), "redundant"))
        return parts

    def _divisions(self, code: str) -> Labelled:
        rng, name = self.rng, self.nation.name_of
        chain = [
            ("prov", name(int(code[:2]))),
            ("city", name(int(code[:4]))),
            ("district", name(int(code[:6]))),
        ]
        if code[:2] in MUNICIPALITIES:
            within = [("市辖区", "redundant")] if rng.random() < 0.05 else []
            chain = [("city", name(int(code[:2]))), *((label, text) for text, label in within), chain[2]]
        elif chain[1][1] in (chain[0][1], ""):  # 仙桃市 lies straight in its province
            del chain[1]
        elif chain[1][1] == chain[2][1]:  # 东莞市 has no districts
            del chain[2]
        elif rng.random() < 0.05:
            return self._in_zone(chain)
        first = min(rng.choice((0, 0, 0, 1, 1, 2, 2, 3)), len(chain))
        parts = [(self._said(text), label) for label, text in chain[first:] if text and rng.random() < 0.95]
        if parts and rng.random() < 0.04:
            parts = [(text, "redundant") for text, _ in parts] + parts
        if rng.random() < 0.7 or not parts:
            parts.append((self._said(name(int(code)), 0.15), "town"))
        return parts

    def _in_zone(self, chain: Labelled) -> Labelled:
        """In a development zone of a city, which stands where the district would."""
        rng = self.rng
        city = _SHORT.sub("", chain[1][1])
        zone = rng.choice((city, "")) + rng.choice(_ZONES)
        return [(self._said(text), label) for label, text in chain[rng.randint(0, 1) : 2]] + [
            (zone, "devzone")
        ]

    def _telephone(self) -> str:
        return (
            self.rng.choice(("", "电话", "联系电话", "手机")) + f"1{self.rng.randint(3 * 10**9, 10**10 - 1)}"
        )

    def _said(self, name: str, short_share: float = 0.2) -> str:
        short = _SHORT.sub("", name)
        return short if len(short) > 1 and self.rng.random() < short_share else name

    def _village(self, code: str) -> Labelled:
        rng = self.rng
        names = self.villages.get(code[:6])
        if not names:
            return []
        ending = rng.choice(("村", "村", "村", "社区", "社区", "社区居委会", "村委会", ""))
        parts = [(rng.choice(names) + ending, "community")]
        if ending == "村" and rng.random() < 0.4:
            number = rng.choice(
                (f"{rng.randint(1, 12)}", rng.choice(_NUMERALS), "十" + rng.choice(_NUMERALS))
            )
            parts.append((number + rng.choice(("组", "组", "组", "社", "队")), "road"))
            if rng.random() < 0.5:
                parts.append((f"{rng.randint(1, 200)}号", "roadno"))
        return parts

    def _street_name(self) -> str:
        rng = self.rng
        return rng.choice(_STREETS) + rng.choice(_SIDES) + rng.choice(_STREET_ENDINGS)

    def _street(self) -> Labelled:
        rng = self.rng
        parts = [(self._street_name(), "road")]
        draw = rng.random()
        if rng.random() < 0.07:
            return parts + self._lane()
        if draw < 0.12:
            parts += [
                (rng.choice(("与", "和")), "assist"),
                (self._street_name(), "subroad"),
                (rng.choice(_CROSSINGS), "assist"),
            ]
        elif draw < 0.18:
            parts += [(f"{rng.choice(_SIDES)}段" if rng.random() < 0.3 else "一巷", "subroad")]
        elif draw < 0.8:
            number = f"{rng.randint(1, 400)}"
            number += rng.choice(("", "", "", f"-{rng.randint(1, 20)}"))
            parts.append((number + rng.choice(("号", "号", "号", "", self._beside())), "roadno"))
        return [(text, label) for text, label in parts if text != "段"]

    def _beside(self) -> str:
        """What tells doors of one number apart."""
        number = self._number(20)
        return self.rng.choice((f"附{number}号", f"号附{number}号", f"号附{number}号", f"号之{number}"))

    def _lane(self) -> Labelled:
        """As in Shanghai: 46弄5号202室."""
        rng = self.rng
        parts = [(f"{rng.randint(1, 3000)}弄", "roadno")]
        if rng.random() < 0.15:
            parts.append((f"{rng.randint(1, 40)}支弄", "subroad"))
        parts.append((f"{rng.randint(1, 200)}号", "houseno"))
        if rng.random() < 0.6:
            parts.append(
                (f"{rng.randint(1, 33) * 100 + rng.randint(1, 6)}{rng.choice(('室', ''))}", "roomno")
            )
        return parts

    def _place(self) -> Labelled:
        rng = self.rng
        name = rng.choice(_ESTATES)
        kind = rng.random()
        if kind < 0.5:
            parts = [(name + rng.choice(_ESTATE_ENDINGS), "poi")]
            if rng.random() < 0.15:
                parts.append((rng.choice(_PARTS), "subpoi"))
            parts += self._flat()
        elif kind < 0.7:
            parts = [(name + rng.choice(_TRADES), "poi"), *self._office()]
        else:
            tail = rng.choice((rng.choice(_SEATS), rng.choice(_SHOPS), rng.choice(_FIRMS)))
            parts = [(name + tail, "poi")]
        if rng.random() < 0.15:
            parts.append((rng.choice(_RELATIONS), "assist"))
        return parts

    def _flat(self) -> Labelled:
        rng = self.rng
        building, unit, room = (
            rng.randint(1, 40),
            rng.randint(1, 5),
            rng.randint(1, 33) * 100 + rng.randint(1, 6),
        )
        draw = rng.random()
        if draw < 0.2:
            dash = ("-", "redundant")
            return [(f"{building}", "houseno"), dash, (f"{unit}", "cellno"), dash, (f"{room}", "roomno")]
        if draw < 0.3:
            return []
        said = rng.choice(("号楼", "号楼", "幢", "栋"))
        parts = [((rng.choice(_NUMERALS) if rng.random() < 0.2 else f"{building}") + said, "houseno")]
        if rng.random() < 0.7:
            parts.append(((rng.choice("一二三四") if rng.random() < 0.3 else f"{unit}") + "单元", "cellno"))
        if rng.random() < 0.15:
            parts.append((f"{rng.randint(1, 33)}{rng.choice('楼层')}", "floorno"))
        elif rng.random() < 0.8:
            parts.append((f"{room}{rng.choice(('室', '', '号'))}", "roomno"))
        return parts

    def _number(self, most: int) -> str:
        """A number, sometimes in Chinese."""
        return self.rng.choice(_NUMERALS) if self.rng.random() < 0.25 else f"{self.rng.randint(1, most)}"

    def _office(self) -> Labelled:
        rng = self.rng
        parts: Labelled = []
        if rng.random() < 0.4:
            parts.append((rng.choice("ABCD") + "座", "houseno"))
        if rng.random() < 0.4:
            parts.append(
                (f"{rng.choice(('', '', '', '负'))}{self._number(33)}{rng.choice('楼层')}", "floorno")
            )
        if rng.random() < 0.4:
            parts.append((f"{rng.randint(101, 3320)}{rng.choice(('室', '', '房', '铺'))}", "roomno"))
        if parts and rng.random() < 0.3:
            parts.append((rng.choice(_ESTATES) + rng.choice(_FIRMS), "person"))
        return parts
