"""Plans in their versions, responses activated by them, and the tasks that departments are given."""
