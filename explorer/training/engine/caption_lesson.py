"""Captions: each word is guessed from the picture and the true words before it.

Teacher forcing, as CATR and all transformers that write are trained (Vaswani et al. 2017).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from timm.optim import param_groups_weight_decay
from torch import Tensor, nn
from torch.nn import functional

from ...models.captions.families.explorer import notes_of
from ...models.captions.memory import Past
from ...models.captions.word_pieces import WordPieces, words_of
from ...models.recording import to_numpy
from ...records import Picture, Preprocessing
from ..data.examples import Dataset
from ..evaluation.caption_scores import bleu4, exact
from ..pictures.batches import Batch
from ..recipes.recipe import Recipe, Stage
from ..runs.sample import Shown
from .caption_tracing import CaptionTracer
from .chance import Chance, Dropout, seed_of, set_drop_path
from .class_lesson import arguments_of, epsilon_of
from .freezing import set_trained_captioner
from .lesson import Answers, Checkpoint, Judged, Place
from .ranks import Ranks

_NOTHING = -1  # a target that is not learned: after a caption's end, or an unknown word


@dataclass(frozen=True, eq=False)
class Forced:
    """Pictures with equally many captions, all as long as the longest that is learned."""

    pixels: Tensor  # float32 (pictures, channels, height, width)
    tokens: Tensor  # int64 (captions, tokens): what is read
    targets: Tensor  # int64 (captions, tokens): what follows each, or _NOTHING
    smoothing: float

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        return self.pixels, self.tokens

    def losses(self, logits: Tensor) -> Tensor:
        """Cross-entropy: mean over a caption's words and its end, then captions: (pictures,)."""
        each = functional.cross_entropy(
            logits.flatten(0, 1),
            self.targets.flatten(),
            ignore_index=_NOTHING,
            reduction="none",
            label_smoothing=self.smoothing,
        )
        return self._mean(each.view(self.targets.shape))

    def right(self, logits: Tensor) -> Tensor:
        """The share of words that were guessed: (pictures,)."""
        return self._mean((logits.argmax(dim=-1) == self.targets).float())

    def _mean(self, each: Tensor) -> Tensor:
        counts = self.targets != _NOTHING
        captions = (each * counts).sum(dim=1) / counts.sum(dim=1).clamp(min=1)
        return captions.view(len(self.pixels), -1).mean(dim=1)


