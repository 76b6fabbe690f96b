"""What can go wrong while a network learns, as sentences with a next step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ...errors import ExplorerError
from ..recipes.recipe import Recipe, Stage


@contextmanager
def said(recipe: Recipe) -> Iterator[None]:
    """What torch says of missing memory is said in words; the rest is raised as it is."""
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise no_memory(recipe, str(error)) from error
    except RuntimeError as error:
        if "DefaultCPUAllocator" not in str(error):  # torch's plain word for a full memory
            raise
        raise no_memory(recipe, "") from error


def no_memory(recipe: Recipe, reason: str) -> ExplorerError:
    """That the memory does not suffice, and which settings need less of it."""
    where = "GPU's memory" if "CUDA" in reason or "MPS" in reason else "memory"
    return ExplorerError(
        f"The {where} does not hold {_at_once(_hungriest(recipe))} pictures at once with this "
        "model.",
        hint=less_memory(recipe),
    )


def less_memory(recipe: Recipe) -> str:
    """Which settings need less memory, for whoever has too little."""
    stage = _hungriest(recipe)
    ways = ["choose a smaller image_size or model"]
    if recipe.precision == "float32":
        ways.insert(0, 'take precision = "bfloat16"')
    if _at_once(stage) > 1:
        setting = f"stages.{recipe.stages.index(stage)}.accumulation = {2 * stage.accumulation}"
        ways.insert(0, f"cut a batch into more parts ({setting} changes no result)")
    hint = "; ".join(ways)
    return f"{hint[0].upper()}{hint[1:]}."


def _hungriest(recipe: Recipe) -> Stage:
    """The stage in which the most pictures go through the network at once."""
    return max(recipe.stages, key=_at_once)


def _at_once(stage: Stage) -> int:
    return -(-stage.batch_size // stage.accumulation)
