"""Ask the real transformers what its image processors make of a picture: writes processors.npz.

Needs an environment with transformers, which the tests do not:

    python tests/models/transformers_peer/processors.py

The committed file was made with transformers 5.23.0 (Pillow 13.0.0), by the processors that use
Pillow; those of 4.57.6 give the same bits. The ones that use torchvision differ in single pixels
by one of 255 levels, rarely two.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
_IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
_HALVES = {"image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5]}
_SMALL = {"size": {"height": 36, "width": 36}}
PROCESSORS: dict[str, tuple[str, dict[str, Any]]] = {  # class, arguments as published
    "ViT": ("ViTImageProcessor", {"size": {"height": 48, "width": 48}, **_HALVES}),
    "DINO": ("ViTImageProcessor", {"size": 48, "resample": 3, **_IMAGENET}),
    "DeiT": ("DeiTImageProcessor", {"size": 48, "crop_size": 42, **_IMAGENET}),
    "DeiT at 384": ("DeiTImageProcessor", {"size": 438, "crop_size": 384, **_IMAGENET}),
    "BEiT": ("BeitImageProcessor", {"size": 48, "crop_size": 48, "resample": 2, **_HALVES}),
    "DINOv2": (
        "BitImageProcessor",
        {"size": {"shortest_edge": 48}, "crop_size": {"height": 42, "width": 42}, **_IMAGENET},
    ),
    "wide": ("ViTImageProcessor", {"size": {"height": 36, "width": 48}, "resample": 1}),
    "nearest": ("ViTImageProcessor", {**_SMALL, "resample": 0}),
    "not normalised": ("ViTImageProcessor", {**_SMALL, "do_normalize": False}),
    "not rescaled": (
        "ViTImageProcessor",
        {**_SMALL, "do_rescale": False, "image_mean": [127.5] * 3, "image_std": [127.5] * 3},
    ),
    "rescaled to 0..2": (
        "ViTImageProcessor",
        {**_SMALL, "rescale_factor": 1 / 127.5, "image_mean": [1.0] * 3, "image_std": [1.0] * 3},
    ),
}


def picture() -> np.ndarray:
    """Soft stripes and some noise: uint8 (height, width, 3), wider than high."""
    rows, columns = np.mgrid[:97, :131]
    noise = np.random.Philox(key=7).random_raw(97 * 131).reshape(97, 131) % np.uint64(40)
    waves = [np.sin(rows / 7) * np.cos(columns / (5 + channel)) for channel in range(3)]
    levels = 120 + 90 * np.stack(waves, axis=-1) + noise[..., None].astype(float)
    return levels.round().clip(0, 255).astype(np.uint8)


def samples(pixels: np.ndarray) -> np.ndarray:
    """(3, height, width) at 12 × 12 places."""
    height, width = pixels.shape[1:]
    rows, columns = (np.linspace(0, side - 1, 12).round().astype(int) for side in (height, width))
    return pixels[:, rows][:, :, columns]


def main() -> None:
    """Write what the installed transformers makes of the picture, and its configs."""
    import transformers  # here, because the tests take `picture` and `samples` without it

    arrays, configs = {}, {}
    for name, (kind, arguments) in PROCESSORS.items():
        processor = getattr(transformers, f"{kind}Pil", None) or getattr(transformers, kind)
        made = processor(**arguments)
        pixels = np.asarray(made(Image.fromarray(picture()), return_tensors="np").pixel_values[0])
        arrays[name] = samples(pixels).astype(np.float32)
        arrays[f"{name}|size"] = np.array(pixels.shape[1:])
        configs[name] = [json.loads(made.to_json_string()), arguments]
    np.savez_compressed(HERE / "processors.npz", configs=json.dumps(configs), **arrays)


if __name__ == "__main__":
    main()
