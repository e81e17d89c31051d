"""Kilometre posts of the city's own roads: where one stands, and steps from it (K12+000往西100米)."""

from gis_core.geocoding import along
from gis_core.geocoding.answers import Level
from gis_core.geocoding.characters import key_of, keyed
from gis_core.geocoding.codes import KilometrePost
from gis_core.geocoding.finds import Find, find_of
from gis_core.geocoding.index import OF_ROAD, PlaceIndex
from gis_core.geocoding.meaning import Anchor, AnchorSort, Step
from gis_core.geocoding.plate_numbers import PlateNumber
from gis_core.geocoding.walking import moved
from gis_core.geocoding.wording import Sort, list_words, read_offset

LONGEST_ROAD = 8
"""Characters right before a post that may be the name of its road."""
SURE_BETWEEN = 0.9
"""How sure a place between two posts is."""


def find_post(index: PlaceIndex, text: str, post: KilometrePost) -> Find | None:
    """Where a post of a text stands; None for a road whose posts are not in the gazetteer."""
    names = index.tries["name"]
    for said in (key_of(post.road), key_of(post.road_no), *_endings(key_of(text[: post.start]))):
        if len(said) < 2 or said not in names:
            continue
        for place in index.columns.postings[names[said]]:
            number = PlateNumber(round(post.from_start_m))
            plated = along.find_plate(index, place, number, sort=OF_ROAD)
            if plated is not None:
                return _walked(index, _stands(index, place, plated), text[post.end :])
    return None


def _stands(index: PlaceIndex, road: int, plated: along.Plated) -> Find:
    streets = find_of(index, road).streets
    if plated.is_exact:
        return find_of(index, plated.place)._replace(streets=streets, why=(plated.why,))
    return find_of(index, road)._replace(
        point=plated.point,
        radius_m=plated.radius_m,
        quality=SURE_BETWEEN,
        level=Level.INTERPOLATED,
        streets=streets,
        why=(plated.why,),
    )


def _walked(index: PlaceIndex, find: Find, behind: str) -> Find:
    """The find after a step that is told right behind the post."""
    key = keyed(behind).text
    for start, end, sort in sorted(list_words(key)):
        read = read_offset(key[start:end]) if sort is Sort.OFFSET else None
        if read is None or start > 2:
            continue
        return moved(index, Anchor(AnchorSort.PLACE, (), (), steps=(Step(*read),)), find)
    return find


def _endings(key: str) -> list[str]:
    """What may be the name of a road right before its post (高新大道K5+300), the longest first."""
    return [key[start:] for start in range(max(0, len(key) - LONGEST_ROAD), len(key) - 1)]
