"""How far harm reaches: one module a model, each giving an `Effect` that says how it was worked out.

Pure: shapely, numpy and scipy on plane metres. Wind is said as in weather reports, where it comes **from**.
"""
