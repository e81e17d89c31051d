"""The life of a report, from the first word to closing."""
