"""What pytest does not look for doctests in."""

# It needs torch, which only those who train the tagger have.
collect_ignore = ["training_net.py"]
