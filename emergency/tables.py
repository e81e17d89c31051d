"""What all tables of emergencies share (schema `emergency`)."""

from sqlalchemy.dialects.postgresql import TIMESTAMP

SCHEMA = "emergency"
MOMENT = TIMESTAMP(timezone=True)
TOLD_OF = "incident"
"""Where desks and walls listen for emergencies; the payload is an incident's number, or empty."""
