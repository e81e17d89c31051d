"""The phone of inspectors and crews."""
