"""Some pictures as the network sees them in training, with what it is told of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...records import Preprocessing
from ..files import reading_arrays, replacing

if TYPE_CHECKING:
    from torch import Tensor

SAMPLED = 16  # pictures at most


class Shown(NamedTuple):
    """What the network is given."""

    pixels: Tensor  # float32 (pictures, channels, height, width), normalised
    targets: Tensor  # float32 (pictures, classes), rows sum to 1
    captions: tuple[str, ...] = ()  # each picture's, where captions are learned


class Sample(NamedTuple):
    """What people are shown of it."""

    pixels: np.ndarray  # uint8 (pictures, height, width, 3)
    targets: np.ndarray  # float32 (pictures, classes): what the network should say
    captions: tuple[str, ...] = ()  # the same in words, where captions are learned


def write_sample(path: Path, shown: Shown, preprocessing: Preprocessing) -> None:
    """Keep it in colours that people see; raises ExplorerError where it cannot be written."""
    mean = np.array(preprocessing.mean, np.float32)
    std = np.array(preprocessing.std, np.float32)
    pixels = shown.pixels.permute(0, 2, 3, 1).cpu().numpy() * std + mean
    levels = (pixels * 255).round().clip(0, 255).astype(np.uint8)
    path.parent.mkdir(exist_ok=True)
    with replacing(path) as part, part.open("wb") as file:
        targets, captions = shown.targets.cpu().numpy(), np.array(shown.captions, np.str_)
        np.savez_compressed(file, pixels=levels, targets=targets, captions=captions)


def read_sample(path: Path) -> Sample:
    """What `write_sample` kept; raises OSError or ValueError where there is no such thing."""
    with reading_arrays(path) as file:
        pixels = file["pixels"]
        colours = np.broadcast_to(pixels, (*pixels.shape[:3], 3))  # grey ones have one channel
        told = file["captions"].tolist() if "captions" in file else ()  # runs of before have none
        return Sample(colours, file["targets"], tuple(told))
