"""Everything that changes the city's heights, one transaction each."""

from dataclasses import dataclass

from cases.rules.deciding import Asking
from emergency.heights import store
from emergency.heights.looking import Looked
from emergency.heights.reading import HeightsVersion, get_heights, list_choices
from gis_core.db import Sessions
from gis_core.errors import BadInput, Conflict

LONGEST_WHY = 200


class HeightsKnown(Conflict):
    """The same file in cells of the same size was brought in before."""

    code = "heights_known"


class HeightsMoved(Conflict):
    """Another version was taken after the page was drawn."""

    code = "heights_moved"


class HeightsInForce(Conflict):
    """The version asked for is in force already."""

    code = "heights_in_force"


class NoHeightsReason(BadInput):
    """Nobody said why another version is taken."""

    code = "no_heights_reason"


@dataclass(frozen=True, slots=True)
class CityHeights:
    """The operations on heights, wired once; safe to share between threads."""

    sessions: Sessions

    def bring_in(self, looked: Looked, asking: Asking) -> HeightsVersion:
        """Write a file that was looked at as a version of its own, in force from now on.

        :raises HeightsKnown: when it is there already; then it can be taken by its number.
        """
        with self.sessions.begin() as session:
            last = store.lock(session)
            known = store.find_same(session, looked.sha256, looked.terrain.cell_m)
            if known is not None:
                raise HeightsKnown(f"这份文件已作为第 {known} 版导入过。要用它，请在版本列表中启用。")
            number = store.add(session, looked, at=asking.at, by_name=asking.name)
            store.choose(session, last + 1, number, "导入", asking)
            return get_heights(session, number)

    def take(
        self, heights_id: int | None, why: str, asking: Asking, *, seen_seq: int | None = None
    ) -> HeightsVersion | None:
        """Let another version hold, or none: the way back, and forth again.

        :raises NoSuchHeights, NoHeightsReason, HeightsInForce: when it cannot be taken.
        :raises HeightsMoved: when another one was taken since the page was drawn.
        """
        if not why.strip() or len(why) > LONGEST_WHY:
            raise NoHeightsReason(f"请写明为什么换用，最多 {LONGEST_WHY} 字。")
        with self.sessions.begin() as session:
            last = store.lock(session)
            if seen_seq is not None and seen_seq != last:
                raise HeightsMoved("打开页面之后，高程数据已换过版本，没有改动。请刷新后再办理。")
            version = None if heights_id is None else get_heights(session, heights_id)
            choices = list_choices(session)
            if (choices[0].heights_id if choices else None) == heights_id:
                raise HeightsInForce("现在用的就是这一版，没有改动。")
            store.choose(session, last + 1, heights_id, why.strip(), asking)
            return version
