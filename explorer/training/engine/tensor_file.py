"""Safetensors files, written tensor by tensor: no second copy in memory, and the disk's own errors.

The library's writer first makes a copy of all tensors, and says a full disk in words of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ...errors import ExplorerError
from ..files import replacing

_NAMES = {  # https://huggingface.co/docs/safetensors, “Format”
    torch.float64: "F64",
    torch.float32: "F32",
    torch.bfloat16: "BF16",
    torch.float16: "F16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def write_tensors(path: Path, tensors: Mapping[str, Tensor], notes: Mapping[str, str]) -> None:
    """Write a whole file, flushed, in place of the one of that name.

    Raises ExplorerError where the disk is full, or may not be written.
    """
    # Wide numbers first: so all lie at multiples of their size, as readers like them.
    order = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
    with replacing(path) as part, part.open("wb") as file:
        file.write(_header({name: tensors[name] for name in order}, notes))
        for name in order:
            _write(file, tensors[name])


def _header(tensors: Mapping[str, Tensor], notes: Mapping[str, str]) -> bytes:
    entries: dict[str, Any] = {"__metadata__": dict(notes)}
    end = 0
    for name, tensor in tensors.items():
        begin, end = end, end + tensor.nbytes
        kind, shape = _NAMES[tensor.dtype], list(tensor.shape)
        entries[name] = {"dtype": kind, "shape": shape, "data_offsets": [begin, end]}
    header = json.dumps(entries, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header


def _write(file: BinaryIO, tensor: Tensor) -> None:
    """The numbers of a tensor, wherever it lies."""
    if tensor.numel():
        flat = tensor.detach().cpu().contiguous().reshape(-1)
        file.write(flat.view(torch.uint8).numpy().data)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors in memory of their own, and the notes; raises ExplorerError where it is damaged."""
    try:
        with safe_open(path, framework="pt") as file:
            names = file.keys()
            return {name: file.get_tensor(name).clone() for name in names}, file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise ExplorerError(
            f"{path.name} in {path.parent} cannot be read: {error}.",
            hint="Without it the training begins anew: delete it, if that is what you want.",
        ) from error
