"""Every sentence and name an effect speaks: Chinese, with places for values; English is in the catalogue."""

from enum import StrEnum


class Say(StrEnum):
    """A sentence with places for values; `of` fills them."""

    # Stability
    NIGHT_CALM = "夜间风速低于 2 米/秒，稳定度表此格为空，按 F 类（最不利）计算"
    TABLE_AT_10_M = "稳定度按帕斯奎尔表由 10 米高处风速、日照与云量判断，是分档估计"
    # Plume
    PLUME_STEADY = "高斯烟羽假定平坦地面、稳定的风和持续均匀的泄漏，不考虑建筑、沟谷和风向突变"
    PLUME_RANGE = "适用于泄漏点下风向 {near} 米至 {far} 米；近处按 {near} 米处的宽度包住泄漏点"
    PLUME_NEUTRAL = "只适用于与空气密度相近的气体；重气、冷气在近处会贴地向四周和低处流动"
    PLUME_UNRESOLVED = "“{zone}”只可能在 {near} 米以内超过，模型给不出形状，按半径 {near} 米的圆画出"
    PLUME_NOT_REACHED = "“{zone}”在 {near} 米至 {far} 米之间的地面不会达到：最高 {most} 毫克/立方米"
    PLUME_CUT = "“{zone}”在 {far} 米处仍超过限值，实际影响更远，图形到此为止"
    PLUME_SLOW_WIND = "风速 {wind} 米/秒低于 1 米/秒，超出烟羽模型的可靠范围，结果只供参考"
    PLUME_WIDENED = "外轮廓按风向左右各 {deg} 度的不确定性放宽；内轮廓是风向不变时的范围"
    PLUME_LID = "混合层顶高 {lid} 米，污染物在其下反射"
    PLUME_TWO_CLASSES = "稳定度 {classes}：取两类扩散参数的平均"
    LIMITS_RECALLED = "{names}的限值为回忆数据，尚未与出处核对，正式使用前须核对"
    # Heavy gas
    HEAVY_GAS = "{substance}比空气重（相对密度约 {density}），烟羽模型在近处偏小，请同时看初期处置区"
    COLD_GAS = "{substance}液化储存，泄漏时带冷雾滴，先像重气一样贴地流动，请同时看初期处置区"
    FLAMMABLE_GAS = "{substance}可燃，爆炸下限 {lel}%；范围内禁止明火、启动车辆和开关电器"
    LOW_GROUND = "重气会积在低洼处、地下室、下水道和地下通道，请逐处排查"
    # First minutes
    FIRST_30 = "初期处置区只管泄漏后约 30 分钟，之后请改用监测数据或模型"
    DISTANCE_IS_MORE = "查得的下风向距离为 {km} 公里以上，图上按 {km} 公里画"
    WIND_UNKNOWN = "风向不明或静风，按下风向距离为半径向四周画圆"
    DISTANCES_RECALLED = "隔离距离为回忆数据，尚未与《应急响应指南》原书核对，正式使用前须核对"
    GUIDE_DISTANCE = "该物质不在吸入毒性表内，距离取自所属指南的一般建议"
    # Circle, sector, drawn
    GIVEN_BY_HAND = "范围由人给定，不是模型计算结果"
    MENDED = "所画图形自相交，已按围成的面修整为 {parts} 块，面积 {area} 平方米，请核对"
    # Blast
    SADOVSKY_RANGE = "萨多夫斯基公式适用于比例距离 1 至 15 米/千克^⅓，按空中爆炸、空旷地面估算"
    BLAST_NO_FRAGMENTS = "不考虑破片、热辐射、建筑遮挡与反射"
    BLAST_NEAR = "“{zone}”的超压高于公式适用范围，按 Z=1 处的半径画出，实际更近"
    # Fire
    FIRE_FREE = "椭圆假定地形、可燃物和风都不变，不考虑坡度、飞火、道路隔断和扑救"
    FIRE_RATE_GIVEN = "火头蔓延速度由人给定，长宽比由中焰高度风速推算"
    FIRE_AFTER = "起火后 {minutes} 分钟"
    FIRE_HEAD_AT = "火头推进 {metres} 米"
    FIRE_ROUND_OFF = "风速 {wind} 米/秒时长宽比算得 {ratio}，超过 8，按 8 画"
    # Flood
    FLOOD_BATHTUB = "按水位与地面高程比较，只取与河道或溃口相连处；不算流速、到达时间和糙率"
    FLOOD_CELL = "地形格网 {cell} 米，比格网窄的堤防、沟渠、涵洞可能看不到"
    FLOOD_VERTICAL = "水位与地形须用同一高程基准；地形为：{vertical}"
    FLOOD_EDGE = "淹没范围到达地形数据边缘，实际可能更大"
    FLOOD_DRY = "水位没有超过河道或溃口处的地面，没有淹没范围"
    FLOOD_HOLES = "{share}% 的地形单元没有高程，按不淹计"
    FLOOD_SAMPLE = "地形为示意数据，不能用于真实决策"
    FLOOD_UNDATED_TERRAIN = "地形数据没有测量日期，不知道此后的堤防、填挖是否在内"
    FLOOD_OLD_TERRAIN = "地形测于 {on}，已有 {years} 年，此后的堤防、填挖不在内"
    FLOOD_ACCURACY = "地形高程精度（中误差）±{accuracy} 米，浅于此的水深和范围边线不可靠"
    FLOOD_ACCURACY_UNKNOWN = "地形高程精度未说明，水深和范围边线只作参考"
    FLOOD_BETWEEN = "水位沿河道在水位站之间按里程线性内插，两端以外取最近一站"
    FLOOD_UPHILL = "{lower}在下游，水位却比{upper}高 {more} 米，请核对水位站读数"
    FLOOD_OLD_GAUGE = "{gauge}的读数已有 {minutes} 分钟，可能已经变化"
    FLOOD_STILL = "水位按水平面计，只适合一小段河道"
    POND = "积水范围按该点水深推成水平面，只取与该点相连处；不算排水能力"
    # Exposure
    PEOPLE_BY_AREA = "人口按地块面积比例分摊，假定地块内均匀分布"
    PEOPLE_PRESENT = "在场人数按土地用途的在场系数折算（{moment}），系数为{status}"
    PEOPLE_RESIDENT = "人数为登记常住人口，未按时段折算"
    PEOPLE_ESTIMATED = "涉及的地块中 {share}% 为估算人口"
    NO_WORKERS = "没有就业、就学人口数据，白天的工作区和学校人数会偏少"
    LAYER_MISSING = "没有“{layer}”数据，未统计"
    LAYER_OLD = "“{layer}”数据日期为 {on}，已有 {days} 天"
    LAYER_SAMPLE = "“{layer}”为示意数据"
    LAYER_UNDATED = "“{layer}”数据没有日期"
    BOUNDARY_IN = "落在边界上的算在内"
    ZONES_TOGETHER = "几个范围重叠处只计一次"
    KNOCK_ON = "范围内有 {n} 处危险源，可能引发次生灾害，须逐处核实：{names}"
    LOST_PLACES = "范围内有 {n} 处避难场所不能用，少 {places} 个位置"
    UNKNOWN_USE = "{n} 个地块的土地用途没有在场系数，按常住人口计"

    def of(self, **values: object) -> str:
        """The sentence with its values.

        >>> Say.LAYER_MISSING.of(layer="避难场所")
        '没有“避难场所”数据，未统计'
        """
        return self.value.format(**{name: tell(value) for name, value in values.items()})


