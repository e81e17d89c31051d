"""The field as leaders see it: who is on duty, which grids were walked, a track to be played again."""
