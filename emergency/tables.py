"""What all tables of emergencies share (schema `emergency`)."""

from sqlalchemy.dialects.postgresql import TIMESTAMP

SCHEMA = "emergency"
MOMENT = TIMESTAMP(timezone=True)
