"""Follows what a captioner says of a picture, and where it looks, on a copy that nobody trains."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import nn

from ...images.geometry import frame_picture
from ...images.geometry import prepare as prepare_picture
from ...models.captions.decoding import Task, write
from ...models.captions.word_pieces import WordPieces
from ...models.networks.fitting import embedding
from ...models.recording import to_numpy
from ...models.watch import never
from ...records import Picture, Preprocessing, Writing
from ..runs.probe import Probe

_LONGEST = 60  # words: a captioner that has just begun may never end


class CaptionTracer:
    """Describes one picture again and again, on the CPU."""

    def __init__(
        self,
        network: Any,
        preprocessing: Preprocessing,
        vocabulary: WordPieces,
        picture: Picture,
    ) -> None:
        self._network: Any = deepcopy(network).requires_grad_(False).eval()
        self._vocabulary = vocabulary
        rows, columns = embedding(network.encoder).grid_size
        pixels = prepare_picture(picture, preprocessing, rows, columns)[0]
        self._pixels = torch.from_numpy(pixels)[None]
        self._frame = frame_picture(picture.size, preprocessing, rows, columns)

    def probe(self, network: nn.Module, epoch: int) -> Probe:
        """What the last layer looks at, mean over the words, and what is said."""
        self._network.load_state_dict(network.state_dict())
        with torch.inference_mode():
            memory = self._network.see(self._pixels)
        begin, end = self._vocabulary.begin, self._vocabulary.end
        longest = min(_LONGEST, len(self._network.decoder.positions.weight) - 1)
        written = write(Task(self._network, memory, begin, end, (), longest), Writing(), never)
        said = written.tokens[1:]
        chosen = written.logits.log_softmax(-1).gather(1, torch.tensor(said)[:, None])
        return Probe(
            frame=self._frame,
            heads=to_numpy(written.maps[:-1, -1].mean(dim=0)),
            probability=np.exp(to_numpy(chosen.mean(dim=0))),
            query="words",
            epoch=epoch,
            said=self._vocabulary.sentence([token for token in said if token != end]),
        )
