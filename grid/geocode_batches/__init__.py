"""Files of addresses geocoded as a whole: answered row by row, in order, taken up where they broke off."""
