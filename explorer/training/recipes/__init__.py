"""What to do: a training's settings, checked, explained, read and written.

recipe: every setting, in records; settings: how a setting explains and checks itself; recipe_file:
as TOML, with the line of what is wrong; recipe_changes: “stages.0.epochs=3”, and in what recipes
differ; starting_model: the model that a recipe begins with. None of it needs torch.
"""
