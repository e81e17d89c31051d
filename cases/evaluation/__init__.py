"""Evaluation (综合评价): counts of days by who answers, figures of periods, frozen figures, trying out weights."""
