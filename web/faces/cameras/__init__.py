"""Cameras: watching and touring for desks, keeping the register for data officers."""
