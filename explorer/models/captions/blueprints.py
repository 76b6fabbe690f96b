"""Captioners of transformers whose encoder is a ViT: found by names and shapes, then filled.

The encoder is timm's, as all models of this program are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...errors import ExplorerError
from ...images.geometry import frame_picture
from ...images.geometry import prepare as prepare_picture
from ...records import Frame, Picture, Preprocessing
from ..checkpoints.model_args import is_count
from ..checkpoints.refusals import ODD, naming, unlike
from ..checkpoints.transformers_config import (
    check_agreement,
    learned_size,
    network_arguments,
    norm_epsilon,
)
from ..checkpoints.transformers_processor import preparation
from ..layouts import Translated
from ..networks.fitting import Blueprint, adapted_to, embedding, fit
from ..networks.measures import check_sizes, possible_heads
from ..networks.recognition import Recognised as RecognisedEncoder
from ..networks.recognition import recognise
from ..networks.variations import with_epsilon
from ..preparing import preprocessing_of
from .columns import lay_out_columns
from .encoder_decoder import EncoderDecoder
from .family import Asked, Opened, Recognised, Size, Vocabulary, VocabularyFile
from .text_decoder import Plan, TextDecoder

_HEAD = 64  # numbers of a query: all published decoders have as many


@dataclass(frozen=True)
class _View:
    """What an encoder wants of a picture, and where its patches lie."""

    preprocessing: Preprocessing
    rows: int
    columns: int

    def prepare(self, picture: Picture) -> np.ndarray:
        """Float32 (channels, height, width)."""
        return prepare_picture(picture, self.preprocessing, self.rows, self.columns)[0]

    def place(self, picture_size: Size, _seen: Size, rows: int, columns: int) -> Frame:
        """Where cells lie on a picture."""
        return frame_picture(picture_size, self.preprocessing, rows, columns)


@dataclass(frozen=True, eq=False)
class CaptionerBlueprint:
    """A captioner that was recognised, before it is filled."""

    library: str  # as people call it
    file: Path
    layout: Translated  # the encoder's tensors, and what pictures usually are for it
    encoder: RecognisedEncoder
    plan: Plan
    decoder: Blueprint
    written: Mapping[str, Tensor]  # the decoder's tensors
    vocabulary: Vocabulary | VocabularyFile  # its own, or where it lies
    says_heads: bool  # a config or somebody does: tensors do not
    processor: Mapping[str, Any]  # what transformers' config says of pictures, or nothing
    looks_at_prefix: bool = True  # whether words look at the encoder's class token, too
    tells_all: bool = False  # its file says how pictures are prepared

    def recognised(self) -> Recognised:
        """What its names and shapes tell; raises ExplorerError where they do not fit."""
        adapted_to(self.encoder.blueprint, self.layout.tensors, self.file.name)
        adapted_to(self.decoder, self.written, self.file.name)
        is_usual = not self.says_heads and self.plan.width % _HEAD == 0
        return Recognised(
            library=self.library,
            summary=self._summary,
            tokens=self.plan.vocabulary,
            vocabulary=self.vocabulary if isinstance(self.vocabulary, VocabularyFile) else None,
            heads=() if self.says_heads else possible_heads(self.plan.width),
            usual_heads=self.plan.heads if is_usual else None,
        )

    def opened(self) -> Opened:
        """Filled; raises ExplorerError where its tensors do not fit, or are no numbers."""
        encoder: Any = fit(self.encoder.blueprint, self.layout.tensors, self.file.name)
        decoder: Any = fit(self.decoder, self.written, self.file.name)
        lay_out_columns([decoder.chooser])
        view = self._view(encoder)
        return Opened(
            network=EncoderDecoder(encoder, decoder, self.looks_at_prefix),
            library=self.library,
            source=self._summary,
            layers=self.plan.layers,
            heads=self.plan.heads,
            tokens=self.plan.vocabulary,
            vocabulary=self.vocabulary,
            positions=self.plan.positions,
            channels=len(view.preprocessing.mean),
            prepare=view.prepare,
            place=view.place,
            details=self._details,
            preprocessing=view.preprocessing,
        )

    def _view(self, encoder: nn.Module) -> _View:
        patches = embedding(encoder)
        config = {**self.layout.input, **preparation(self.processor)}
        first = next(part for part in encoder.modules() if isinstance(part, nn.Conv2d))
        size, channels = tuple(patches.img_size), first.in_channels
        return _View(preprocessing_of(config, size, channels), *patches.grid_size)

    @property
    def _summary(self) -> str:
        plan, encoder = self.plan, self.encoder.summary.rpartition(": ")[2]
        return (
            f"{self.library}, recognised by its tensors: an encoder of {encoder}, and a decoder of "
            f"{plan.layers} layers of width {plan.width}."
        )

    @property
    def _details(self) -> tuple[tuple[str, str], ...]:
        usual = f"as usual for {self.library}: tensors do not tell"
        heads = "as was said" if self.says_heads else usual
        pictures = "as its config says" if preparation(self.processor) else usual
        pictures = "as its file says" if self.tells_all else pictures
        return ("Heads", f"{self.plan.heads}, {heads}"), ("Preparation of pictures", pictures)


def recognise_encoder(
    found: Translated, config: Mapping[str, Any], library: str
) -> RecognisedEncoder:
    """The vision transformer of tensors that have timm's names, not filled.

    `config`: what transformers' says of it, or nothing. Raises ExplorerError where it cannot be
    built, or its config is of another one.
    """
    check_sizes(found.tensors)
    check_agreement(config, found.tensors, "config.json")
    told, _ = network_arguments(config)
    told = {name: told[name] for name in ("num_heads", "act_layer") if name in told}
    size, args = learned_size(config), {**found.model_args, **told}
    encoder = recognise(found.tensors, args, None, size[1:] if size else None)
    blueprint = with_epsilon(encoder.blueprint, norm_epsilon(config) or found.epsilon or 1e-6)
    return encoder._replace(blueprint=blueprint._replace(name=f"the encoder of {library}"))


def decoder_blueprint(kind: type[TextDecoder], plan: Plan, library: str) -> Blueprint:
    """A decoder that waits for its tensors, without memory for them."""
    with torch.device("meta"):
        return Blueprint(kind(plan), f"the decoder of {library}", dict)


def heads_of(asked: Asked, said: Any) -> int | None:
    """The decoder's heads as a person says, or else a config; None where nobody does."""
    is_said = asked.heads is None and is_count(1_024)(said)
    return said if is_said else asked.heads


def parted(
    tensors: Mapping[str, Tensor], prefix: str
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Tensors whose names begin so, without that; and the others."""
    own = {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
    return own, {n: t for n, t in tensors.items() if not n.startswith(prefix)}


def activation_of(said: Any, usual: str) -> str:
    """What timm calls an activation of transformers; raises ExplorerError where it has none."""
    if said is None:
        return usual
    known, _ = network_arguments({"hidden_act": said})
    if "act_layer" not in known:
        raise ExplorerError(
            f"Its config.json says an activation “{str(said)[:40]}”, which is not known here.",
            hint="Correct config.json, or move it away.",
        )
    name: str = known["act_layer"]
    return name


@contextmanager
def recognising(file: Path, library: str) -> Iterator[None]:
    """What stands in the way of recognising a captioner is said with its file's name."""
    with naming(file):
        try:
            yield
        except ODD as error:
            raise unlike(file, library) from error
