"""Networks: the seam where attention is heard, vision transformers, and their weights."""
