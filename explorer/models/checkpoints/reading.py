"""Checkpoint files: opened without running what is in them, down to their named tensors."""

from __future__ import annotations

import argparse
import errno
import json
import pickle
import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from ...errors import ExplorerError
from ..memory import enough_memory
from .npz import is_npz, read_npz
from .parts import INDEX, parts_of

SUFFIXES = (".safetensors", ".pth", ".pt", ".bin", ".npz", ".ckpt", ".tar")  # .pth.tar
SAYS_NOTHING = {"model", "pytorch_model", "checkpoint", "best", "last", "weights"}  # as a name

_PARTS = (
    *("state_dict_ema", "model_ema", "model", "state_dict", "model_state_dict", "net"),
    "teacher",
)
# where training scripts keep the weights; an averaged copy, which DINO calls the teacher, goes
# before the last state, as in timm
_WRAPPERS = ("module.", "_orig_mod.", "model.", "net.", "backbone.", "timm_model.")
# of DDP, torch.compile, Lightning, DINO, transformers' TimmWrapper
_WRAPPED = (  # a tensor that every vision transformer of a library has, behind its wrappers
    re.compile(rf"((?:{'|'.join(map(re.escape, _WRAPPERS))})*)patch_embed\.proj\.weight"),
    re.compile(r"((?:\w+\.)*)transformer\.blocks\.0\.attn\.proj_q\.weight"),
    re.compile(r"((?:\w+\.)*)encoder\.layers\.encoder_layer_0\.self_attention\.in_proj_weight"),
)
_AS_TENSORS = "Save its tensors alone: torch.save(model.state_dict(), …), or as .safetensors."


def _harmless() -> list[Any]:
    """What training scripts keep beside tensors and what runs no code when it is made."""
    scalar, array = np.float64(0).__reduce__()[0], np.zeros(1).__reduce__()[0]
    kinds = {type(np.dtype(kind)) for kind in ("f2", "f4", "f8", "i4", "i8", "u1", "?")}
    old_names = [(scalar, "numpy.core.multiarray.scalar")]  # as numpy 1 wrote them
    old_names += [(array, "numpy.core.multiarray._reconstruct")]
    return [argparse.Namespace, np.dtype, np.ndarray, scalar, array, *kinds, *old_names]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Named tensors, and what else their file says."""

    tensors: dict[str, Tensor]  # lie in the file (mapped) until somebody copies them
    part: str  # the part of a training checkpoint they were taken from; "" = the file is tensors
    notes: dict[str, Any]  # the file's metadata, or what lay beside the part
    left_out: int = 0  # tensors beside the model's own, such as those of a loss
    is_legacy: bool = False  # pickled as torch did before 1.6


def read_checkpoint(path: Path) -> Checkpoint:
    """Open a .safetensors, .pth, .pt, .bin or .npz file; its content decides, not its suffix.

    The index (….index.json) of a checkpoint in parts is opened with all of them. Pickles are
    opened by torch's restricted reader, which builds tensors and runs nothing.
    Raises ExplorerError where the file is gone, empty, cut short, damaged, of another kind, holds
    no tensors, or could run code.
    """
    try:
        kind = _kind(path)
        content, notes = _READERS[kind](path)
    except FileNotFoundError as error:
        raise ExplorerError(
            f"There is no file {path.name}.", hint="Was it moved or renamed? Choose again."
        ) from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExplorerError(f"{path.name} cannot be read: {reason}.") from error
    part, named = _find_tensors(content)
    if not named:
        raise ExplorerError(
            f"{path.name} holds no named tensors.", hint="Choose a checkpoint of a model's weights."
        )
    _check_kinds(named, path)
    tensors = _unwrap(named)
    left_out = len(named) - len(tensors)
    return Checkpoint(tensors, part, notes or _without_tensors(content), left_out, kind == "legacy")


def _check_kinds(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Raises ExplorerError for tensors that are no plain numbers in memory."""
    odd = [name for name, tensor in tensors.items() if not _is_plain(tensor)]
    if odd:
        raise ExplorerError(
            f"{path.name} holds tensors of a kind that no vision transformer has "
            f"(sparse, quantised, complex, or without values of its own), such as {odd[0]}.",
            hint="Save the model's weights as plain tensors.",
        )


def _is_plain(tensor: Tensor) -> bool:
    if tensor.layout != torch.strided or tensor.device.type != "cpu":
        return False
    # A few bytes may be said to stand for terabytes.
    is_whole = tensor.nbytes <= tensor.untyped_storage().nbytes()
    return is_whole and not (tensor.is_complex() or tensor.is_quantized)


def _kind(path: Path) -> str:
    """What a file is, by its first bytes; raises ExplorerError for what is no checkpoint."""
    if path.is_dir():
        raise ExplorerError(
            f"{path.name} is a folder.",
            hint=f"Choose the checkpoint inside it ({', '.join(SUFFIXES)}).",
        )
    if path.name.endswith(INDEX):
        return "index"
    with path.open("rb") as file:
        head = file.read(4096)
    if head[8:9] == b"{":
        return "safetensors"
    if head.startswith(b"PK\x03\x04"):
        return "npz" if is_npz(path) else "zip"
    if head.startswith(b"\x80"):
        return "legacy"
    raise ExplorerError(
        f"{path.name} {_what_else(head)}.", hint=f"Choose a checkpoint ({', '.join(SUFFIXES)})."
    )


def _what_else(head: bytes) -> str:
    if not head:
        return "is empty"
    if head.startswith(b"version https://git-lfs"):
        return "is only a pointer of Git LFS: the real file was never fetched"
    if _is_text(head):
        return "is a text file, not a checkpoint"
    return "is not a checkpoint that can be read here"


