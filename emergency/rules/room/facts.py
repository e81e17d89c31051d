"""A fact of an incident as the rules of the room read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class FactTold(Protocol):
    """When it happened, who wrote it down, and what it holds."""

    @property
    def seq(self) -> int:
        """Its place in the timeline."""
        ...

    @property
    def at(self) -> datetime:
        """When it was written down."""
        ...

    @property
    def happened_at(self) -> datetime:
        """When it happened."""
        ...

    @property
    def by_person_id(self) -> int | None:
        """Who wrote it down."""
        ...

    @property
    def by_name(self) -> str:
        """Their name."""
        ...

    @property
    def body(self) -> Mapping[str, Any]:
        """What it holds."""
        ...
