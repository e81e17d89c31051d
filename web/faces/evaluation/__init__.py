"""Evaluation (综合评价): ranking, explanation, cases behind figures, what-if, freezing, files, maps."""
