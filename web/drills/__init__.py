"""Drills as scripts: a scenario told by its injects, played through the pages against a running server."""
