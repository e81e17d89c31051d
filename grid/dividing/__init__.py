"""Dividing communities into unit grids along the lines on the ground."""

from grid.dividing.engine import DividedGrid, Division, Targets, divide
from grid.dividing.ground import Ground

__all__ = ["DividedGrid", "Division", "Ground", "Targets", "divide"]
