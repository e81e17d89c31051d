"""What is asked of the page of siting: which model, how many, within how long, and what stands already."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from emergency.rules.resources import ResourceKind
from web.way_forms import ProfileName

Model = Literal["cover_all", "cover_most", "least_mean"]
MODEL_NAMES: dict[Model, str] = {
    "cover_most": "给定数量，覆盖人口最多（MCLP）",
    "cover_all": "全部覆盖，数量最少（LSCP）",
    "least_mean": "给定数量，平均用时最短（p-中位）",
}
SITED_KINDS: tuple[ResourceKind, ...] = ("team", "warehouse", "shelter", "hospital")
MOST_CANDIDATES = 120
LONGEST_SEARCH_S = 20.0


class SitingAsked(BaseModel):
    """Where stations or stores should stand; `kind` ones that stand already stay when `keep` says so."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    model: Model = Field("cover_most", title="模型")
    kind: ResourceKind = Field("team", title="资源类别")
    keep: bool = Field(False, title="保留现有")
    more: int = Field(3, ge=0, le=50, title="新增数量")
    minutes: float = Field(8.0, gt=0, le=120, title="时限")
    candidates: int = Field(40, ge=1, le=MOST_CANDIDATES, title="候选点数量")
    places: str = Field("", max_length=MOST_CANDIDATES * 40, title="候选点")
    profile: ProfileName = Field("responder", title="通行对象")
    search_s: float = Field(10.0, gt=0, le=LONGEST_SEARCH_S, title="求解时限")
