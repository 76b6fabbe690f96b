"""Nested states, such as an optimiser's, as named tensors and JSON that says where they belong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


def taken_apart(tree: Any, name: str, tensors: dict[str, Tensor]) -> Any:
    """A tree of dicts, lists, tuples, numbers and texts as JSON; its tensors go into `tensors`.

    Each tensor is named by its path below `name`. Keys and numbers come back as they were: JSON
    writes floats so that they are read bit by bit, and of dicts the keys' kinds are kept.
    """
    if isinstance(tree, Tensor):
        tensors[name] = tree
        return {"tensor": name}
    if isinstance(tree, Mapping):
        pairs = [[k, taken_apart(v, f"{name}.{k}", tensors)] for k, v in tree.items()]
        return {"dict": pairs}
    if isinstance(tree, list | tuple):
        inner = [taken_apart(value, f"{name}.{at}", tensors) for at, value in enumerate(tree)]
        return {"tuple" if isinstance(tree, tuple) else "list": inner}
    if isinstance(tree, torch.dtype):
        return {"dtype": str(tree).removeprefix("torch.")}
    if tree is None or isinstance(tree, bool | int | float | str):
        return tree
    raise TypeError(f"{name} is a {type(tree).__name__}, which cannot be saved")


def put_together(tree: Any, tensors: Mapping[str, Tensor]) -> Any:
    """What `taken_apart` took apart."""
    if not isinstance(tree, dict):
        return tree
    ((kind, content),) = tree.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "dtype":
        return getattr(torch, content)
    if kind == "dict":
        return {key: put_together(value, tensors) for key, value in content}
    inner = [put_together(value, tensors) for value in content]
    return tuple(inner) if kind == "tuple" else inner
