"""Where stations and stores should stand, and what those that stand there cover."""
