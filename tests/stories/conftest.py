"""Stories are told through the faces: the real application, real PostGIS, a clock that stands still."""

from tests.faces.conftest import browser, face_engine, signed_in, visit, wiring

__all__ = ["browser", "face_engine", "signed_in", "visit", "wiring"]
