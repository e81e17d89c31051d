"""The face of notices: what one was told, and by which channels one wants to hear."""
