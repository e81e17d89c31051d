"""The wall of the command centre: one page of map and figures, read from five metres, all day."""
