"""Fine-tuning: what to do, with what, and what happened.

recipes     what to do: every setting, explained and checked, as TOML
data        with what: the labelled pictures of a folder
runs        what happened: a run's folder and its events
pictures    the pictures' way into the network, by processes of their own
engine      the learning: the program that `train RUN` is
evaluation  how good a model is

files: how a run's files appear whole. The window reads recipes, data and runs when it starts: they
need no torch.
"""
