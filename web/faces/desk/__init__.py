"""Desks of the two centres: acceptance, duty chief, dispatch."""
