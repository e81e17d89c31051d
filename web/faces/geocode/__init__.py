"""The face of whoever has a file of addresses to be geocoded."""
