"""One step for many cases: chosen, tried without writing, taken one by one, told."""
