"""New components as a survey office would hand them over, with defects planted for those who learn."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from shapely import Point, affinity
from sqlalchemy import text
from sqlalchemy.orm import Session

from grid.sample_city.survey import Planted

ASIDE_M = 3.0
"""How far from a component of the register its new neighbour stands."""
FIRST_NUMBER = 900_000
MOST = 400
_NEIGHBOURS = text("""
    SELECT c.code, c.name, c.authority_code, o.name AS authority_name, c.owner_code, c.unit_grid_code,
           ST_X(c.geom) + :aside AS east, ST_Y(c.geom) AS north
    FROM grid.component c
    JOIN grid.unit_grid g ON g.code = c.unit_grid_code AND g.valid_to IS NULL
    JOIN grid.organisation o ON o.code = c.authority_code
    WHERE ST_Contains(g.geom, ST_Translate(c.geom, :aside, 0)) AND c.shape IS NULL
      AND c.owner_code IS NOT NULL
    ORDER BY c.unit_grid_code, c.code LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class SurveyedComponent:
    """A row of the file: a point in the plane, texts under the keys of the standard's attributes."""

    point: Point
    texts: dict[str, str]


def draw_new_components(session: Session) -> list[SurveyedComponent]:
    """Components that the register does not have yet, beside ones it has; empty without a register."""
    rows = session.execute(_NEIGHBOURS, {"aside": ASIDE_M, "most": MOST}).all()
    return [
        SurveyedComponent(
            Point(row.east, row.north),
            {
                "code": f"{row.code[:11]}{FIRST_NUMBER + n:06d}",
                "name": row.name,
                "authority_code": row.authority_code,
                "authority_name": row.authority_name,
                "owner_code": row.owner_code,
                "unit_grid_code": row.unit_grid_code,
                "state": "完好",
                "first_surveyed_on": "20260901",
                "source": "实测",
                "remark": "示意数据",
            },
        )
        for n, row in enumerate(rows)
    ]


def plant_component_defects(
    rows: Sequence[SurveyedComponent],
) -> tuple[list[SurveyedComponent], list[Planted]]:
    """The rows with one defect of each usual kind, far from one another in the file."""
    found = list(rows)
    planted: list[Planted] = []
    step = len(rows) // 9

    def change(nth: int, kind: str, words: str, *, point: Point | None = None, **texts: str) -> None:
        n = nth * step
        planted.append(Planted(kind, found[n].texts["code"], words))
        found[n] = replace(found[n], point=point or found[n].point, texts=found[n].texts | texts)

    code = rows[2 * step].texts["code"]
    elsewhere = next(
        row.texts["unit_grid_code"]
        for row in reversed(rows)
        if row.texts["unit_grid_code"] != rows[5 * step].texts["unit_grid_code"]
    )
    kind = rows[step].texts["code"][:11]
    before = (row.texts["code"] for row in reversed(rows[:step]))
    taken = next(code for code in before if code.startswith(kind))
    change(1, "duplicate_code", f"与 {taken} 同码", code=taken)
    change(2, "bad_code", "编码里有全角数字", code=code[:-1] + "７")
    change(3, "unknown_type", "没有这一类部件", code=f"{rows[3 * step].texts['code'][:6]}99999000001")
    change(4, "outside_frame", "点在城外", point=affinity.translate(rows[4 * step].point, -60_000.0, 0.0))
    change(5, "grid_disagrees", "写了别处的网格", unit_grid_code=elsewhere)
    change(6, "bad_value", "状态写成“挺好”", state="挺好")
    change(7, "missing_attribute", "没有填名称", name="")
    change(8, "missing_owner", "没有填权属单位", owner_code="")
    return found, planted
