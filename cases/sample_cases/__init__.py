"""Past cases of the drawn city: a year of civic life, told through the real rules and flagged synthetic."""

from cases.sample_cases.adding import add_past_cases

__all__ = ["add_past_cases"]
