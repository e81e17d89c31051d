"""Pure rules of emergency command."""
