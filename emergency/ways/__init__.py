"""Ways of emergencies: roads that are closed, and who obeys it."""
