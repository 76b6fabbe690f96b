"""Runs that nobody trained: folders as the training writes them, told by its own writer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import PIL.Image

from explorer.records import Frame
from explorer.training.data.examples import Dataset, Examples
from explorer.training.recipes.recipe import Recipe
from explorer.training.recipes.recipe_changes import changed
from explorer.training.recipes.recipe_file import find_recipe
from explorer.training.runs.events import EventLog
from explorer.training.runs.probe import Probe, write_probe
from explorer.training.runs.run import Run, create_run

CLASSES = ("cat", "dog", "bird")
PATCHES = 8  # of a probe's side


def draw_pictures(folder: Path) -> Dataset:
    """Three pictures of each class, in both halves alike."""
    folder.mkdir(parents=True, exist_ok=True)
    names, chance = [], np.random.default_rng(0)
    for label in range(len(CLASSES)):
        for number in range(3):
            pixels = chance.integers(40, 120, (48, 64, 3), np.uint8)
            pixels[..., label] += 100
            names.append(f"{label}_{number}.png")
            PIL.Image.fromarray(pixels).save(folder / names[-1])
    examples = Examples(folder, tuple(names), np.repeat(np.arange(3), 3))
    return Dataset("file names", "Three classes.", CLASSES, examples, examples)


@dataclass
class Simulated:
    """A run whose process is this object: it tells what a training would tell."""

    run: Run
    recipe: Recipe
    log: EventLog
    per_epoch: int  # steps
    skill: float  # the accuracy that it comes to
    step: int = 0
    epoch: int = 0
    best: float = 0.0

    @property
    def steps(self) -> int:
        return self.recipe.epochs * self.per_epoch

    def start(self) -> Simulated:
        self.log.append(
            "started", step=0, epochs_done=0, steps=self.steps, epochs=self.recipe.epochs,
            pictures=36, validation_pictures=9, device="CPU", processes=1, precision="float32",
            model=self.recipe.model, origin="made up",
        )  # fmt: skip
        return self

    def train(self, steps: int) -> Simulated:
        """So many steps, with the ends of epochs that they reach."""
        for _ in range(steps):
            self.step += 1
            done = self.step / self.steps
            wave = 0.2 * math.sin(self.step * 12.9898) * math.cos(self.step * 4.1414)
            self.log.append(
                "step", step=self.step, stage=0, epoch=self.epoch + 1,
                loss=2.0 * math.exp(-4 * done * self.skill) + 0.1 + wave * (1.2 - done),
                learning_rate=1e-3 * 0.5 * (1 + math.cos(math.pi * done)),
                pictures_per_second=52.3, eta_seconds=round(0.25 * (self.steps - self.step), 1),
            )  # fmt: skip
            if self.step % self.per_epoch == 0:
                self._end_epoch()
        return self

    def _end_epoch(self) -> None:
        self.epoch += 1
        done = self.epoch / self.recipe.epochs
        wave = 0.01 * math.sin(7 * self.epoch)
        top1 = self.skill * (1 - math.exp(-5 * done)) + wave
        is_best, self.best = top1 > self.best, max(top1, self.best)
        told = {"top5": min(1.0, top1 + 0.04)}
        if self.recipe.task == "caption":
            told = {"bleu": 0.9 * top1, "words": min(1.0, top1 + 0.02)}
        self.log.append(
            "epoch", epoch=self.epoch, stage=0, step=self.step, steps=self.steps,
            train_loss=2 * math.exp(-4 * done * self.skill), train_accuracy=min(1.0, top1 + 0.03),
            loss=2 * math.exp(-3 * done * self.skill) + 0.1, top1=top1, **told,
            learning_rate=1e-3 * (1 - done), is_best=is_best, seconds=61.5 * self.epoch,
        )  # fmt: skip

    def sample(self) -> Simulated:
        """Eight pictures as the network saw them, in colours that tell them apart."""
        path = self.run.folder / "sample" / "stage-0.npz"
        path.parent.mkdir(exist_ok=True)
        pixels = np.zeros((8, 32, 32, 3), np.uint8)
        pixels[..., 0], pixels[..., 1] = 200, 20
        pixels[np.arange(8), :, :, 2] = (np.arange(8) * 30)[:, None, None]
        targets = np.eye(3, dtype=np.float32)[np.arange(8) % 3]
        targets[1] = 0.75, 0.25, 0
        np.savez_compressed(path, pixels=pixels, targets=targets)
        self.log.append("sample", stage=0, path="sample/stage-0.npz")
        return self

    def probe(self, epoch: int, patch: tuple[int, int], weight: float = 0.8) -> Simulated:
        """What looks at the probe after an epoch: almost all of it at one patch."""
        heads = np.full((2, PATCHES, PATCHES), 0.002, np.float32)
        heads[:, *patch] = weight
        probability = np.array([0.1 + 0.05 * epoch, 0.5, 0.4 - 0.05 * epoch], np.float32)
        frame = Frame("squash", (64, 48), (32, 32), (0.0, 0.0, 64.0, 48.0), PATCHES, PATCHES)
        path = Path("probe", f"epoch-{epoch:03}.npz")
        write_probe(self.run.folder / path, Probe(frame, heads, probability, "class", epoch))
        self.log.append("probe", epoch=epoch, path=path.as_posix())
        return self

    def end(self, kind: str = "finished", **facts: object) -> Simulated:
        """Tell how it ends: “finished”, “stopped”, or “problem” with a message and a hint."""
        self.log.append(kind, step=self.step, **facts)
        self.log.close()
        return self


def simulate(
    folder: Path,
    dataset: Dataset,
    recipe: str = "adam-384",
    changes: Sequence[str] = (),
    per_epoch: int = 10,
    skill: float = 0.9,
) -> Simulated:
    """A new run that has not told anything yet."""
    wanted = changed(find_recipe(recipe), changes)
    run = create_run(folder, wanted, dataset)
    return Simulated(run, wanted, EventLog(run.events), per_epoch, skill)
