"""States of a component (部件状态) and what they mean to somebody in the street.

The register keeps the word of the survey; the public map tells its class only.
"""

SOUND, FAULTY, RETIRED = "sound", "faulty", "retired"
STATE_CLASSES = {"完好": SOUND, "破损": FAULTY, "丢失": FAULTY, "废弃": RETIRED, "移除": RETIRED}
"""The class of each word. A word that is not listed here counts as faulty: somebody should look."""
CLASS_NAMES = {SOUND: "完好", FAULTY: "破损或丢失", RETIRED: "停用"}


def class_of(state: str) -> str:
    """The class of a state.

    >>> class_of("丢失"), class_of("倾斜")
    ('faulty', 'faulty')
    """
    return STATE_CLASSES.get(state, FAULTY)
