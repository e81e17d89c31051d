"""The duty desk of emergencies: calls, incidents, reports upwards, the roster."""
