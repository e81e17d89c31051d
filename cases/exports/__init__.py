"""Lists of cases as files that the worker writes: what was asked for, how far it is, how long it is kept."""
