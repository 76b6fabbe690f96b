"""Pictures: reading, listing, thumbnails, and the geometry between picture and model."""
