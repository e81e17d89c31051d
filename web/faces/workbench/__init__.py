"""What every desk has beside its queue: all filters, kept views, many cases at once, files of lists."""
