"""A loaded captioner: it says what is on a picture, and where it looked for each word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import index
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ...errors import Cancelled, ExplorerError
from ...records import Caption, CaptionerInfo, Frame, Word, Writing
from ..devices import exact_convolutions, name_device
from ..recording import to_numpy
from ..vit import AnyPicture, as_numbers, as_picture
from ..watch import never
from .decoding import Task, Written, write
from .family import Opened, Size, Vocabulary
from .memory import Memory

Given = str | Sequence[int]  # a sentence, or tokens


@dataclass(frozen=True, eq=False)
class Seen:
    """A picture that was looked at: all its captions can go by that one look."""

    memory: Memory
    frame: Frame


class Captioner:
    """One network on one device, with its vocabulary and the preparation it wants.

    Use it from one thread at a time. `info` says what it is; its device changes when CUDA runs
    out of memory and the captioner moves to the CPU.
    """

    def __init__(
        self, opened: Opened, vocabulary: Vocabulary, name: str, source: str, device: torch.device
    ) -> None:
        self._opened = opened
        self._network: Any = opened.network
        self.vocabulary = vocabulary
        self.info = CaptionerInfo(
            name=name,
            library=opened.library,
            source=source,
            layers=opened.layers,
            heads=opened.heads,
            vocabulary=opened.tokens,
            longest=opened.positions - 1,
            parameters=sum(parameter.numel() for parameter in opened.network.parameters()),
            device=name_device(device),
            details=opened.details,
        )
        self._place(device)

    def describe(
        self,
        image: AnyPicture | Seen | None = None,
        *,
        pixels: Tensor | np.ndarray | None = None,
        max_tokens: int | None = None,
        beams: int = 1,
        length_penalty: float = 1.0,
        temperature: float | None = None,
        seed: int = 0,
        given: Given = (),
        should_stop: Callable[[], bool] = never,
    ) -> Caption:
        """Write a caption of a picture.

        `image`: a picture, or what `look` answered of one. `pixels`: float32 (channels, height,
        width), prepared already, used as it is. `max_tokens`, `beams`, `length_penalty`,
        `temperature` and `seed`: see `Writing`. `given`: how the caption begins, a sentence or
        tokens; the captioner goes on from there, but not after an end token.
        Raises ExplorerError where the picture cannot be read or an argument makes no sense;
        Cancelled between two words once `should_stop` answers True.
        """
        writing = Writing(beams, length_penalty, temperature, seed, max_tokens)
        writing.check()
        tokens = self._tokens(given)
        longest = self._length(max_tokens, len(tokens))
        try:
            return self._describe(image, pixels, tokens, longest, writing, should_stop)
        except torch.OutOfMemoryError:
            self._move_to_cpu()
            return self._describe(image, pixels, tokens, longest, writing, should_stop)

    def look(
        self, image: AnyPicture | None = None, *, pixels: Tensor | np.ndarray | None = None
    ) -> Seen:
        """Look at a picture, for captions to come; arguments and errors as `describe`."""
        try:
            return self._look(image, pixels)
        except torch.OutOfMemoryError:
            self._move_to_cpu()
            return self._look(image, pixels)

    def _look(self, image: AnyPicture | None, pixels: Tensor | np.ndarray | None) -> Seen:
        batch, picture_size = self._input(image, pixels)
        seen_size = batch.shape[2], batch.shape[1]
        with torch.inference_mode(), exact_convolutions(self._device):
            memory = self._network.see(batch[None].to(self._device))
        place = self._opened.place
        frame = place(picture_size or seen_size, seen_size, memory.rows, memory.columns)
        return Seen(memory, frame)

    def _input(
        self, image: AnyPicture | None, pixels: Tensor | np.ndarray | None
    ) -> tuple[Tensor, Size | None]:
        """What the network is given: (channels, height, width); width, height of the picture."""
        if pixels is not None:
            batch = as_numbers(pixels)
            if batch.ndim != 3 or batch.shape[0] != self._opened.channels or 0 in batch.shape:
                raise ExplorerError(
                    f"The pixels have shape {tuple(batch.shape)}.",
                    hint=f"Give channels ({self._opened.channels}), height, width.",
                )
            return batch, None
        if image is None:
            raise ExplorerError("There is nothing to describe.", hint="Give a picture or pixels=.")
        picture = as_picture(image)
        return torch.from_numpy(self._opened.prepare(picture)), picture.size

    def _describe(
        self,
        image: AnyPicture | Seen | None,
        pixels: Tensor | np.ndarray | None,
        given: tuple[int, ...],
        longest: int,
        writing: Writing,
        should_stop: Callable[[], bool],
    ) -> Caption:
        if should_stop():
            raise Cancelled
        seen = image if isinstance(image, Seen) else self.look(image, pixels=pixels)
        memory = seen.memory.to(self._device)
        begin, end = self.vocabulary.begin, self.vocabulary.end
        task = Task(self._network, memory, begin, end, given, longest)
        return self._caption(seen.frame, write(task, writing, should_stop), len(given))

    def _caption(self, frame: Frame, written: Written, given: int) -> Caption:
        logits, maps = written.account
        chosen = torch.tensor(written.tokens[1:], device=logits.device)
        probabilities = logits.softmax(dim=-1).gather(1, chosen[:, None])[:, 0].tolist()
        ended = written.tokens[-1] == self.vocabulary.end
        said = written.tokens[1:-1] if ended else written.tokens[1:]
        return Caption(
            frame=frame,
            text=self.vocabulary.sentence(said),
            words=self._words(said, probabilities),
            tokens=written.tokens,
            ended=ended,
            given=given,
            maps=to_numpy(maps),
            scores=to_numpy(logits),
            vocabulary=self.vocabulary.texts,
        )

    def _words(self, said: Sequence[int], probabilities: Sequence[float]) -> tuple[Word, ...]:
        texts = self.vocabulary.texts
        return tuple(
            Word(
                text=text,
                place=1 + start,
                pieces=tuple(texts[token] for token in said[start:stop]),
                probabilities=tuple(probabilities[start:stop]),
            )
            for text, start, stop in self.vocabulary.words(said)
        )

    def _tokens(self, given: Given) -> tuple[int, ...]:
        """What somebody gave, in tokens; raises ExplorerError where it makes no sense."""
        if isinstance(given, str):
            return self.vocabulary.encode(given)
        try:
            tokens = tuple(index(token) for token in given)
        except TypeError as error:
            raise ExplorerError(
                f"{given!r} is no beginning of a caption.", hint="Give a sentence or tokens."
            ) from error
        unknown = [token for token in tokens if not 0 <= token < self.info.vocabulary]
        if unknown:
            raise ExplorerError(
                f"There is no token {unknown[0]}.",
                hint=f"This captioner has {self.info.vocabulary}, counted from 0.",
            )
        if self.vocabulary.end in tokens[:-1]:
            raise ExplorerError(
                "Nothing can follow the end of a caption.", hint="Leave out the end token."
            )
        return tokens

    def _length(self, max_tokens: int | None, given: int) -> int:
        """How many tokens may follow begin."""
        longest = self.info.longest if max_tokens is None else max_tokens
        if not 1 <= longest <= self.info.longest:
            raise ExplorerError(
                f"A caption cannot be {longest} tokens long.",
                hint=f"This captioner writes 1 to {self.info.longest}.",
            )
        if given > longest:
            raise ExplorerError(
                f"The given beginning is {given} tokens long; no more than {longest} are allowed.",
                hint="Give fewer words, or allow more.",
            )
        return longest

    @property
    def _device(self) -> torch.device:
        device: torch.device = next(self._network.parameters()).device
        return device

    def _place(self, device: torch.device) -> None:
        try:
            self._network.to(device)
        except torch.OutOfMemoryError:
            self._move_to_cpu()

    def _move_to_cpu(self) -> None:
        self._network.to(torch.device("cpu"))
        self.info = replace(self.info, device="CPU (the GPU's memory was full)")
        torch.cuda.empty_cache()
