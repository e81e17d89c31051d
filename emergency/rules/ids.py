"""Ids that must stand once, so that an answer can be told apart."""

from collections import Counter
from collections.abc import Sequence

from gis_core.errors import BadInput


class IdsTwice(BadInput):
    """Two blocks, shelters, sites or teams have one id, so an answer could not be told apart."""

    code = "ids_twice"


def require_unique(ids: Sequence[str], *, what: str) -> None:
    """Nothing when every id stands once.

    :raises IdsTwice: naming those that do not.
    """
    twice = sorted(one for one, times in Counter(ids).items() if times > 1)
    if twice:
        named = "、".join(twice[:5])
        raise IdsTwice(f"{what}的编号重复：{named}。请改正后重新提交。", ids=twice)
