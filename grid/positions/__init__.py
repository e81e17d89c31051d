"""Who and what moves through the city on duty: positions, the live picture, alarms, tracks and coverage."""
