"""How multipart forms with photos are described in OpenAPI: their fields, and the names of their files."""

from typing import Any

from pydantic import BaseModel

from cases.rules.shots import SHOT_NAMES
from web.uploads import MAX_PHOTOS

_FILE = {"type": "string", "format": "binary"}


def form_with_photos(model: type[BaseModel], *names: str) -> dict[str, Any]:
    """The body of a route that reads `model` and photos named `names`, for `openapi_extra`."""
    schema = model.model_json_schema()
    for name in names:
        schema["properties"] |= _photos(name)
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def _photos(name: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        name: {
            "type": "array",
            "items": _FILE,
            "description": f"Photos that are neither near nor far; {MAX_PHOTOS} of all kinds at most.",
        },
        f"{name}_direction_ref": {
            "type": "string",
            "enum": ["T", "M"],
            "default": "T",
            "description": "Whether the directions below count from true or from magnetic north.",
        },
    }
    for shot in SHOT_NAMES:
        fields[f"{name}_{shot}"] = {
            "type": "array",
            "items": _FILE,
            "description": f"Photos that are {shot}; /api/v1/evidence-rules says where they are asked for.",
        }
        fields[f"{name}_{shot}_direction_deg"] = {
            "type": "number",
            "minimum": 0,
            "maximum": 360,
            "description": "Where the camera looked, clockwise from north; EXIF GPSImgDirection goes first.",
        }
    return fields
