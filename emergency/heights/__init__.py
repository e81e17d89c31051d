"""Heights of a real city: files that were brought in, which of them is in force, and the way back."""
