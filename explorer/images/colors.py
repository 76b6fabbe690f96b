"""Every mode that Pillow knows, as eight-bit RGB."""

import numpy as np
from PIL import Image, ImageCms

_SIXTEEN_BIT_FORMATS = {"PNG", "PPM"}  # where Pillow's mode "I" holds 0..65535

_SHRINKABLE = {"L", "RGB", "CMYK", "LAB", "I;16", "I", "F"}


def to_rgb(image: Image.Image, source: str | None = None) -> Image.Image:
    """The image in mode RGB; `source` is the file's format, where there is one.

    Alpha is dropped, not blended, as `convert("RGB")` does: every torch pipeline does so, and
    what is shown must be what the model sees. 16 bits are divided by 257; 32-bit integers and
    floats have no agreed white, so that their own range becomes 0..255.
    """
    if image.mode.startswith("I;16") or (image.mode == "I" and source in _SIXTEEN_BIT_FORMATS):
        return _grey(_eight_of_sixteen(np.asarray(image)))
    if image.mode in ("I", "F"):
        return _grey(_own_range(np.asarray(image)))
    if image.mode == "LAB":
        return _from_lab(image)
    return image if image.mode == "RGB" else image.convert("RGB")


def to_shrinkable(image: Image.Image) -> Image.Image:
    """A mode whose pixels can be averaged as they are: no palette, no bits, no alpha weights."""
    if image.mode == "1":
        return image.convert("L")
    if image.mode.startswith("I;16") and image.mode != "I;16":
        # Pillow 13 mixes the bytes up where it resizes or converts the other byte order.
        return Image.fromarray(np.asarray(image).astype("<u2"))
    return image if image.mode in _SHRINKABLE else image.convert("RGB")


def _eight_of_sixteen(values: np.ndarray) -> np.ndarray:
    values = (np.clip(values, 0, 65535).astype(np.uint32) + 128) // 257
    return values.astype(np.uint8)


def _own_range(values: np.ndarray) -> np.ndarray:
    values = values.astype(np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        return np.zeros(values.shape, np.uint8)
    low, high = values[finite].min(), values[finite].max()
    values = np.clip(np.nan_to_num(values, nan=low), low, high)
    scaled = (values - low) * (255 / ((high - low) or 1))
    eight_bits: np.ndarray = np.rint(scaled).astype(np.uint8)
    return eight_bits


def _grey(values: np.ndarray) -> Image.Image:
    return Image.fromarray(values).convert("RGB")


def _from_lab(image: Image.Image) -> Image.Image:
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    assert converted is not None  # only an in-place conversion returns None
    return converted
