"""Registers of the city's emergency resources: what can be sent, opened, asked and watched."""
