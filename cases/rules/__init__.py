"""Pure rules of the case: stages, commands, clocks."""
