"""Reading pictures safely: whatever lies in a file, the answer is a Picture or a plain sentence."""

from __future__ import annotations

import logging
import re
import stat
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from PIL import (  # noqa: F401 - a plug-in registers its decoder; else Pillow would load all forty
    AvifImagePlugin,
    BmpImagePlugin,
    ExifTags,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    PngImagePlugin,
    PpmImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from ..errors import ExplorerError
from ..records import Picture
from .colors import to_rgb, to_shrinkable
from .faults import display_name, explain, no_picture
from .formats import HEAD_BYTES, READABLE, SUFFIXES, foreign_kind, is_camera_raw

__all__ = ["LONGEST_SIDE", "MOST_PIXELS", "SUFFIXES", "picture_from_image", "read_picture"]

LONGEST_SIDE = 4096  # pixels; a larger picture is reduced while it is decoded
MOST_PIXELS = 178_956_970
# Pillow's own limit against decompression bombs, held also where a host program lifted Pillow's

_UPRIGHT = {  # EXIF orientation → what makes it upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LYING = (5, 6, 7, 8)  # orientations whose stored rows are columns

# Pillow also logs about some broken files; where nobody set up logging, that would be printed.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def read_picture(path: Path, longest_side: int = LONGEST_SIDE) -> Picture:
    """Decode a file's first frame, upright, reduced where it is larger than `longest_side`.

    Raises ExplorerError, in words for people, whatever is wrong with the file.
    """
    try:
        _refuse_what_is_no_file(path)
        with path.open("rb") as file, _pillow_is_quiet():
            return _decode(file, path, longest_side)
    except ExplorerError:
        raise
    except Exception as error:  # a decoder may raise anything: TypeError, struct.error, …
        raise explain(error, path, MOST_PIXELS) from error


def picture_from_image(
    image: Image.Image, path: Path | None = None, longest_side: int = LONGEST_SIDE
) -> Picture:
    """A Pillow image as a Picture, upright; the image stays as it is.

    Raises ExplorerError where its file turns out to be broken.
    """
    try:
        with _pillow_is_quiet():
            return _finish(image, path, longest_side)
    except Exception as error:
        raise explain(error, path or Path("The image"), MOST_PIXELS) from error


def _refuse_what_is_no_file(path: Path) -> None:
    # Opening a pipe would wait for its writer, for ever; so look before opening.
    status = path.stat()
    name = display_name(path)
    if stat.S_ISDIR(status.st_mode):
        raise ExplorerError(f"{name} is a folder, not a picture.", hint="Open it as a folder.")
    if not stat.S_ISREG(status.st_mode):
        raise ExplorerError(f"{name} is not an ordinary file.", hint="Choose a picture file.")
    if status.st_size == 0:
        raise ExplorerError(f"{name} is empty (0 bytes).", hint="Copy or download it again.")


def _decode(file: BinaryIO, path: Path, longest_side: int) -> Picture:
    try:
        image = Image.open(file, formats=tuple(READABLE))
    except UnidentifiedImageError as error:
        file.seek(0)
        raise no_picture(path, foreign_kind(file.read(HEAD_BYTES), path.suffix)) from error
    with image:
        if image.format == "TIFF" and is_camera_raw(path.suffix):
            raise no_picture(path, foreign_kind(b"", path.suffix))
        if image.width * image.height > MOST_PIXELS:
            raise Image.DecompressionBombError
        stored = image.size
        image.draft(None, _within(stored, longest_side))  # JPEG decodes to 1/2, 1/4, 1/8 at once
        return _finish(image, path, longest_side, stored)


def _finish(
    image: Image.Image, path: Path | None, longest_side: int, stored: tuple[int, int] | None = None
) -> Picture:
    """Load, shrink, convert and turn an open image; `stored` is its size before a draft."""
    source = image.format
    image.load()
    width, height = stored or image.size
    orientation = _orientation(image)  # after loading: a TIFF has turned itself by then
    image = to_rgb(_shrunk(image, longest_side), source)
    if orientation in _UPRIGHT:
        image = image.transpose(_UPRIGHT[orientation])
    full_size = (height, width) if orientation in _LYING else (width, height)
    return Picture(path, np.asarray(image), full_size)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # broken EXIF says nothing about the pixels, which may be fine
        return 1


def _shrunk(image: Image.Image, longest_side: int) -> Image.Image:
    if max(image.size) <= longest_side:
        return image
    image = to_shrinkable(image)
    # Pillow cannot halve 16-bit pixels in a quick first step, only resize them.
    gap = None if image.mode == "I;16" else 2.0
    size = _within(image.size, longest_side)
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=gap)


def _within(size: tuple[int, int], longest_side: int) -> tuple[int, int]:
    """The size of the same shape whose longer side is at most `longest_side`."""
    scale = min(1.0, longest_side / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


_lock = threading.Lock()
_readers = 0
_IGNORED = ("ignore", None, Warning, re.compile(r"PIL\."), 0)


@contextmanager
def _pillow_is_quiet() -> Iterator[None]:
    """Pillow's warnings (odd EXIF, odd palettes, large pictures) concern nobody here.

    `warnings.catch_warnings` would not do: it is not safe with the many threads that read.
    """
    global _readers
    with _lock:
        _readers += 1
        warnings.filterwarnings("ignore", module=r"PIL\.")
    try:
        yield
    finally:
        with _lock:
            _readers -= 1
            if _readers == 0:
                with suppress(ValueError):  # somebody else may have put other filters in place
                    cast(list[object], warnings.filters).remove(_IGNORED)
