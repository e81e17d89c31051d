"""Warnings out and in: CAP 1.2 and the Chinese profile, signatures, feeds, their life; docs/warnings.md."""