class Label(StrEnum):
    """A name of a model, a parameter, a zone or a unit."""

    PLUME = "高斯烟羽"
    FIRST_MINUTES = "初期处置区"
    CIRCLE = "圆形范围"
    SECTOR = "扇形范围"
    DRAWN = "手绘范围"
    BLAST = "爆炸冲击波"
    FIRE = "火场椭圆"
    FLOOD = "按水位淹没"
    PONDING = "易涝点积水"
    SUBSTANCE = "物质"
    RATE = "泄漏速率"
    HEIGHT = "源高"
    WIND = "风速"
    WIND_FROM = "风向（来向）"
    WIND_TO = "下风向"
    UNCERTAINTY = "风向不确定性"
    STABILITY = "大气稳定度"
    SIGMAS = "扩散参数"
    LID = "混合层高度"
    MOST = "地面最高浓度"
    MOST_AT = "最高浓度处距离"
    RADIUS = "半径"
    BEARING = "方位角"
    OPENING = "张角"
    SPILL = "泄漏规模"
    CONTAINER = "容器"
    TIME_OF_DAY = "时段"
    ISOLATION = "初始隔离距离"
    DOWNWIND = "下风向防护距离"
    TNT = "TNT 当量"
    MASS = "物质质量"
    HEAT = "燃烧热"
    EFFICIENCY = "爆炸效率"
    HEAD_RATE = "火头蔓延速度"
    BACK_RATE = "火尾蔓延速度"
    RATIO = "长宽比"
    HEAD_BACK = "火头火尾速度比"
    LEVEL = "水位"
    VOLUME = "积水量"
    DEEPEST = "最大水深"
    WET_AREA = "淹没面积"
    CELL = "地形格网"
    DEPTH = "水深"
    AREA = "面积"
    ZONE_ISOLATION = "初始隔离区"
    ZONE_PROTECTIVE = "防护区"
    ZONE_CIRCLE = "圆内"
    ZONE_SECTOR = "扇形内"
    ZONE_DRAWN = "图形内"
    BRIGGS_RURAL = "布里格斯（开阔地）"
    BRIGGS_URBAN = "布里格斯（城区）"
    PASQUILL_GIFFORD = "帕斯奎尔—吉福德（开阔地）"
    SMALL = "小量（208 升以下）"
    LARGE = "大量（208 升及以上）"
    DAY = "白天"
    NIGHT = "夜间"
    WEEKEND = "周末白天"
    RESIDENT = "常住人口"
    GIVEN = "填报"
    DERIVED = "推算"
    SOURCED = "有出处"
    RECALLED = "待核对"
    ASSUMED = "假定"
    PEOPLE = "人口"
    COMPONENTS = "部件"
    TARGETS = "防护目标"
    HAZARDS = "危险源"
    ROADS = "道路"
    SHELTERS = "避难场所"


def tell(value: object) -> str:
    """A value as people read it: numbers short, without a tail of zeros.

    >>> tell(0.37), tell(1250.0), tell(15.599), tell("F"), tell(1.56e-5)
    ('0.37', '1250', '15.6', 'F', '1.56e-05')
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:.3g}"
