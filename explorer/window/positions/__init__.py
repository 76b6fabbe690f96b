"""What the positions panel is made of.

`study` computes off the window's thread what `views` says that each view needs; `scene` chooses
what is shown of it, whose maps, curves and words `contents`, `curves` and `sentences` make. They
are seen in `body`: `tiles` of single maps, beside them the mosaic of all maps, or charts.
"""
