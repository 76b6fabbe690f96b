"""From picture pixels to model pixels, and back to where each patch lies in the picture.

Pixel for pixel what timm's own evaluation transform does, without torch.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from ..records import Frame, Framing, Picture, Preprocessing

_RESAMPLING = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
_MOST_RESIZED_PIXELS = 16_000_000


Size = tuple[int, int]  # width, height
Box = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True)
class _Placement:
    """The picture is resized to `size`; the model sees `window` of that."""

    size: Size
    window: tuple[int, int, int, int]  # left, top, right, bottom; what is outside `size` is padding

    @property
    def seen(self) -> tuple[int, int, int, int]:
        """The part of `window` that holds picture."""
        left, top, right, bottom = self.window
        return max(left, 0), max(top, 0), min(right, self.size[0]), min(bottom, self.size[1])


def reframe(preprocessing: Preprocessing, framing: Framing | None) -> Preprocessing:
    """The preprocessing with a framing of somebody's choice; None keeps the model's own.

    Who chooses squash or pad wants all of the picture: only the model's own keeps its fraction.
    """
    if framing is None or framing == preprocessing.framing:
        return preprocessing
    fraction = preprocessing.crop_fraction if framing == "crop" else 1.0
    return replace(preprocessing, framing=framing, crop_fraction=fraction)


def frame_picture(
    picture_size: Size,
    preprocessing: Preprocessing,
    rows: int,
    columns: int,
    patch_size: tuple[int, int] | None = None,
) -> Frame:
    """Where in a picture of (width, height) the model's patches lie.

    `patch_size` (height, width) in model pixels says what the patches tile where that is not all
    of the input; None = they tile it all.
    """
    place = _place(picture_size, preprocessing)
    height, width = preprocessing.input_size
    tile_height, tile_width = patch_size or (height / rows, width / columns)
    x_scale, y_scale = picture_size[0] / place.size[0], picture_size[1] / place.size[1]
    left, top, _, _ = place.window
    box = (
        left * x_scale,
        top * y_scale,
        (left + columns * tile_width) * x_scale,
        (top + rows * tile_height) * y_scale,
    )
    return Frame(preprocessing.framing, picture_size, preprocessing.input_size, box, rows, columns)


def reaching_edges(values: np.ndarray, frame: Frame) -> tuple[np.ndarray, Box]:
    """A map (rows, columns), and the box in picture pixels that it tiles, so that all is covered.

    Where all of the picture was seen, but the cells end before it does, the outermost are repeated;
    what then reaches beyond the picture is to be cut off. Other maps stay as they are.
    """
    if not frame.sees_all:
        return values, frame.box
    (left, top, right, bottom), (end_x, end_y) = frame.box, frame.picture_size
    width, height = (right - left) / frame.columns, (bottom - top) / frame.rows
    down = _cells_in(top, height), _cells_in(end_y - bottom, height)
    across = _cells_in(left, width), _cells_in(end_x - right, width)
    left, right = left - across[0] * width, right + across[1] * width
    top, bottom = top - down[0] * height, bottom + down[1] * height
    return np.pad(values, (down, across), mode="edge"), (left, top, right, bottom)


def _cells_in(gap: float, side: float) -> int:
    """How many cells fill a gap; none where there is none, but for rounding."""
    return max(0, math.ceil(gap / side - 1e-6))


def prepare(
    picture: Picture,
    preprocessing: Preprocessing,
    rows: int,
    columns: int,
    patch_size: tuple[int, int] | None = None,
) -> tuple[np.ndarray, Frame]:
    """A picture as the model wants it: float32 (channels, height, width), and its Frame."""
    frame = frame_picture(picture.size, preprocessing, rows, columns, patch_size)
    return _normalise(np.asarray(_look(picture, preprocessing)), preprocessing), frame


def _place(picture_size: Size, preprocessing: Preprocessing) -> _Placement:
    height, width = preprocessing.input_size
    fraction = preprocessing.crop_fraction
    target = math.floor(width / fraction), math.floor(height / fraction)
    size = _RESIZED[preprocessing.framing](picture_size, target)
    left, top = _margin(size[0], width), _margin(size[1], height)
    return _Placement(size, (left, top, left + width, top + height))


def _margin(size: int, seen: int) -> int:
    """How much of a side is cut off before what is seen begins; negative where it is padded."""
    # torchvision and timm round halves to even where they cut, and down where they pad.
    return round((size - seen) / 2) if size >= seen else -((seen - size) // 2)


def _squash(picture_size: Size, target: Size) -> Size:
    return target


def _cover(picture_size: Size, target: Size) -> Size:
    if target[0] != target[1]:
        return _keep_ratio(picture_size, target, min)
    # timm leaves square targets to torchvision, which rounds down.
    width, height = picture_size
    long = int(target[0] * max(picture_size) / min(picture_size))
    return (target[0], long) if width <= height else (long, target[0])


def _fit(picture_size: Size, target: Size) -> Size:
    return _keep_ratio(picture_size, target, max)


def _keep_ratio(picture_size: Size, target: Size, choose: Callable[[float, float], float]) -> Size:
    (width, height), (target_width, target_height) = picture_size, target
    ratio = choose(height / target_height, width / target_width)
    return max(1, round(width / ratio)), max(1, round(height / ratio))


_RESIZED = {"squash": _squash, "crop": _cover, "pad": _fit}


def _look(picture: Picture, preprocessing: Preprocessing) -> Image.Image:
    """What the model sees of the picture: an image of its input size, "RGB" or "L"."""
    image = Image.fromarray(picture.pixels)
    if len(preprocessing.mean) == 1:
        image = image.convert("L")
    place = _place(picture.size, preprocessing)
    seen = _resize(image, place, _RESAMPLING[preprocessing.interpolation])
    if place.seen == place.window:
        return seen
    canvas = Image.new(image.mode, preprocessing.input_size[::-1], _padding(preprocessing))
    canvas.paste(seen, (place.seen[0] - place.window[0], place.seen[1] - place.window[1]))
    return canvas


def _resize(image: Image.Image, place: _Placement, resampling: Image.Resampling) -> Image.Image:
    if place.size[0] * place.size[1] <= _MOST_RESIZED_PIXELS:
        return image.resize(place.size, resampling).crop(place.seen)
    # A thin strip would grow to gigabytes only to be cropped: resize just what is seen. Pillow
    # rounds the box to single precision, so that this is equal but for a rounding here and there.
    x_scale, y_scale = image.width / place.size[0], image.height / place.size[1]
    left, top, right, bottom = place.seen
    box = (left * x_scale, top * y_scale, right * x_scale, bottom * y_scale)
    return image.resize((right - left, bottom - top), resampling, box=box)


def _padding(preprocessing: Preprocessing) -> tuple[int, ...] | int:
    """The colour beside the picture: the mean, which the model sees as zero, as timm does."""
    if preprocessing.framing != "pad":
        return 0
    colour = tuple(round(255 * mean) for mean in preprocessing.mean)
    return colour if len(colour) > 1 else colour[0]


def _normalise(pixels: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    """uint8 (height, width[, channels]) as float32 (channels, height, width)."""
    levels = np.arange(256, dtype=np.float32) / 255
    channels = np.atleast_3d(pixels)
    normal = np.empty((channels.shape[2], *channels.shape[:2]), np.float32)
    for index, (mean, std) in enumerate(zip(preprocessing.mean, preprocessing.std, strict=True)):
        # 256 values are normalised instead of each pixel: the same numbers, in a third of the time.
        table = (levels - np.float32(mean)) / np.float32(std)
        np.take(table, channels[..., index], out=normal[index], mode="clip")
    return normal
