"""Where networks compute: CUDA, MPS or the CPU."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch

from ..errors import ExplorerError


def pick_device(wanted: str | torch.device) -> torch.device:
    """A device by name, or torch's own; "auto" takes the best: CUDA, then MPS, then the CPU.

    Raises ExplorerError where it is not there.
    """
    name = str(wanted)
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, usable in there.items() if usable))
    if not there.get(name.partition(":")[0], False) or not _is_numbered_well(name):
        usable = ", ".join(f"“{kind}”" for kind, is_there in there.items() if is_there)
        raise ExplorerError(
            f"There is no device “{name}” here.", hint=f"Choose {usable} or “auto”."
        )
    return torch.device(name)


def _is_numbered_well(name: str) -> bool:
    """Whether “cuda:1” and the like can be: the kind is there."""
    try:
        device = torch.device(name)
    except RuntimeError:
        return False
    return device.type != "cuda" or (device.index or 0) < torch.cuda.device_count()


def devices_here() -> list[tuple[str, str]]:
    """The devices that there are, the best first: as `pick_device` takes them, and in words."""
    several = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    gpus = several if len(several) > 1 else ["cuda"] * len(several)
    names = [*gpus, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]
    return [(name, name_device(torch.device(name))) for name in names]


@contextmanager
def exact_convolutions(device: torch.device) -> Iterator[None]:
    """Inside the `with` block, CUDA computes convolutions in float32: by default it takes TF32.

    The patch embedding is one. Whatever the host program had set is put back.
    """
    if device.type != "cuda":
        yield
        return
    cudnn: Any = torch.backends.cudnn
    # torch has two ways to say it, and raises where they are mixed; old versions know only one.
    is_new = hasattr(cudnn, "conv")
    switch, name, exact = (
        (cudnn.conv, "fp32_precision", "ieee") if is_new else (cudnn, "allow_tf32", False)
    )
    before = getattr(switch, name)
    setattr(switch, name, exact)
    try:
        yield
    finally:
        setattr(switch, name, before)


@contextmanager
def one_thread() -> Iterator[None]:
    """Inside the `with` block, the CPU computes in the calling thread alone.

    For many small steps: at each, several threads would wait for one another. On two cores that
    were busy with other work a word of a caption took 96 ms so, and 6 ms in one thread.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def name_device(device: torch.device) -> str:
    """A device as the window writes it: “CUDA · NVIDIA H200”, of several “CUDA 1 · NVIDIA H200”."""
    if device.type == "cuda":
        kind = "CUDA" if device.index is None else f"CUDA {device.index}"
        return f"{kind} · {torch.cuda.get_device_name(device)}"
    return device.type.upper()
