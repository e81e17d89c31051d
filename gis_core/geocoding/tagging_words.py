"""Words and characters that tell the parts of an address apart, in classes of one letter each."""

_CLASSES = {
    "一": "一二三四五六七八九十百零〇两甲乙丙丁壹贰叁",
    "东": "东西南北中",
    "上": "上下前后左右内外侧旁边面对",
    "路": "路街道巷弄线",
    "胡": "坊里",
    "号": "号",
    "幢": "幢栋座",
    "元": "元",
    "楼": "楼层",
    "室": "室房铺",
    "村": "村社庄屯",
    "组": "组队排",
    "区": "区",
    "市": "市",
    "县": "县旗",
    "省": "省",
    "镇": "镇乡",
    "店": "店厂司部行馆院校所城场园苑厦库局堂站府",
    "期": "期",
    "大": "大小",
    "-": "-_/\\",
    "(": "()",
    ",": ",.;、。|·*?!\"'",
}
CLASS_OF = {sign: kind for kind, signs in _CLASSES.items() for sign in signs} | dict.fromkeys("123456", "0")
"""Of the signs of a shape (`tagging_features`), where digits stand for the length of a number."""

ENDINGS = frozenset("路号幢元楼室村组区市县省镇店期胡")
"""Classes of characters that parts end in."""

_WORDS = {
    "E": "小区 花园 公寓 家园 花苑 新村 山庄 别墅 名苑 雅苑 佳苑 嘉苑 华庭 名都 华府 豪庭 新城 公馆"
    " 宿舍 家属院 嘉园 庭院 府邸 城市花园",
    "B": "大厦 大楼 中心 广场 商厦 写字楼 商务楼 办公楼 国际 综合楼 商城 购物 世贸 财富",
    "Z": "工业园区 工业园 工业区 科技园 产业园 创业园 园区 软件园 物流园 工业城 创意园 高新园",
    "D": "经济技术开发区 经济开发区 开发区 高新区 高新技术产业 新区 保税区 度假区 经开区 管委会 示范区",
    "M": "市场 商贸城 服装城 建材城 批发 超市 汽配城 轻纺城 家居城 小商品 农贸 菜场 商业街 步行街 专业街",
    "C": "有限公司 公司 集团 股份 实业 科技 贸易 电子 制衣 服饰 鞋业 机械 化工 塑料 厂 专卖店 店"
    " 专柜 经营部 工作室 网吧 宾馆 酒店 饭店 酒家 餐厅 银行 营业部 门市部",
    "S": "学校 小学 中学 大学 学院 幼儿园 医院 卫生院 派出所 法院 政府 邮局 车站 火车站 机场 地铁站"
    " 加油站 收费站 村委会 居委会 委员会 办事处 服务站 校区 图书馆 体育馆",
    "I": "前台 仓库 门卫 传达室 收发室 保安室 办公室 财务部 财务科 销售部 商铺 店面 车间 工地 地下室"
    " 食堂 丰巢 快递柜 服务台 住院部 门诊部 东门 西门 南门 北门 大门 后门 正门 侧门",
    "A": "对面 斜对面 旁边 附近 门口 交叉口 交汇处 交界处 路口 后面 前面 隔壁 楼下 楼上 东侧 西侧"
    " 南侧 北侧 以东 以西 以南 以北 十字 之间 中间 旁 往东 往西 往南 往北 交叉 内侧 院内 转角"
    " 拐角 东面 西面 南面 北面 往前 向东 向西 向南 向北",
    "N": "电联 null 无 请 收 转 先生 女士 小姐 老师 送货 上门 备用 电话 联系 不详 其他 其它 自提 代收",
    "R": "大道 大街 路 街 巷 弄 支路 公路 国道 省道 高架 环路 胡同 里弄 支弄 东路 西路 南路 北路 中路",
    "V": "社区 居委 村 自然村 行政村 村民",
    "T": "街道 镇 乡 民族乡",
}
WORD_KINDS = {word: kind for kind, words in reversed(_WORDS.items()) for word in words.split(" ")}
_LENGTHS = {
    first: tuple(sorted({len(word) for word in WORD_KINDS if word[0] == first}, reverse=True))
    for first in {word[0] for word in WORD_KINDS}
}


def words_in(plain: str) -> list[tuple[int, int, str]]:
    """The words of a folded text from its beginning on, the longest at each place: where, and of what kind.

    >>> words_in("阳光小区旁")
    [(2, 4, 'E'), (4, 5, 'A')]
    """
    found: list[tuple[int, int, str]] = []
    at = 0
    for start, sign in enumerate(plain):
        if start < at:
            continue
        for length in _LENGTHS.get(sign, ()):
            word = plain[start : start + length]
            kind = WORD_KINDS.get(word)
            if kind:
                at = start + len(word)
                found.append((start, at, kind))
                break
    return found
