"""Pages for each audience."""
