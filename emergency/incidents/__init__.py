"""Incidents and their timeline: calls, facts, reports that are owed."""
