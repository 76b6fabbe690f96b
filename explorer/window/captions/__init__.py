"""Pieces of the Caption panel: the row of words, what is asked about them, how they are written."""
