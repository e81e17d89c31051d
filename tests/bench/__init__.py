"""Benchmarks: each figure beside an oracle or a peer measured in the same run; never part of the tests."""
