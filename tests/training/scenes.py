"""Drawn pictures with captions: one or two coloured shapes, and what is beside what."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageDraw
from safetensors.torch import save_file
from timm.models import VisionTransformer

from explorer.training.data.dataset import find_dataset
from explorer.training.recipes.recipe import Captioner, Recipe, Stage
from explorer.training.runs.run import Run, create_run

SIDE = 32  # pixels
COLOURS = {"red": (220, 40, 40), "green": (40, 180, 60), "blue": (50, 80, 230)}


def draw_captioned(folder: Path, count: int = 48, seed: int = 0) -> Path:
    """PNGs of a square and a disc side by side, and captions.json: two captions each."""
    (folder / "images").mkdir(parents=True)
    chance = np.random.default_rng(seed)
    images, annotations = [], []
    for number in range(count):
        kinds = chance.permutation(["square", "disc"]).tolist()
        colours = chance.choice(list(COLOURS), 2).tolist()
        name = f"{number:03}.png"
        _draw(kinds, colours).save(folder / "images" / name)
        left, right = (f"a {c} {k}" for c, k in zip(colours, kinds, strict=True))
        images.append({"id": number, "file_name": name})
        for caption in (f"{left.capitalize()} and {right}.", f"{left} and {right}"):
            annotations.append({"image_id": number, "id": len(annotations), "caption": caption})
    content = {"images": images, "annotations": annotations}
    (folder / "captions.json").write_text(json.dumps(content))
    return folder


def _draw(kinds: list[str], colours: list[str]) -> Image.Image:
    image = Image.new("RGB", (SIDE, SIDE), (240, 236, 228))
    pen = ImageDraw.Draw(image)
    for x, kind, colour in zip((2, 18), kinds, colours, strict=True):
        shape = pen.rectangle if kind == "square" else pen.ellipse
        shape((x, 10, x + 11, 21), fill=COLOURS[colour])
    return image


def draw_encoder(file: Path) -> Path:
    """A ViT of two layers with random values, as a checkpoint; beside it stands how many heads."""
    torch.manual_seed(0)
    network = VisionTransformer(
        img_size=SIDE, patch_size=8, embed_dim=32, depth=2, num_heads=2, num_classes=3
    )
    save_file(network.state_dict(), file)
    file.with_suffix(".json").write_text('{"model_args": {"num_heads": 2}}')
    return file


def caption_recipe(model: Path | str, **changes: object) -> Recipe:
    """A small captioner; all that can be random is."""
    stage = Stage(
        epochs=2,
        batch_size=7,
        accumulation=2,
        learning_rate=3e-3,
        captions_at_once=2,
        encoder_share=0.5,
        drop_path=0.1,
        dropout=0.1,
        clip_norm=1.0,
    )
    usual = {
        "stages": (stage,),
        "name": "tiny captions",
        "task": "caption",
        "model": str(model),
        "captioner": Captioner(encoder_blocks=1, layers=1, width=24, heads=2),
        "seed": 5,
        "workers": 0,
    }
    return Recipe(**{**usual, **changes})


def caption_run(folder: Path, wanted: Recipe, pictures: Path) -> Run:
    """A new run in a folder."""
    found = find_dataset(pictures, fraction=0.25, seed=wanted.seed, task="caption")
    return create_run(folder, wanted, found)
