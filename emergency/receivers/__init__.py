"""Who must be told of warnings, and what became of telling them."""
