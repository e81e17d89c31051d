"""Tests of the city. A package of its own, for a library of ours installs one of the same name."""
