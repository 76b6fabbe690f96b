"""A training against a plain loop, written by hand and fed from memory: as fast, and as good.

`python tests/benchmarks/training.py [--device cuda --precision bfloat16]` prints JSON. Both sides
are measured in turn, in this one run: the same model, batches, precision and number of steps; the
plain loop's pictures lie ready in memory as normalised numbers, ours come from files. Then both
fine-tune a small ViT on real pictures, with the same settings and seed, to compare what they learn.
Needs ../shared/data.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from accelerate.state import AcceleratorState
from PIL import Image
from torch import Tensor, nn

from explorer.training.data.dataset import find_dataset
from explorer.training.engine.learner import Learner, load_learner
from explorer.training.engine.program import Wants, train
from explorer.training.pictures.batches import Feed
from explorer.training.recipes.recipe import Pictures, Recipe, Stage
from explorer.training.runs.events import Event
from explorer.training.runs.run import Run, create_run

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
SMALL = SHARED / "weights" / "timm_vit_cifar10.safetensors"


class PlainLoop:
    """What one would write down by hand; its pictures lie in memory."""

    def __init__(self, run: Run, device: torch.device) -> None:
        self.recipe, self.device = run.recipe, device
        self.learner = load_learner(self.recipe, run.dataset.classes)
        self.network = self.learner.network.to(device)
        self.train, self.labels = self._in_memory(run, self.learner, 0)
        self.test, self.test_labels = self._in_memory(run, self.learner, 1)
        stage = self.recipe.stages[0]
        steps = stage.epochs * -(-len(self.train) // stage.batch_size)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), stage.learning_rate, weight_decay=stage.weight_decay
        )
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimiser, steps)
        self.chance = torch.Generator().manual_seed(self.recipe.seed)

    def _in_memory(self, run: Run, learner: Learner, half: int) -> tuple[Tensor, Tensor]:
        """All pictures of a half: float32 (pictures, 3, height, width), and their labels."""
        quick = replace(run.recipe, workers=0)
        with Feed(run.dataset, quick, learner.preprocessing) as feed:
            batches = feed.training(0, 0) if half == 0 else feed.validation(64)
            parts = [batch.on(torch.device("cpu")) for batch in batches]
        pixels, labels = (torch.cat(each) for each in zip(*parts, strict=True))
        return pixels, labels

    def epoch(self) -> float:
        """Learn from every picture once; returns pictures per second from the second step on."""
        self.network.train()
        size = self.recipe.stages[0].batch_size
        times, order = [], torch.randperm(len(self.train), generator=self.chance)
        kind = getattr(torch, self.recipe.precision)
        for places in order.split(size):
            pixels, labels = self.train[places].to(self.device), self.labels[places].to(self.device)
            with torch.autocast(self.device.type, kind, enabled=kind != torch.float32):
                loss = nn.functional.cross_entropy(self.network(pixels).float(), labels)
            loss.backward()
            self.optimiser.step()
            self.optimiser.zero_grad()
            self.schedule.step()
            loss.item()  # as a bar on the terminal would show it
            times.append(time.perf_counter())
        return (len(self.train) - size) / (times[-1] - times[0])

    @torch.inference_mode()
    def accuracy(self) -> float:
        """Of the validation pictures, those that are right."""
        self.network.eval()
        right = sum(
            (self.network(pixels.to(self.device)).argmax(1).cpu() == labels).sum().item()
            for pixels, labels in zip(self.test.split(64), self.test_labels.split(64), strict=True)
        )
        return right / len(self.test)


class OurEpochs:
    """Listens to a training: when each step of each epoch was done."""

    def __init__(self) -> None:
        self.steps: dict[int, list[tuple[float, int]]] = {}

    def hear(self, event: Event) -> None:
        if event["kind"] == "step":
            done = self.steps.setdefault(event["epoch"], [])
            done.append((time.perf_counter(), event["step"]))

    def speeds(self, batch_size: int) -> Iterator[float]:
        """Pictures per second of each epoch but the first, which decodes them; whole batches."""
        for epoch in sorted(self.steps)[1:]:
            (first, start), (last, end) = self.steps[epoch][0], self.steps[epoch][-1]
            yield (end - start) * batch_size / (last - first)


def draw(folder: Path, count: int) -> Path:
    """JPEGs with the detail of photographs, of two classes."""
    folder.mkdir()
    for number in range(count):
        noise = np.random.default_rng(number).integers(0, 256, (60, 80, 3)).astype(np.uint8)
        picture = Image.fromarray(noise).resize((640, 480), Image.Resampling.BICUBIC)
        picture.save(folder / f"{number % 2}_{number}.jpg", quality=90)
    return folder


def ours(run: Run, device: str) -> OurEpochs:
    """Train a run to its end."""
    AcceleratorState._reset_state(reset_partial_state=True)
    epochs = OurEpochs()
    train(run, Wants(device=device, heard=epochs.hear))
    return epochs


def speed(arguments: argparse.Namespace, place: Path) -> dict[str, object]:
    """Pictures per second of both sides, in turn."""
    stage = Stage(epochs=2, batch_size=arguments.batch_size, weight_decay=0.05)
    recipe = Recipe(
        stages=(stage,),
        model=arguments.model,
        pretrained=False,
        precision=arguments.precision,
        validation_fraction=0.02,
    )
    pictures = draw(place / "drawn", arguments.batch_size * arguments.steps)
    dataset = replace(find_dataset(pictures, fraction=0.02), layout="file names")
    plain, theirs, own = None, [], []
    for number in range(arguments.rounds):
        run = create_run(place / f"speed {number}", recipe, dataset)
        plain = plain or PlainLoop(run, torch.device(arguments.device))
        own += ours(run, arguments.device).speeds(arguments.batch_size)
        theirs.append(plain.epoch())
    return {
        "model": arguments.model,
        "device": arguments.device,
        "precision": arguments.precision,
        "batch": arguments.batch_size,
        "threads": torch.get_num_threads(),
        "pictures per second": {
            "plain loop from memory": told(theirs),
            "training from files": told(own),
        },
        "ratio": {
            "of medians": round(statistics.median(own) / statistics.median(theirs), 3),
            "of the least disturbed rounds": round(max(own) / max(theirs), 3),
        },
    }


def told(speeds: list[float]) -> dict[str, float]:
    """Median, best and worst."""
    all_of = {"median": statistics.median(speeds), "best": max(speeds), "worst": min(speeds)}
    return {name: round(speed, 2) for name, speed in all_of.items()}


def accuracy(arguments: argparse.Namespace, place: Path) -> dict[str, object]:
    """What both sides learn of CIFAR-10's pictures, fine-tuning a small ViT with a new head."""
    stage = Stage(epochs=arguments.epochs, batch_size=64, learning_rate=5e-4, weight_decay=0.05)
    found: dict[str, list[float]] = {"plain loop": [], "training": []}
    for seed in range(arguments.seeds):
        recipe = Recipe(
            stages=(replace(stage, decay_everything=True),),
            model=str(SMALL),
            seed=seed,
            pictures=Pictures(mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0)),
        )
        dataset = find_dataset(SHARED / "cifar10")
        run = create_run(place / f"accuracy {seed}", recipe, dataset)
        ours(run, arguments.device)
        found["training"].append(run.history().read().epochs[-1].top1)
        plain = PlainLoop(run, torch.device(arguments.device))
        for _ in range(arguments.epochs):
            plain.epoch()
        found["plain loop"].append(plain.accuracy())
    return {
        "fine-tuned": SMALL.name,
        "pictures": f"CIFAR-10, {len(dataset.train)} and {len(dataset.validation)} to validate",
        "epochs": arguments.epochs,
        "accuracy after the last epoch, one number a seed": found,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="vit_small_patch16_224")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--steps", type=int, default=8, help="of an epoch")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--epochs", type=int, default=6, help="of the accuracy's training")
    parser.add_argument("--seeds", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if arguments.rounds:
            print(json.dumps({"speed": speed(arguments, Path(folder))}, indent=2), flush=True)
        if arguments.seeds:
            print(json.dumps({"accuracy": accuracy(arguments, Path(folder))}, indent=2))


if __name__ == "__main__":
    main()
