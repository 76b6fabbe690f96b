"""Panels, one file each; every `Panel` found here becomes a dock."""
