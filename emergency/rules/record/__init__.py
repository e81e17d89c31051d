"""The record of an incident, as rules: how it stood at a moment, what it measures, what it says."""
