"""The city's gazetteer (schema `grid`): places names, history, imports; the index is built from it."""
