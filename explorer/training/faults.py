"""What can go wrong while a network learns, as sentences with a next step."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..errors import ExplorerError
from .recipe import Recipe


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
    stage = recipe.stages[0]
    where = "GPU's memory" if "CUDA" in reason or "MPS" in reason else "memory"
    share = -(-stage.batch_size // stage.accumulation)
    ways = [f"cut a batch into more parts (accumulation = {2 * stage.accumulation} changes no "
            "result)"] if share > 1 else []  # fmt: skip
    if recipe.precision == "float32":
        ways.append('take precision = "bfloat16"')
    ways.append("choose a smaller image_size or model")
    hint = "; ".join(ways)
    return ExplorerError(
        f"The {where} does not hold {share} pictures at once with this model.",
        hint=f"{hint[0].upper()}{hint[1:]}.",
    )
