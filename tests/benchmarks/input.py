"""What pictures cost a training: against the same work from memory, and against the training alone.

`python tests/benchmarks/input.py PICTURES [--recipe best] [--workers 1] [--device cuda]` prints
JSON. PICTURES is a folder of labelled ones. All sides are measured in turn, in this one run.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

import timm
import torch
from timing import in_turn, ratio, summary

from explorer.images.geometry import prepare
from explorer.records import Picture, Preprocessing
from explorer.training.data.dataset import find_dataset
from explorer.training.data.examples import Dataset
from explorer.training.pictures.augmentation import Painter
from explorer.training.pictures.batches import Feed, worker_count
from explorer.training.recipes.recipe import Recipe
from explorer.training.recipes.recipe_changes import changed
from explorer.training.recipes.recipe_file import find_recipe


def from_memory(dataset: Dataset, recipe: Recipe, preprocessing: Preprocessing) -> Iterator[None]:
    """A plain loop over decoded pictures: the first turn decodes them, each changes them."""
    painter = Painter(preprocessing, recipe.augmentation)
    paths = [dataset.train.path(index) for index in range(len(dataset.train))]
    stored = [painter.stored(path, is_training=True) for path in paths]
    whole = Preprocessing(preprocessing.input_size, preprocessing.mean, preprocessing.std, "squash")
    while True:
        for number, pixels in enumerate(stored):
            seen = painter.painted(pixels, number)
            prepare(Picture(None, seen, seen.shape[1::-1]), whole, 1, 1)
        yield


class Step:
    """A training step of a small network: forward, backward, one step of plain SGD."""

    def __init__(self, model: str, size: int, device: torch.device) -> None:
        self._network = timm.create_model(model, img_size=size, num_classes=37).to(device)
        self._optimiser = torch.optim.SGD(self._network.parameters(), lr=1e-4)
        self._device = device

    def __call__(self, pixels: torch.Tensor, labels: torch.Tensor) -> float:
        with torch.autocast(self._device.type, torch.bfloat16):
            logits = self._network(pixels)
        loss = torch.nn.functional.cross_entropy(logits.float(), labels)
        loss.backward()
        self._optimiser.step()
        self._optimiser.zero_grad()
        return loss.item()


def measure(arguments: argparse.Namespace) -> dict[str, object]:
    """Seconds of an epoch of input alone, and of training with and without input."""
    dataset = find_dataset(arguments.pictures)
    settings = ["stages.0.epochs=99", f"stages.0.batch_size={arguments.batch_size}"]
    if arguments.workers is not None:
        settings.append(f"workers={arguments.workers}")
    recipe = changed(find_recipe(arguments.recipe), settings)
    size = arguments.size
    preprocessing = Preprocessing((size, size), (0.5,) * 3, (0.5,) * 3, "squash")
    device = torch.device(arguments.device)
    loop = from_memory(dataset, recipe, preprocessing)
    step = Step(arguments.model, size, device)
    started = time.perf_counter()
    with Feed(dataset, recipe, preprocessing, device=device.type) as feed:
        batches = [batch.on(device) for batch in feed.training(0, 0)]
        first = time.perf_counter() - started
        epochs = iter(range(1, 99))

        def fed() -> None:
            for batch in feed.training(0, next(epochs)):
                batch.on(device)
            list(feed.validation(arguments.batch_size))

        def trained_from_memory() -> None:
            for pixels, labels in batches[: arguments.steps]:
                step(pixels, labels)

        def trained_from_feed() -> None:
            given = feed.training(0, next(epochs))
            for batch, _ in zip(given, range(arguments.steps), strict=False):
                step(*batch.on(device))

        alone = in_turn({"from memory": lambda: next(loop), "fed": fed}, arguments.rounds)
        together = in_turn(
            {"from memory": trained_from_memory, "fed": trained_from_feed}, arguments.rounds
        )
    pictures = sum(len(labels) for _, labels in batches[: arguments.steps])
    return {
        "recipe": arguments.recipe,
        "size": size,
        "workers": worker_count(recipe.workers, device.type),
        "cores": os.cpu_count(),
        "seconds until the first epoch's end": first,
        "input alone, pictures per second": rates(alone, len(dataset.train)),
        "input alone, fed to from memory": 1 / ratio(alone["fed"], alone["from memory"]),
        "training, pictures per second": rates(together, pictures),
        "training, fed to from memory": 1 / ratio(together["fed"], together["from memory"]),
    }


def rates(times: dict[str, list[float]], pictures: int) -> dict[str, float]:
    """Pictures per second, by the medians."""
    return {name: round(pictures / summary(each)["median"], 1) for name, each in times.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--recipe", default="best")
    parser.add_argument("--model", default="vit_tiny_patch16_224")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--steps", type=int, default=8, help="of an epoch of training")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=5)
    print(json.dumps(measure(parser.parse_args()), indent=1))


if __name__ == "__main__":
    main()
