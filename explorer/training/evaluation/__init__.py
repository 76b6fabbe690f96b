"""How good a model is on labelled pictures.

measuring: what it answers; class_matching: its classes and the pictures' by name; evaluation:
top-1, confusion, calibration, mistakes; evaluation_report: as JSON and CSV; caption_scores: how
good captions are. Only measuring and caption_scores need torch.
"""
