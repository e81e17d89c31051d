"""Places from words and words for places: normalise, parse, search, reverse, over a gazetteer held in memory.

Nothing here knows a city, a database or HTTP: the gazetteer is handed in as values (`gazetteer.py`), the
answers are values (`answers.py`). Coordinates are plane metres of the city's system unless a name says so.
"""
