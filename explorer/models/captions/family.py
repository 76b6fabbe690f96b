"""What a family of captioners brings with it: one file each, in `families`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
from torch import Tensor, nn

from ...records import Frame, Picture, Preprocessing
from ..checkpoints.reading import Checkpoint
from .memory import Memory, Past

Size = tuple[int, int]  # width, height


class Network(Protocol):
    """A captioner in the steps that writing needs.

    In each of its decoder's layers words look at words first, then at the picture: both by the
    one call that can be heard.
    """

    def see(self, pixels: Tensor) -> Memory:
        """Encode one picture (1, channels, height, width).

        Raises ExplorerError where the network cannot see pictures of that size.
        """

    def write(self, tokens: Tensor, memory: Memory, past: Past) -> Tensor:
        """Read new tokens (captions, new) after those of `past`: (captions, new, width)."""

    def choose(self, written: Tensor) -> Tensor:
        """Logits of what comes next: (…, vocabulary)."""


class Span(NamedTuple):
    """A word among tokens."""

    text: str
    start: int
    stop: int


class Vocabulary(Protocol):
    """Tokens, and the words that they make."""

    texts: tuple[str, ...]  # of each token, as the vocabulary writes it
    begin: int
    end: int

    def words(self, tokens: Sequence[int]) -> list[Span]:
        """The words that tokens make, in order; every token belongs to one."""

    def sentence(self, tokens: Sequence[int]) -> str:
        """Tokens as people read them."""

    def encode(self, sentence: str) -> tuple[int, ...]:
        """The tokens of what somebody typed; raises ExplorerError where a word has none."""


@dataclass(frozen=True)
class VocabularyFile:
    """A vocabulary that lies in a file of its own."""

    repository: str  # on the hub, where the usual one is published
    filename: str
    tokens: int  # of the usual one
    read: Callable[[Path], Vocabulary]
    also: tuple[str, ...] = ()  # other names of such files, beside a checkpoint


@dataclass(frozen=True, eq=False)
class Opened:
    """A captioner on the CPU in float32."""

    network: nn.Module  # a Network
    library: str  # as people call it
    source: str  # one sentence: what was recognised
    layers: int  # of the decoder
    heads: int
    tokens: int  # of its vocabulary
    vocabulary: Vocabulary | VocabularyFile  # its own, or where it lies
    positions: int  # the longest caption, begin and end included
    channels: int  # of a picture: 3, or 1 where it is grey
    prepare: Callable[[Picture], np.ndarray]  # float32 (channels, height, width)
    place: Callable[[Size, Size, int, int], Frame]
    # of pictures, of prepared pixels; rows, columns: where the cells lie on the picture
    details: tuple[tuple[str, str], ...] = ()  # what was assumed, in words
    preprocessing: Preprocessing | None = None  # what `prepare` does, where all become of one size


@dataclass(frozen=True)
class Recognised:
    """What a family knows of a checkpoint by its names and shapes alone."""

    library: str  # as people call it
    summary: str  # one sentence: what was recognised
    tokens: int  # of its vocabulary
    vocabulary: VocabularyFile | None  # where that lies; None = it brings its own
    heads: tuple[int, ...] = ()  # all numbers that it can have, where its tensors do not tell
    usual_heads: int | None = None  # the one that is assumed; None where a person has to say
    may_dilate: bool = False  # its convolutions are dilated or not: its tensors do not tell


@dataclass(frozen=True)
class Asked:
    """What somebody says of a checkpoint, because its tensors cannot."""

    file: Path
    heads: int | None = None
    dilation: bool | None = None


Open = Callable[[Checkpoint, Asked], Opened | None]  # None where it is of another family
Recognise = Callable[[Checkpoint, Path], Recognised | None]  # likewise; costs no more than a look