class CaptionLesson:
    """What a captioner learns."""

    def __init__(
        self, recipe: Recipe, dataset: Dataset, vocabulary: WordPieces, longest: int
    ) -> None:
        """`longest`: words of a caption that are learned."""
        self._recipe = recipe
        self._captions = dataset.train.captions, dataset.validation.captions
        self.vocabulary = vocabulary
        self._length = longest + 1  # the end included

    def prepare(self, network: Any, stage: Stage, chance: Chance) -> None:
        set_trained_captioner(network, stage)
        set_drop_path(network.encoder, stage.drop_path, chance)
        for module in network.decoder.modules():
            if hasattr(module, "drop"):
                module.drop = Dropout(stage.dropout, chance) if stage.dropout else nn.Identity()

    def learned(self, network: Any, stage: Stage) -> list[dict[str, Any]]:
        return [*_groups(network.decoder, stage, 1.0),
                *_groups(network.encoder, stage, stage.encoder_share)]  # fmt: skip

    def inputs(self, pixels: Tensor) -> tuple[Tensor, ...]:
        most = max(stage.captions_at_once for stage in self._recipe.stages)
        shape = most * len(pixels), self._length
        return pixels, torch.zeros(shape, dtype=torch.int64, device=pixels.device)

    def seen(self, batch: Batch, place: Place, device: torch.device) -> Forced:
        drawn = [self._drawn(int(one), place) for one in batch.indices]
        return self._forced(batch, [caption for each in drawn for caption in each], device)

    def _drawn(self, picture: int, place: Place) -> list[str]:
        """Some of a training picture's captions: in each epoch, chance says which."""
        captions = self._captions[0][picture]
        seed, stage, epoch, _ = place
        chance = np.random.default_rng(seed_of("captions", seed, stage, epoch, picture))
        count = self._recipe.stages[stage].captions_at_once
        return [captions[at] for at in np.resize(chance.permutation(len(captions)), count)]

    def _forced(self, batch: Batch, captions: Sequence[str], device: torch.device) -> Forced:
        pixels, _ = batch.on(device)
        read = torch.full((len(captions), self._length), self.vocabulary.end)
        targets = torch.full_like(read, _NOTHING)
        for row, caption in enumerate(captions):
            tokens = self.vocabulary.tokens(words_of(caption))
            follows = torch.tensor([*tokens, self.vocabulary.end][: self._length])
            targets[row, : len(follows)] = follows
            read[row, 0] = self.vocabulary.begin
            read[row, 1 : len(follows)] = follows[:-1]
        targets[targets == self.vocabulary.unknown] = _NOTHING
        smoothing = self._recipe.label_smoothing
        return Forced(pixels, read.to(device), targets.to(device), smoothing)

    def shown(self, batch: Batch, place: Place, device: torch.device) -> Shown:
        captions = tuple("\n".join(self._drawn(int(one), place)) for one in batch.indices)
        pixels, _ = batch.on(device)
        return Shown(pixels, torch.zeros(len(pixels), 0), captions)

    def answers(self, network: Any, batch: Batch, ranks: Ranks) -> Answers:
        """Loss by each picture's first caption, and what is written by the likeliest words."""
        told = [self._captions[1][int(one)] for one in batch.indices]
        forced = self._forced(batch, [captions[0] for captions in told], ranks.device)
        with ranks.accelerator.autocast():
            memory = network.see(forced.pixels)
            logits = network.choose(network.write(forced.tokens, memory, Past())).float()
            written = self._written(network, memory)
        return {
            "places": batch.places.numpy(),
            "losses": to_numpy(forced.losses(logits)),
            "words": to_numpy(forced.right(logits)),
            "captions": np.array(written, dtype=np.str_),
        }

    def _written(self, network: Any, memory: Any) -> list[str]:
        """A caption for each picture, each word the likeliest one."""
        past, end = Past(), self.vocabulary.end
        count = len(memory.cells)
        new = torch.full((count, 1), self.vocabulary.begin, device=memory.cells.device)
        rows: list[Tensor] = []
        ended = torch.zeros(count, dtype=torch.bool, device=new.device)
        while len(rows) < self._length and not ended.all():
            new = network.choose(network.write(new, memory, past)).argmax(dim=-1)
            rows.append(new[:, 0])
            ended |= rows[-1] == end
        tokens = torch.stack(rows, dim=1).tolist()
        return [self.vocabulary.sentence(list(_until(end, row))) for row in tokens]

    def judged(self, answers: Answers) -> Judged:
        """By captions that are one of the picture's word for word; among equals, by BLEU-4."""
        written = answers["captions"].tolist()
        told = [self._captions[1][place] for place in answers["places"].tolist()]
        top1, bleu = exact(written, told), bleu4(written, told)
        score = top1 + bleu / (1 + len(written))  # a picture more right weighs more than all BLEU
        words = float(answers["words"].mean(dtype=np.float64))
        numbers = {"top1": top1, "bleu": bleu, "words": words}
        return Judged(score, numbers, {"captions": answers["captions"]})

    def checkpoint(self, network: Any, preprocessing: Preprocessing) -> Checkpoint:
        encoder = network.encoder
        notes = notes_of(
            preprocessing,
            arguments_of(encoder, all_of_them=True),
            epsilon_of(encoder) or 1e-6,
            network.decoder.heads,
            self.vocabulary.texts,
        )
        return network.state_dict(), notes

    def tracer(
        self, network: nn.Module, preprocessing: Preprocessing, picture: Picture
    ) -> CaptionTracer:
        return CaptionTracer(network, preprocessing, self.vocabulary, picture)


def _until(end: int, tokens: Sequence[int]) -> Iterator[int]:
    """Tokens before the first that ends a caption."""
    for token in tokens:
        if token == end:
            return
        yield token


def _groups(part: Any, stage: Stage, share: float) -> Iterator[dict[str, Any]]:
    """A part's parameters that are not frozen, with how they decay, at a share of the rate."""
    decayless = part.no_weight_decay() if hasattr(part, "no_weight_decay") else ()
    if stage.decay_everything:
        trained = [parameter for parameter in part.parameters() if parameter.requires_grad]
        groups = [{"params": trained, "weight_decay": stage.weight_decay}]
    else:
        groups = param_groups_weight_decay(part, stage.weight_decay, no_weight_decay_list=decayless)
    return ({**group, "lr_scale": share} for group in groups if group["params"])
