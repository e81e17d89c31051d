"""Kinds of error every floor raises; only `web/errors.py` turns them into HTTP answers."""


class CitygridError(Exception):
    """An error a person can act on: a stable code, and a Chinese sentence that says what to do."""

    code = "citygrid_error"

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts


class BadInput(CitygridError):
    """What was sent cannot be read; nothing was changed."""

    code = "bad_input"


class NotAllowed(CitygridError):
    """The person may not do this."""

    code = "not_allowed"


class NotFound(CitygridError):
    """There is no such thing, or the person may not know of it."""

    code = "not_found"


class Conflict(CitygridError):
    """The thing has moved on since the person looked at it."""

    code = "conflict"


class Refused(CitygridError):
    """A rule of the city says no."""

    code = "refused"
