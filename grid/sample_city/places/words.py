"""Words that names of the drawn city are put together from: of nature and place; no firm is meant."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


ESTATE_FIRST = _words(
    "祥和 安康 锦绣 阳光 金桂 翠园 学府 新苑 福泽 春晖 秦岭 渭水 和润 康宁 梧桐 银杏 海棠 丁香 玉兰 石榴"
    " 桃源 梨园 竹韵 松涛 柳岸 荷香 枫林 桂苑 晨光 明珠 彩虹 朝霞 清泉 云岭 向阳 向荣 永安 永和 安居 怡园"
    " 馨苑 景园 书香 幸福 团圆 丰泽 惠泽 嘉和 杨柳 芳草 绿荫 碧波 静水 朗月 星河 晴川 望山 临河 南塬 北坡"
    " 东篱 知春 听雨 揽翠 叠翠 映山 合欢 凌霄 紫藤 蔷薇 木槿 茉莉 棠梨 青杨"
)
ESTATE_LAST = _words("小区 家园 花园 苑 新村 佳苑 雅居 公寓 花苑")

SHOP_FIRST = _words(
    "渭畔 塬上 槐荫 柳岸 竹里 麦田 谷雨 晨露 晚晴 南窗 青石 白杨 红枫 松风 荷塘 杏林 桃源 梨园 枣花 溪畔"
    " 云岭 石榴 芦苇 山泉 春泥 夏荫 秋实 冬青 小满 芒种 白露 霜降 立夏 清禾 丰年 炊烟 灯火 巷口 街角 老槐"
    " 古井 东坡 西窗 北坡 河湾 渡口 驿路 棉田 禾场 磨坊"
)
SHOPS: tuple[tuple[str, str], ...] = tuple(
    (category, ending)
    for category, endings in (
        ("restaurant", "面馆 饺子馆 饭庄 小吃店 火锅店 泡馍馆 早餐店 臊子面馆"),
        ("shop", "五金店 文具店 鞋店 服装店 理发店 花店 水果店 烟酒店 眼镜店 打字复印店"),
        ("shop", "电动车行 干洗店 茶叶店 粮油店 修车铺"),
        ("pharmacy", "药店"),
        ("hotel", "旅馆 宾馆"),
        ("supermarket", "便利店 超市"),
        ("clinic", "口腔诊所"),
        ("sports", "健身房"),
    )
    for ending in endings.split()
)
OFFICES = _words("大厦 商务楼 写字楼 商务中心")

FACTORIES = _words(
    "机械厂 纺织厂 面粉厂 印刷厂 阀门厂 机床配件厂 电子仪器厂 包装厂 家具厂 食品厂 铸造厂 标准件厂 玻璃厂"
    " 塑料厂 建材厂 农机修造厂 电缆厂 制氧厂 热处理厂 水泵厂"
)
