"""What a benchmark reports."""

from dataclasses import asdict, dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value with its target and, where there is one, a peer measured in the same run.

    Without a target it is told for the record.
    """

    group: str
    name: str
    value: float
    unit: str
    target: float | None = None
    better: Literal["less", "more"] = "less"
    peer: str | None = None
    peer_value: float | None = None

    @property
    def ok(self) -> bool:
        """Whether the target is met; what has none cannot miss it."""
        if self.target is None:
            return True
        return self.value <= self.target if self.better == "less" else self.value >= self.target

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer; above 1 is better."""
        if not self.peer_value or not self.value:
            return None
        return self.peer_value / self.value if self.better == "less" else self.value / self.peer_value

    def as_json(self) -> dict[str, object]:
        """The figure as `script/bench --json` writes it."""
        record = asdict(self)
        del record["better"]
        return record | {"ok": self.ok, "ratio": self.ratio}

    def cells(self) -> tuple[str, ...]:
        """The figure as a row of the printed table."""
        sign = "≤" if self.better == "less" else "≥"
        return (
            self.group,
            self.name,
            f"{self.value:,.4g} {self.unit}",
            "" if self.target is None else f"{sign} {self.target:,.4g}",
            "" if self.target is None else "[green]✓[/]" if self.ok else "[red]✗[/]",
            self.peer or "",
            "" if self.peer_value is None else f"{self.peer_value:,.4g}",
            "" if self.ratio is None else f"{self.ratio:,.1f}×",
        )
