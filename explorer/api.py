"""The notebook interface: load a model, trace a picture, read its attention."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np

from .images.reading import read_picture
from .models.captions.captioner import Captioner
from .models.captions.loading import load_captioner as load_wanted_captioner
from .models.vit import ViT, load
from .models.watch import quiet
from .records import (
    DEFAULT_CAPTIONER,
    DEFAULT_MODEL,
    CaptionerWeights,
    Framing,
    Interpolation,
    Picture,
    PreLogits,
    Resampling,
    Weights,
)

if TYPE_CHECKING:
    import torch


def load_vit(
    name: str | None = None,
    weights: str | Path | None = None,
    device: str | torch.device = "auto",
    image_size: int | tuple[int, int] | None = None,
    *,
    precision: str = "float32",
    framing: Framing | None = None,
    heads: int | None = None,
    normalisation: tuple[tuple[float, ...], tuple[float, ...]] | None = None,
    interpolation: Interpolation | None = None,
    resampling: Resampling | None = None,
    pre_logits: PreLogits | None = None,
    progress: Callable[[str, float | None], None] = quiet,
) -> ViT:
    """Load a vision transformer.

    `name`: timm's, with or without a pretrained tag, or that of a known model of another library
    ("B_16_imagenet1k", "google/vit-base-patch16-384"); without it, `weights` says what it is, or
    the default model is taken.
    `weights`: None = pretrained, from `weights/` or the hub; the path of a checkpoint, timm's or
    another library's, or of the folder that holds it and its config.json; "random".
    `device`: "auto" (CUDA, then MPS, then CPU), "cuda", "mps", "cpu", or torch's own.
    `precision`: "float32" or "bfloat16".
    `image_size`: (height, width), or one number for both; None = the model's own. Position
    embeddings are resampled to it: see `resampling`.
    `framing`: "squash", "crop" or "pad"; None = the model's own.
    `heads`, `normalisation` (mean and standard deviation per channel, of pixels in 0..1): what a
    checkpoint's tensors cannot say; None = the usual ones. Pretrained weights have their heads.
    `interpolation` ("bilinear", …) of pictures, `resampling` of positions to another input size
    ("timm", "corners", "bicubic", "bicubic corners"), `pre_logits`, where the layer before the
    classifier stands ("after norm", "before norm", "dropped"): where libraries differ; None = as in
    the library that the weights come from. `info.details` tells what was chosen.
    `progress` is told what loading does, and how much of it is done (0..1, or None).
    Raises ExplorerError.
    """
    is_file = weights is not None and weights != "random"
    is_square = isinstance(image_size, int | np.integer)
    size = (image_size, image_size) if is_square else image_size
    wanted = Weights(
        name=name or ("" if is_file else DEFAULT_MODEL.name),
        file=Path(weights) if is_file and weights is not None else None,
        random=weights == "random",
        heads=heads,
        image_size=cast("tuple[int, int] | None", size),  # `load` checks it
        normalisation=normalisation,
        interpolation=interpolation,
        resampling=resampling,
        pre_logits=pre_logits,
    )
    return load(wanted, device, precision, framing, progress)


def load_captioner(
    name: str = DEFAULT_CAPTIONER.name,
    weights: str | Path | None = None,
    vocabulary: str | Path | None = None,
    device: str | torch.device = "auto",
    *,
    heads: int | None = None,
    dilation: bool | None = None,
    progress: Callable[[str, float | None], None] = quiet,
) -> Captioner:
    """Load a captioner: a published one, another checkpoint, or what a run has learned.

    `name`: "catr-v3", "catr-v2", "catr-v1", "blip", "blip-large", "vit-gpt2", or, as on the hub,
    "Salesforce/blip-image-captioning-base"; from `weights/` or where they are published. Not asked
    where `weights` is the path of a checkpoint of CATR, BLIP or ViT-GPT2 in any size, or of the
    folder that holds it and its config.json.
    `vocabulary`: the path of its list of tokens; None = the one beside the weights, or the usual
    one, from `weights/` or the hub.
    `device`: "auto" (CUDA, then MPS, then CPU), "cuda", "mps", "cpu", or torch's own.
    `heads` of the decoder, `dilation` (whether CATR's last convolutions are dilated): what a
    checkpoint's tensors cannot say; None = as its config says, or as usual.
    `progress` is told what loading does, and how much of it is done (0..1, or None).
    Raises ExplorerError.
    """
    wanted = CaptionerWeights(
        name=name,
        file=None if weights is None else Path(weights),
        vocabulary=None if vocabulary is None else Path(vocabulary),
        heads=heads,
        dilation=dilation,
    )
    return load_wanted_captioner(wanted, device, progress)


def open_picture(path: str | Path) -> Picture:
    """Decode a picture, upright. Raises ExplorerError with the reason where it cannot be read."""
    return read_picture(Path(path))
