"""Departments: what was dispatched to them, whom they assign, how they answer."""
