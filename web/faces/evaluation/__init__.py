"""Evaluation (综合评价): ranking, explanation, cases behind figures, trying out weights, freezing, files, maps."""
