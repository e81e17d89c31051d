"""Warnings that went out and came in, as they were sent; what of them holds now."""
