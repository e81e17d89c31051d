"""The record of incidents: any moment of them, what they measure, what was learnt, what is destroyed."""
