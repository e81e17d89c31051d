"""Emergency command, layered on cases."""
