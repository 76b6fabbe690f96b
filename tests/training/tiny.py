"""A model, pictures and a recipe so small that a whole training takes a second."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from timm.models import VisionTransformer

from explorer.training.data.dataset import find_dataset
from explorer.training.recipes.recipe import Augmentation, Averaging, Mixing, Recipe, Stage
from explorer.training.runs.run import Run, create_run

SIDE = 16  # pixels of what the model sees
CLASSES = 3


class Clock:
    """Stands in for the module `time`: it stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


def draw_model(file: Path) -> Path:
    """A ViT of two layers with random values, as a checkpoint; beside it stands how many heads."""
    torch.manual_seed(0)
    network = VisionTransformer(
        img_size=SIDE, patch_size=4, embed_dim=16, depth=2, num_heads=2, num_classes=CLASSES
    )
    save_file(network.state_dict(), file)
    file.with_suffix(".json").write_text('{"model_args": {"num_heads": 2}}')
    return file


def draw_pictures(folder: Path, each: int = 12) -> Path:
    """Some PNGs of each class, named `{class}_{id}.png`: a colour, and much noise."""
    folder.mkdir()
    chance = np.random.default_rng(0)
    for label in range(CLASSES):
        for number in range(each):
            pixels = chance.integers(0, 200, (20, 24, 3))
            pixels[..., label] += 55
            Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{label}_{number}.png")
    return folder


def recipe(model: Path, **changes: object) -> Recipe:
    """All that can be random is; two stages with different optimisers."""
    stages = (
        Stage(
            epochs=2,
            batch_size=7,
            accumulation=2,
            learning_rate=1e-2,
            weight_decay=0.05,
            layer_decay=0.8,
            warmup_epochs=0.5,
            drop_path=0.2,
            dropout=0.1,
            clip_norm=1.0,
        ),
        Stage(
            epochs=1, batch_size=6, optimiser="sgd", learning_rate=1e-2, schedule="plateau",
            frozen_blocks=1,
        ),
    )  # fmt: skip
    usual = Recipe(
        stages=stages,
        name="tiny",
        model=str(model),
        seed=5,
        workers=0,
        label_smoothing=0.1,
        augmentation=Augmentation(crop_scale=(0.5, 1.0), flip=0.5, brightness=0.3),
        mixing=Mixing(mixup=0.4, cutmix=1.0),
        averaging=Averaging(decay=0.8),
    )
    return replace(usual, **changes)


def plain(model: Path, **changes: object) -> Recipe:
    """A recipe without chance but for the pictures' order: one stage of SGD."""
    stage = Stage(epochs=2, batch_size=8, optimiser="momentum", learning_rate=0.05)
    return replace(Recipe(stages=(stage,), model=str(model), workers=0, seed=5), **changes)


def make_run(folder: Path, wanted: Recipe, pictures: Path) -> Run:
    """A new run in a folder."""
    return create_run(folder, wanted, find_dataset(pictures, fraction=0.25, seed=wanted.seed))
