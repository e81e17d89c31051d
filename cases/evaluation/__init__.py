"""Evaluation (综合评价): counts of days, figures of periods, frozen figures, trying out weights."""
