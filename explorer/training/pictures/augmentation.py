"""From a file to what the network sees: decoded, framed, and changed by chance.

What chance does is torchvision's (v2). A random part is cut and resized as a tensor, the rest is
done to a Pillow image: each in a third of the time that the other way would take.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2

from ...images.geometry import look
from ...images.reading import LONGEST_SIDE, read_picture
from ...records import Preprocessing
from ..recipes.recipe import Augmentation

_INTERPOLATIONS = {
    "nearest": v2.InterpolationMode.NEAREST,
    "bilinear": v2.InterpolationMode.BILINEAR,
    "bicubic": v2.InterpolationMode.BICUBIC,
    "lanczos": v2.InterpolationMode.BICUBIC,  # tensors know no Lanczos, its nearest kin is this
}
_LONGEST_SHAPE = 2.0  # width over height: of longer pictures, the smallest parts are a bit soft
_BILINEAR = v2.InterpolationMode.BILINEAR


class Painter:
    """Makes of a file what the network sees; the same in any process."""

    def __init__(self, preprocessing: Preprocessing, augmentation: Augmentation) -> None:
        self._preprocessing = preprocessing
        self._crop = _crop(augmentation, preprocessing)
        self._changes = tuple(_changes(augmentation, preprocessing))
        self._longest_side = _longest_side(augmentation, preprocessing)

    def stored(self, path: Path, is_training: bool) -> np.ndarray:
        """What is the same each time, and worth keeping: uint8 (height, width, 3).

        For validation and where no part is cut by chance, exactly what the model's own
        preprocessing gives; else the picture, no larger than its smallest parts need it.
        Raises ExplorerError where it cannot be read.
        """
        if is_training and self._crop is not None:
            return read_picture(path, self._longest_side).pixels
        return look(read_picture(path), self._preprocessing)

    def stored_bytes(self, paths: Sequence[Path], is_training: bool) -> int:
        """What a stored picture takes, on the average of some files."""
        if not is_training or self._crop is None:
            return math.prod(self._preprocessing.input_size) * len(self._preprocessing.mean)
        sizes = [_stored_size(path, self._longest_side) for path in paths]
        return math.ceil(3 * sum(sizes) / max(1, len(sizes)))

    def painted(self, stored: np.ndarray, seed: int) -> np.ndarray:
        """A stored training picture as chance changes it: uint8 (height, width, 3)."""
        with _seeded(seed):
            if self._crop is not None:
                stored = self._crop(stored)
            image = Image.fromarray(stored) if self._changes else stored
            for change in self._changes:
                image = change(image)
            return np.asarray(image)


def _crop(
    augmentation: Augmentation, preprocessing: Preprocessing
) -> Callable[[np.ndarray], np.ndarray] | None:
    """Cuts a random part and resizes it to the model's input."""
    if augmentation.crop_scale is None:
        return None
    transform = v2.RandomResizedCrop(
        preprocessing.input_size,
        scale=augmentation.crop_scale,
        ratio=augmentation.crop_ratio,
        interpolation=_INTERPOLATIONS[preprocessing.interpolation],
        antialias=True,
    )

    def cut(pixels: np.ndarray) -> np.ndarray:
        if not pixels.flags.writeable:  # torch bears no others
            pixels = pixels.copy()
        tensor = torch.from_numpy(pixels).permute(2, 0, 1)  # (3, height, width), still by pixel
        return np.ascontiguousarray(transform(tensor).permute(1, 2, 0).numpy())

    return cut


def _changes(augmentation: Augmentation, preprocessing: Preprocessing) -> Iterator[Any]:
    """All that comes after the crop, in the order of the recipe's fields."""
    if augmentation.flip:
        yield v2.RandomHorizontalFlip(augmentation.flip)
    if augmentation.vertical_flip:
        yield v2.RandomVerticalFlip(augmentation.vertical_flip)
    moves = (augmentation.rotation, augmentation.shear, *augmentation.translation)
    if any(moves) or augmentation.zoom != (1.0, 1.0):
        yield v2.RandomAffine(
            augmentation.rotation,
            translate=augmentation.translation,
            scale=augmentation.zoom,
            shear=augmentation.shear or None,
            interpolation=_BILINEAR,
        )
    if augmentation.policy is not None:
        yield _policy(augmentation)
    colours = (
        augmentation.brightness,
        augmentation.contrast,
        augmentation.saturation,
        augmentation.hue,
    )
    if any(colours):
        yield v2.ColorJitter(*colours)
    if augmentation.grey:
        yield v2.RandomGrayscale(augmentation.grey)
    if augmentation.erasing:
        yield _Erasing(augmentation, preprocessing)


def _policy(augmentation: Augmentation) -> Any:
    count, strength = augmentation.policy_operations, augmentation.policy_strength
    match augmentation.policy:
        case "RandAugment":
            return v2.RandAugment(count, strength, interpolation=_BILINEAR)
        case "AugMix":
            return v2.AugMix(severity=strength, mixture_width=count, interpolation=_BILINEAR)
        case "TrivialAugment":
            return v2.TrivialAugmentWide(interpolation=_BILINEAR)
    return v2.AutoAugment(interpolation=_BILINEAR)


class _Erasing:
    """torchvision's random erasing, of a Pillow image; what is erased becomes the mean colour."""

    def __init__(self, augmentation: Augmentation, preprocessing: Preprocessing) -> None:
        colour = [float(round(255 * mean)) for mean in preprocessing.mean]
        scale = augmentation.erasing_scale
        self._transform = v2.RandomErasing(augmentation.erasing, scale=scale, value=colour)

    def __call__(self, image: Image.Image) -> np.ndarray:
        tensor = torch.from_numpy(np.array(image)).permute(2, 0, 1)
        return self._transform(tensor).permute(1, 2, 0).numpy()


def _longest_side(augmentation: Augmentation, preprocessing: Preprocessing) -> int:
    """Pixels that a picture needs so that its smallest random part is not enlarged."""
    if augmentation.crop_scale is None:
        return LONGEST_SIDE
    shape = max(augmentation.crop_ratio[1], 1 / augmentation.crop_ratio[0])
    pixels = math.prod(preprocessing.input_size) * shape / augmentation.crop_scale[0]
    return min(LONGEST_SIDE, math.ceil(math.sqrt(pixels * _LONGEST_SHAPE)))


def _stored_size(path: Path, longest_side: int) -> float:
    """Pixels of a picture once it is stored, by its file's head; 0 where that says nothing."""
    try:
        with Image.open(path) as image:
            width, height = image.size
    except Exception:  # a decoder may raise anything
        return 0
    return width * height * min(1.0, longest_side / max(width, height)) ** 2


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Torch's chance starts from a seed, and goes on afterwards as if nothing had been."""
    state = torch.get_rng_state()
    torch.default_generator.manual_seed(seed)  # not those of the GPUs, which this process may use
    try:
        yield
    finally:
        torch.set_rng_state(state)
