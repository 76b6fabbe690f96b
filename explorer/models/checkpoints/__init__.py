"""Checkpoint files: opened without running anything, and what they say about themselves."""
