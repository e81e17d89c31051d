"""Plans as programs: documents, triggers, checks, comparison, reminders, task graphs and activation.

Everything here is a pure value of a pure function; docs/plans.md tells how an official uses it.
"""
