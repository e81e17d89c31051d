"""What everyone sees: the map of the city, reporting without an account, following a report."""
