"""Captioners: networks that say what they see, word by word, and where they look for each word."""
