"""The other systems of the city's unified platform."""
