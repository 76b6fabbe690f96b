"""What Hugging Face's `preprocessor_config.json` says is done to pictures, in timm's words.

Keys are those of transformers' image processors (4.57.6, 5.23.0) and of the feature extractors
before them, in all the forms that a size had. What is not understood counts as not said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..networks.measures import Size
from .model_args import is_count, is_number

_FILTERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic"}  # Pillow's numbers
_BY_SHORT_SIDE = ("Bit", "CLIP", "ConvNext")  # processors for which one number means that side
_CROPPING = ("Bit", "CLIP", "DeiT")  # processors that show the middle unless they are told not to
_is_side = is_count(10_000)


def both_sides(value: Any) -> Size | None:
    """Height and width, where one number may stand for both; None where it is neither."""
    if _is_side(value):
        return value, value
    is_pair = isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_side, value))
    return (value[0], value[1]) if is_pair else None


def preparation(processor: Mapping[str, Any]) -> dict[str, Any]:
    """mean, std, interpolation, crop_mode and crop_pct as in timm's configs, as far as said.

    Prepared so, pixels are those of the processors that use Pillow, to the last bit; the ones that
    use torchvision differ from them by one of 255 levels here and there.
    """
    said = _normalisation(processor)
    if processor.get("do_resize", True) is False:
        return said
    resample: Any = processor.get("resample")
    if is_count(3, least=0)(resample):
        said["interpolation"] = _FILTERS[resample]
    return {**said, **_framing(processor)}


def _normalisation(processor: Mapping[str, Any]) -> dict[str, Any]:
    """Mean and standard deviation of pixels in 0..1, whatever the processor makes of 0..255."""
    factor = processor.get("rescale_factor", 1 / 255)
    is_scaled = processor.get("do_rescale", True) is not False
    scale = 255.0 * factor if is_scaled and is_number(factor) else 255.0
    if abs(scale - 1) < 1e-6:
        scale = 1.0  # 255 / 255, but for its digits
    if processor.get("do_normalize", True) is False:
        mean, std = [0.0], [1.0]
    else:
        mean, std = (_channels(processor.get(f"image_{what}")) for what in ("mean", "std"))
    if not mean or not std or not 1e-6 < scale < 1e6 or min(std) < 1e-6:
        return {}
    return {"mean": tuple(m / scale for m in mean), "std": tuple(s / scale for s in std)}


def _channels(value: Any) -> list[float]:
    """A number per channel, or one for all; empty where it is neither."""
    values = value if isinstance(value, list | tuple) else [value]
    return [float(v) for v in values] if values and all(map(is_number, values)) else []


def shown_size(processor: Mapping[str, Any]) -> Size | None:
    """Height and width of what is made of a picture, where that is the same for all."""
    mode, size = _resized(processor)
    if processor.get("do_resize", True) is False or not size:
        return None
    if _crops(processor):
        return _sides(processor.get("crop_size"))
    return size if mode == "squash" else None


def _crops(processor: Mapping[str, Any]) -> bool:
    usually = _kind(processor).startswith(_CROPPING)
    return processor.get("do_center_crop", usually) is True


def _framing(processor: Mapping[str, Any]) -> dict[str, Any]:
    """How the picture is resized, and which part of that is seen."""
    mode, size = _resized(processor)
    if not size:
        return {}
    if not _crops(processor):
        return {"crop_mode": mode, "crop_pct": 1.0}
    crop = _sides(processor.get("crop_size"))
    if not crop or crop[0] * size[1] != crop[1] * size[0] or crop[0] > size[0]:
        return {"crop_mode": mode}
    # A little less, so that the size is found again where it is divided by and rounded down.
    return {"crop_mode": mode, "crop_pct": crop[0] / (size[0] + 1e-6)}


def _resized(processor: Mapping[str, Any]) -> tuple[str, Size | None]:
    """How, in timm's word: “squash” to both sides, “center” by the shorter one; and to which."""
    size = processor.get("size")
    if isinstance(size, Mapping) and "shortest_edge" in size:
        return "center", both_sides(size["shortest_edge"]) if "longest_edge" not in size else None
    by_short_side = _is_side(size) and _kind(processor).startswith(_BY_SHORT_SIDE)
    return "center" if by_short_side else "squash", _sides(size)


def _kind(processor: Mapping[str, Any]) -> str:
    """The name of its class, old or new: “ViTFeatureExtractor”, “ViTImageProcessor”."""
    return str(processor.get("image_processor_type") or processor.get("feature_extractor_type"))


def _sides(value: Any) -> Size | None:
    """Height and width from {"height": …, "width": …}, or from one number or two."""
    if isinstance(value, Mapping):
        return both_sides([value.get("height"), value.get("width")])
    return both_sides(value)
