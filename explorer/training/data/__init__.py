"""With what: labelled pictures, and what is wrong with them.

dataset: the labelled pictures of a folder, recognised by layouts (file names, folders) and tables
(CSV), as examples; checking: broken and double pictures. None of it needs torch.
"""