def _is_text(head: bytes) -> bool:
    try:
        text = head[:-4].decode() if len(head) == 4096 else head.decode()  # a character may be cut
    except UnicodeDecodeError:
        return False
    return all(character.isprintable() or character.isspace() for character in text)


def _read_safetensors(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tensors and metadata; entries of the metadata that are JSON are decoded."""
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - no dict
            return tensors, {k: _decoded(v) for k, v in (file.metadata() or {}).items()}
    except SafetensorError as error:
        raise _damaged(path, cut=_ends_early(path)) from error


def _ends_early(path: Path) -> bool:
    """Whether a safetensors file is shorter than its own header promises."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(length) if length < path.stat().st_size else b""
    try:
        entries = json.loads(header)
        ends = [e["data_offsets"][1] for n, e in entries.items() if n != "__metadata__"]
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        return not header
    return path.stat().st_size < 8 + length + max(ends, default=0)


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _read_pickle(path: Path) -> tuple[Any, dict[str, Any]]:
    with path.open("rb") as file:
        is_zip = file.read(2) == b"PK"
    try:
        safe = torch.serialization.safe_globals(_harmless())
        with enough_memory(), safe, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of old or odd pickles; what matters is raised
            # The format before torch 1.6 cannot be mapped.
            return torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip), {}
    except pickle.UnpicklingError as error:
        raise _refused(path, str(error)) from error
    except ExplorerError:
        raise
    except EOFError as error:
        raise _damaged(path, cut=True) from error
    except Exception as error:  # torch's readers raise whatever damaged bytes lead them to
        _raise_again(error)
        text = str(error)
        if "TorchScript" in text:
            raise ExplorerError(
                f"{path.name} is a compiled TorchScript program.", hint=_AS_TENSORS
            ) from error
        is_stub = isinstance(error, OSError)
        cut = is_stub or "central directory" in text or "EOF" in text
        raise _damaged(path, cut) from error


def _raise_again(error: Exception) -> None:
    """Raise what the system says of a file, unless that was asked for a place before its start."""
    if isinstance(error, OSError) and error.errno != errno.EINVAL:
        raise error


def _read_npz(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with enough_memory():
            return read_npz(path), {}
    except ExplorerError:
        raise
    except Exception as error:  # zipfile's and numpy's readers, too, raise whatever they meet
        _raise_again(error)
        raise _damaged(path, cut=False) from error


def _read_parts(index: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Tensors of a checkpoint in several files, each from the one that the index names."""
    tensors = {}
    for part, names in parts_of(index).items():
        content = _READERS[_kind(part)](part)[0]
        try:
            tensors.update({name: content[name] for name in names})
        except (LookupError, TypeError) as error:
            raise ExplorerError(
                f"{part.name} lacks tensors that {index.name} promises.",
                hint="Copy or download it again.",
            ) from error
    return tensors, {}


_READERS: dict[str, Callable[[Path], tuple[Any, dict[str, Any]]]] = {
    "safetensors": _read_safetensors,
    "npz": _read_npz,
    "zip": _read_pickle,
    "legacy": _read_pickle,
    "index": _read_parts,
}


def _refused(path: Path, reason: str) -> ExplorerError:
    found = re.search(r"(?:GLOBAL|function|class) ([\w.]+\.\w+)", reason)
    why = (
        f"opening it would run code ({found[1]})"
        if found
        else "it is damaged, or a pickle of more than tensors, which could run code"
    )
    return ExplorerError(f"{path.name} was refused: {why}.", hint=_AS_TENSORS)


def _damaged(path: Path, cut: bool) -> ExplorerError:
    if cut:
        return ExplorerError(
            f"{path.name} is cut short: its end is missing.", hint="Copy or download it again."
        )
    return ExplorerError(
        f"{path.name} is damaged, or not a checkpoint.", hint="Copy or download it again."
    )


def _find_tensors(content: Any) -> tuple[str, dict[str, Tensor]]:
    """The part of a checkpoint that holds the weights, and its tensors by name."""
    if not isinstance(content, Mapping):
        return "", {}
    for part in _PARTS:
        tensors = _named_tensors(content.get(part))
        if len(tensors) > 1:
            return part, tensors
    own = _named_tensors(content)
    nested = {str(key): _named_tensors(value) for key, value in content.items()}
    part, tensors = max(nested.items(), key=lambda item: len(item[1]), default=("", {}))
    return (part, tensors) if len(tensors) > len(own) else ("", own)


def _named_tensors(content: Any) -> dict[str, Tensor]:
    if not isinstance(content, Mapping):
        return {}
    return {k: v for k, v in content.items() if isinstance(k, str) and isinstance(v, Tensor)}


def _without_tensors(content: Mapping[str, Any]) -> dict[str, Any]:
    """What a training script noted beside the weights: plain values only."""
    plain = (str, int, float, list, tuple, argparse.Namespace)
    return {str(key): value for key, value in content.items() if isinstance(value, plain)}


def _unwrap(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Names without the prefixes that wrappers of a model put before them.

    A prefix of one vision transformer leaves out what has it not, such as the weights of a loss.
    """
    found = (pattern.fullmatch(name) for name in tensors for pattern in _WRAPPED)
    prefixes = {match[1] for match in found if match}
    if len(prefixes) == 1:
        prefix = prefixes.pop()
        own = [name for name in tensors if name.startswith(prefix)]
        return {name.removeprefix(prefix): tensors[name] for name in own}
    for prefix in _WRAPPERS * 2:  # wrapped in either order
        if all(name.startswith(prefix) for name in tensors):
            tensors = {name.removeprefix(prefix): tensor for name, tensor in tensors.items()}
    return tensors
