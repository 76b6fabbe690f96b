"""Published weights: their names, where they lie, downloads, and what is here already."""
