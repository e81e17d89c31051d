"""The spatial frame and who answers for it."""
