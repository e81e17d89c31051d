"""Telling people: notices of steps and of clocks, by the channels people chose."""
