"""The folder panel, part by part: the list, its thumbnails, and who reads them."""
