"""What people do in the incident room, each a fact of the incident with its own body."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from cases.rules.deciding import Asking
from cases.rules.evidence import StoredPhoto
from emergency.rules.commands import Decision, KnownKinds, checked_past
from emergency.rules.incidents import State, move, need_words
from emergency.rules.room.evidence import photos_told
from emergency.rules.room.resources import KINDS, STATE_NAMES, BadResource, ResourceState
from emergency.rules.room.shapes import KIND_NAMES, LONGEST_LABEL, BadShape, ShapeKind
from gis_core.errors import BadInput

LONGEST_NAME = 60


class PhotosMissing(BadInput):
    """Photos were to be added, and there is none."""

    code = "incident_photos_missing"


@dataclass(frozen=True, slots=True)
class Draw:
    """Somebody draws a shape; `key` is the client's own number of it."""

    action: ClassVar[str] = "note"
    key: UUID
    kind: ShapeKind
    label: str
    geometry: Mapping[str, Any]

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises BadShape: a text needs words, a label is short."""
        label = self.label.strip()
        if self.kind == "text" and not label:
            raise BadShape("请填写要写在地图上的文字。", field="label")
        if len(label) > LONGEST_LABEL:
            raise BadShape(f"图上的文字最多 {LONGEST_LABEL} 字，请缩短。", field="label")
        body = {
            "key": str(self.key),
            "action": "draw",
            "kind": self.kind,
            "label": label,
            "geometry": dict(self.geometry),
        }
        return _told(f"标绘{KIND_NAMES[self.kind]}：{label or '无文字'}", state, asking, drawing=body)


@dataclass(frozen=True, slots=True)
class Erase:
    """Somebody takes a shape off the map."""

    action: ClassVar[str] = "note"
    key: str
    label: str

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises what `move` raises."""
        body = {"key": self.key, "action": "remove"}
        return _told(f"撤除标绘：{self.label or '无文字'}", state, asking, drawing=body)


@dataclass(frozen=True, slots=True)
class MoveResource:
    """A team, vehicle or store is called, on its way, there, or sent home."""

    action: ClassVar[str] = "note"
    code: str
    name: str
    kind: str
    state: ResourceState
    place: str = ""
    happened_at: datetime | None = None

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises BadResource, IncidentWordsMissing, BadMoment."""
        name = need_words(self.name, "力量的名称", most=LONGEST_NAME)
        if self.kind not in KINDS:
            raise BadResource("请从列表中选择是队伍、车辆还是物资。", field="kind")
        place = self.place.strip()[:80]
        body = {"code": self.code, "name": name, "kind": self.kind, "state": self.state} | (
            {"place": place} if place else {}
        )
        text = f"{name}（{KINDS[self.kind]}）{STATE_NAMES[self.state]}{f'：{place}' if place else ''}"
        return _told(text, state, asking, at=self.happened_at, resource=body)


@dataclass(frozen=True, slots=True)
class NoteWeather:
    """The weather at the place as somebody saw or was told it; where it comes from is asked for."""

    action: ClassVar[str] = "note"
    words: str
    source: str
    happened_at: datetime | None = None

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises IncidentWordsMissing, BadMoment."""
        words = need_words(self.words, "天气情况", most=200)
        source = need_words(self.source, "天气从哪里得知", most=60)
        body = {"words": words, "source": source}
        return _told(f"天气：{words}（{source}）", state, asking, at=self.happened_at, weather=body)


@dataclass(frozen=True, slots=True)
class ShowPhotos:
    """Photos of the place, with words."""

    action: ClassVar[str] = "note"
    words: str
    photos: tuple[StoredPhoto, ...]

    def decide(self, state: State, asking: Asking, known: KnownKinds) -> Decision:
        """Raises PhotosMissing."""
        if not self.photos:
            raise PhotosMissing("请选择要上传的照片。", field="photos")
        words = self.words.strip()[:500]
        text = f"照片 {len(self.photos)} 张{f'：{words}' if words else ''}"
        return _told(text, state, asking, photo=photos_told(self.photos))


def _told(text: str, state: State, asking: Asking, *, at: datetime | None = None, **body: Any) -> Decision:
    edge = move("note", stage=state.stage, role=asking.role)
    happened_at = checked_past(at, asking.at, "发生时间") or asking.at
    return Decision(state, edge, text, {"changes": {}} | body, happened_at)
