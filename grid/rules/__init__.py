"""Pure rules of the spatial frame."""
