"""The middle of the window, part by part: the picture, its map, and what explores them."""
