"""Names of classes, in words that people read."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

from timm.data import ImageNetInfo, infer_imagenet_subset
from timm.models import get_arch_pretrained_cfgs

from ... import paths

_MATCHES_TEXTS = re.compile(r"_(clip|mci|pe_core)_")  # architectures trained with captions


@cache
def known_labels(classes: int) -> tuple[str, ...] | None:
    """The usual label set of so many classes: ImageNet's, or the 37 pets; None where none is."""
    if classes == 37:
        return _pets()
    subset = infer_imagenet_subset({"num_classes": classes})
    return _imagenet(subset) if subset else None


def classes_of(architecture: str, outputs: int) -> int:
    """How many classes that nobody named a model's outputs stand for; 0 where they are features.

    CLIP and its like end in a projection to where texts lie. timm counts it as classes, but its
    outputs are no scores; after fine-tuning for classes, their number is another.
    """
    if known_labels(outputs) or not _MATCHES_TEXTS.search(architecture):
        return outputs
    projections = {config.num_classes for config in get_arch_pretrained_cfgs(architecture).values()}
    return 0 if outputs in projections else outputs


def _pets() -> tuple[str, ...]:
    """The breeds of Oxford-IIIT Pet, alphabetical, case ignored: the usual order of its classes."""
    text = (paths.resources() / "labels" / "pets.txt").read_text(encoding="utf-8")
    return tuple(text.split("\n")[:37])


def _imagenet(subset: str) -> tuple[str, ...]:
    """The first name of each class (“tabby”), all its names where the first one is not enough."""
    descriptions = ImageNetInfo(subset).label_descriptions()
    first = [description.split(",")[0] for description in descriptions]
    count = Counter(first)
    return tuple(
        short if count[short] == 1 else description
        for short, description in zip(first, descriptions, strict=True)
    )
