"""A fact of an incident as the rules read it: the entry of a chain, in the chain's order."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol


class Fact(Protocol):
    """What was written down of an incident, when and by whom, and what it keeps."""

    @property
    def seq(self) -> int:
        """Its place in the chain, from 1."""

    @property
    def at(self) -> datetime:
        """When it was written down."""

    @property
    def happened_at(self) -> datetime:
        """When it happened."""

    @property
    def action(self) -> str:
        """What was done."""

    @property
    def to_stage(self) -> str:
        """The stage after it."""

    @property
    def text(self) -> str:
        """What it says."""

    @property
    def body(self) -> Mapping[str, Any]:
        """What it keeps."""

    @property
    def by_person_id(self) -> int | None:
        """Who wrote it; None where the system or somebody without an account did."""

    @property
    def by_name(self) -> str:
        """Their name."""


def moment_of(value: object) -> datetime | None:
    """A moment as a body keeps it (ISO 8601 with its offset); None where it keeps none."""
    return datetime.fromisoformat(value) if isinstance(value, str) else None
