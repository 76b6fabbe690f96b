"""With what: labelled or captioned pictures, and what is wrong with them.

dataset: the pictures of a folder and what is told of them, recognised by layouts (file names,
folders), tables (CSV) and captions (COCO's JSON), as examples; checking: broken and double
pictures. None of it needs torch.
"""
