"""Everything HTTP and every face."""
