"""The positions panel, part by part: maps of patches, the mosaic of all of them, curves."""
