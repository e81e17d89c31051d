"""The self-service terminal of a government hall."""
