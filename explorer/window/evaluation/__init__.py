"""How right and how sure a model is: the evaluation panel, part by part, and who computes it."""
