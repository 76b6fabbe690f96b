"""CATR: recognised by its tensors, and how it wants its pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from ....errors import ExplorerError
from ....records import Frame, Picture
from ...checkpoints.reading import Checkpoint
from ...checkpoints.refusals import ODD, unlike
from ...networks.fitting import Blueprint, adapted_to, fit
from ...networks.measures import possible_heads
from ..catr_network import Catr, Sizes, renamed, sizes_of
from ..family import Asked, Opened, Recognised, Size, VocabularyFile
from ..word_pieces import WordPieces

LONGEST_SIDE = 299  # pixels

_NEEDED = (
    "backbone.0.body.conv1.weight",
    "transformer.embeddings.word_embeddings.weight",
    "transformer.decoder.layers.0.multihead_attn.in_proj_weight",
    "mlp.layers.0.weight",
)
_USUAL_HEADS, _USUAL_WIDTH = 8, 256
_VOCABULARY = VocabularyFile("google-bert/bert-base-uncased", "vocab.txt", 30522, WordPieces.read)


def recognise_captioner(checkpoint: Checkpoint, file: Path) -> Recognised | None:
    """CATR in any size; raises ExplorerError where it is one that cannot be built or filled."""
    tensors = checkpoint.tensors
    if not _is_catr(tensors):
        return None
    sizes = _sizes(tensors, Asked(file, heads=1))  # shapes do not hang on their number
    adapted_to(Blueprint(_unfilled(sizes, file), "CATR", renamed), tensors, file.name)
    return Recognised(
        library="CATR",
        summary=_summary(sizes),
        tokens=sizes.vocabulary,
        vocabulary=_VOCABULARY,
        heads=possible_heads(sizes.width),
        usual_heads=_USUAL_HEADS if sizes.width == _USUAL_WIDTH else None,
        may_dilate=sizes.dilation,
    )


def open_captioner(checkpoint: Checkpoint, asked: Asked) -> Opened | None:
    """CATR in any size, its dimensions read from its tensors; None where it is something else.

    Raises ExplorerError where it is a CATR that cannot be built or filled.
    """
    tensors = checkpoint.tensors
    if not _is_catr(tensors):
        return None
    sizes = _sizes(tensors, asked)
    blueprint = Blueprint(_unfilled(sizes, asked.file), "CATR", renamed)
    network: Any = fit(blueprint, tensors, asked.file.name)
    network.lay_out_columns()
    return Opened(
        network=network,
        library="CATR",
        source=_summary(sizes),
        layers=sizes.decoder_layers,
        heads=sizes.heads,
        tokens=sizes.vocabulary,
        vocabulary=_VOCABULARY,
        positions=sizes.positions,
        channels=3,
        prepare=prepare,
        place=place(16 if sizes.dilation else 32),
        details=_details(sizes, asked),
    )


def _is_catr(tensors: Mapping[str, Tensor]) -> bool:
    return all(name in tensors for name in _NEEDED)


def _sizes(tensors: Mapping[str, Tensor], asked: Asked) -> Sizes:
    if "transformer.encoder.norm.weight" not in tensors:
        raise ExplorerError(
            f"{asked.file.name} is a CATR whose layers norm what they wrote (post-norm).",
            hint="Only those trained with pre_norm = True, as CATR's own, can be read.",
        )
    heads = _USUAL_HEADS if asked.heads is None else asked.heads
    try:
        sizes = sizes_of(tensors, heads, asked.dilation)
    except ODD as error:
        raise unlike(asked.file, "CATR") from error
    if 0 in (*sizes.blocks, *sizes.head, sizes.width, sizes.feed_forward, sizes.vocabulary):
        raise unlike(asked.file, "CATR")
    if heads < 1 or sizes.width % heads:
        raise ExplorerError(
            f"Attention of width {sizes.width} cannot have {heads} heads.",
            hint="Say how many it was trained with: heads=….",
        )
    return sizes


def _unfilled(sizes: Sizes, file: Path) -> Catr:
    """The network, without memory for its values; torchvision refuses some sizes."""
    try:
        with torch.device("meta"):
            return Catr(sizes)
    except NotImplementedError as error:  # a dilated ResNet-18 or -34
        raise ExplorerError(
            "A ResNet of basic blocks cannot be dilated.", hint="Leave out dilation."
        ) from error
    except ODD as error:
        raise unlike(file, "CATR") from error


def _summary(sizes: Sizes) -> str:
    depth = (3 if sizes.block.expansion == 4 else 2) * sum(sizes.blocks) + 2
    return (
        f"CATR, recognised by its tensors: a ResNet-{depth}, {sizes.encoder_layers} encoder and "
        f"{sizes.decoder_layers} decoder layers of width {sizes.width}."
    )


def _details(sizes: Sizes, asked: Asked) -> tuple[tuple[str, str], ...]:
    usual = "as in CATR's own configuration: tensors do not tell"
    heads = usual if asked.heads is None else "as was asked for"
    dilated = "in the last stage" if sizes.dilation else "none"
    dilation = usual if asked.dilation is None else "as was asked for"
    return ("Heads", f"{sizes.heads}, {heads}"), ("Dilation", f"{dilated}, {dilation}")


def input_size(picture_size: Size) -> Size:
    """Width, height that CATR wants of a picture: 299 on the longer side, fractions cut off.

    Raises ExplorerError where nothing is left of the shorter side.
    """
    # Its own order of float64 steps: 550 × (299 / 550) is 298.99…, and becomes 298.
    scale = LONGEST_SIDE / max(picture_size)
    width, height = (int(side * scale) for side in picture_size)
    if 0 in (width, height):
        raise ExplorerError(
            f"The picture is too narrow for CATR: made {LONGEST_SIDE} pixels long, it would have "
            "no width.",
            hint="Cut a part out of it.",
        )
    return width, height


def prepare(picture: Picture) -> np.ndarray:
    """A picture as CATR wants it: float32 (3, height, width) in -1..1."""
    image = Image.fromarray(picture.pixels)
    resized = image.resize(input_size(picture.size), Image.Resampling.BICUBIC)
    scaled = np.asarray(resized, np.float32) / 255
    return np.ascontiguousarray((scaled.transpose(2, 0, 1) - np.float32(0.5)) / np.float32(0.5))


def place(stride: int) -> Callable[[Size, Size, int, int], Frame]:
    """How cells of a ResNet that steps by `stride` pixels lie on the picture."""

    def placed(picture_size: Size, seen: Size, rows: int, columns: int) -> Frame:
        # Each convolution or pooling of stride 2 puts its place i over place 2 i of what it reads:
        # so cell i has its middle in that of pixel stride × i, and the first reaches out.
        start = 0.5 - stride / 2
        x, y = picture_size[0] / seen[0], picture_size[1] / seen[1]
        right, bottom = start + columns * stride, start + rows * stride
        box = start * x, start * y, right * x, bottom * y
        return Frame("squash", picture_size, seen[::-1], box, rows, columns, sees_all=True)

    return placed
