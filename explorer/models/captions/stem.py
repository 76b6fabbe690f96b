"""Convolutions that cut a picture into patches, in the place of a ViT's one large one."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn

KERNEL = "patch_embed.proj.weight"  # the one large convolution, as timm calls it
FIRST, LAST = "patch_embed.proj.0.weight", "patch_embed.proj.{}.weight"
_EACH = 3  # parts of a step: convolution, norm, activation; the last step has the first alone


class Stem(nn.Module):
    """Each convolution halves the picture (Xiao et al. 2021): random values learn faster so.

    Norms are over all of a picture, and of no other: what a batch holds does not matter.
    """

    def __init__(self, patches: Any, channels: int, width: int) -> None:
        """In the place of timm's `patches`, whose patches are squares of a power of two."""
        super().__init__()
        self.img_size, self.patch_size = patches.img_size, patches.patch_size
        self.grid_size, self.num_patches = patches.grid_size, patches.num_patches
        steps = int(self.patch_size[0]).bit_length() - 1
        widths = [channels, *(max(1, width >> step) for step in range(steps - 1, -1, -1))]
        parts: list[nn.Module] = []
        for number, (read, written) in enumerate(pairwise(widths)):
            is_last = number == steps - 1
            parts.append(nn.Conv2d(read, written, 3, stride=2, padding=1, bias=is_last))
            parts += [] if is_last else [nn.GroupNorm(1, written), nn.ReLU()]
        self.proj = nn.Sequential(*parts)

    def forward(self, pixels: Tensor) -> Tensor:
        """(pictures, channels, height, width) → (pictures, patches, width)."""
        cells: Tensor = self.proj(pixels)
        return cells.flatten(2).transpose(1, 2)


def has_stem(tensors: Mapping[str, Tensor]) -> bool:
    """Whether an encoder's tensors, by timm's names, have a stem."""
    return FIRST in tensors


def with_kernel(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same with the one large convolution, without values, that the stem stands for.

    Raises LookupError where the tensors are not those of a stem.
    """
    convolutions = sum(name.startswith("patch_embed.proj.") and tensor.ndim == 4
                       for name, tensor in tensors.items())  # fmt: skip
    last = tensors[LAST.format(_EACH * (convolutions - 1))]
    shape = len(last), tensors[FIRST].shape[1], 2**convolutions, 2**convolutions
    kept = {name: t for name, t in tensors.items() if not name.startswith("patch_embed.")}
    one = torch.empty(shape, device="meta")
    return {**kept, KERNEL: one, "patch_embed.proj.bias": torch.empty(shape[0], device="meta")}


def put_stem(encoder: Any) -> None:
    """Exchange an encoder's patch embedding for a stem, on the device where torch makes tensors."""
    proj = encoder.patch_embed.proj
    encoder.patch_embed = Stem(encoder.patch_embed, proj.in_channels, proj.out_channels)
