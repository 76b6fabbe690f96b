"""Drawn pictures whose truth is known: any number, each exactly reproducible from a seed.

draw_scene (drawing) draws one; plans: what is where, at no size in particular; kinds and outlines:
what things look like; palette: the names of colours; grounds: what is behind the things; language:
captions, and what they say; folder: many scenes as files. Neither torch nor Qt is needed.
"""
