"""What pytest does not look for doctests in."""

# They need torch and pandana, which only those have who train the tagger or ask the peer of roads.
collect_ignore = ["training_net.py", "pandana_alone.py"]
