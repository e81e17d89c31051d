"""Reporters' contacts by need, the log of who looked, and what the city holds of a telephone number."""
