"""A loaded vision transformer: it traces pictures, predicts them, and checks its own recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from copy import copy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import torch
from torch import Tensor

from ..errors import Cancelled, ExplorerError
from ..images.geometry import frame_picture, prepare, reframe
from ..images.reading import picture_from_image, read_picture
from ..records import Frame, Framing, Picture, Positions, Trace, Weights
from .anatomy import describe, patch_size_of
from .attention import AttentionCall, listen
from .devices import exact_convolutions, name_device, pick_device
from .loading import Loaded, load_network
from .positions import positions_of, similarity_of
from .recording import (
    Kept,
    Recorder,
    mean_of_patches,
    record_pooling,
    split_calls,
    to_numpy,
    token_norms,
)
from .requests import PRECISIONS, check_framing, check_precision, check_weights
from .watch import never, quiet

AnyPicture = str | Path | PIL.Image.Image | Picture | np.ndarray  # uint8 (height, width, 3)
_TOLERANCES = {torch.float32: 1e-4, torch.bfloat16: 3e-2}  # of the self-check, relative


@dataclass(frozen=True)
class SelfCheck:
    """How far softmax(q kᵀ) v lies from what the model really used."""

    differences: tuple[float, ...]  # per layer: largest absolute difference
    largest_output: float  # the largest number compared
    tolerance: float  # what rounding explains

    @property
    def passed(self) -> bool:
        """Differences are rounding, not another function."""
        return max(self.differences) <= self.tolerance

    def __str__(self) -> str:
        verdict = "The recorded attention is" if self.passed else "The recorded attention is NOT"
        return (
            f"{verdict} what the model used: softmax(q kᵀ) v differs from its output by at most "
            f"{max(self.differences):.1e} in {len(self.differences)} layers "
            f"(outputs reach {self.largest_output:.2g})."
        )


class ViT:
    """One network on one device, with the preprocessing it wants.

    Use it from one thread at a time. `info` says what it is; its device changes when CUDA runs
    out of memory and the model moves to the CPU.
    """

    def __init__(self, loaded: Loaded, device: torch.device, precision: str = "float32") -> None:
        self._network = loaded.network
        self._dtype = PRECISIONS[precision]
        self._preprocessing = loaded.preprocessing
        self._patch_size = patch_size_of(loaded.network)
        self._recorder = Recorder()
        self._stored_positions = loaded.stored_positions
        self.info = describe(loaded, name_device(device), precision)
        self._place(device)

    def reframed(self, framing: Framing | None) -> ViT:
        """The same network (shared), looking at pictures through another framing.

        Raises ExplorerError where there is no such framing.
        """
        check_framing(framing)
        if framing is None or framing == self._preprocessing.framing:
            return self
        twin = copy(self)
        twin._preprocessing = reframe(self._preprocessing, framing)
        twin.info = replace(self.info, framing=framing)
        return twin

    def trace(
        self,
        image: AnyPicture | None = None,
        *,
        pixels: Tensor | np.ndarray | None = None,
        should_stop: Callable[[], bool] = never,
    ) -> Trace:
        """Run the network on one picture and keep what its attention was given.

        `pixels`: float32 (channels, height, width), already normalised, used as it is.
        Raises ExplorerError where the picture cannot be read, the pixels have another shape, or
        the model does not attend from every token to every token; Cancelled between two layers
        once `should_stop` answers True.
        """
        batch, frame = self._input(image, pixels)
        calls: list[Kept] = []

        def heard(call: AttentionCall) -> None:
            if should_stop():
                raise Cancelled
            calls.append(self._recorder.keep(call, len(calls)))

        with token_norms(self._network) as norms:
            logits = self._forward(batch, heard, calls, norms)
        grid = self.info.grid
        layers, pooling = split_calls(calls, self.info.layers, grid.tokens)
        pools_patches = self.info.decision == "mean of patches"
        return Trace(
            frame=frame,
            grid=grid,
            decision=self.info.decision,
            logits=to_numpy(logits[0]),
            probability=to_numpy(logits[0].float().softmax(dim=-1)),
            layers=tuple(self._recorder.layer(call, i) for i, call in enumerate(layers)),
            pooling=record_pooling(pooling, grid.tokens) if pooling else None,
            patch_mean=mean_of_patches(layers, len(grid.prefix)) if pools_patches else None,
            token_norms=np.stack([to_numpy(norm) for norm in norms]),
        )

    @cached_property
    def positions(self) -> Positions:
        """All that tells the network where its patches lie; read off it when first asked."""
        return positions_of(self._network, self.info.grid, self._stored_positions)

    def position_similarity(self) -> np.ndarray:
        """Cosine of every two patches' position embeddings: float32 (patches, patches).

        Row by row, as the network uses them. Raises ExplorerError where it has no table of them.
        """
        return similarity_of(self.positions)

    def prepare(self, picture: Picture) -> np.ndarray:
        """What the network is given for a picture: float32 (channels, height, width).

        Any thread may ask, also while the network runs.
        """
        return self._framed(picture)[0]

    def predict(self, pictures: Sequence[AnyPicture]) -> np.ndarray:
        """Class probabilities of a batch: float32 (pictures, classes).

        A picture may also be given as `prepare` returned it. Raises ExplorerError where there is
        none, or one cannot be read or has another shape.
        """
        if isinstance(pictures, str | Path | PIL.Image.Image | Picture) or len(pictures) == 0:
            raise ExplorerError("There is nothing to predict.", hint="Give a list of pictures.")
        logits = self._forward(torch.cat([self._prepared(picture) for picture in pictures]))
        return to_numpy(logits.float().softmax(dim=-1))

    def self_check(self, image: AnyPicture) -> SelfCheck:
        """Multiply every row that a trace would show with v; compare with what the model used."""
        calls: list[Kept] = []
        differences: list[float] = []
        outputs: list[float] = []

        def heard(call: AttentionCall) -> None:
            number = len(calls)
            calls.append(self._recorder.keep(call, number))
            recorded = self._recorder.layer(calls[-1], number)
            rows = [recorded.row(index) for index in range(recorded.q.shape[1])]
            again = np.stack(rows, axis=1) @ to_numpy(call.v[0])  # (heads, queries, width)
            differences.append(float(np.abs(again - to_numpy(call.output[0])).max()))
            outputs.append(call.output.abs().max().item())

        batch, _ = self._input(image, None)
        self._forward(batch, heard, calls, differences, outputs)
        split_calls(calls, self.info.layers, self.info.grid.tokens)
        tolerance = _TOLERANCES[self._dtype] * max(1.0, *outputs)
        return SelfCheck(tuple(differences), max(outputs), tolerance)

    def _input(
        self,
        image: AnyPicture | None,
        pixels: Tensor | np.ndarray | None,
    ) -> tuple[Tensor, Frame]:
        """The batch of one, and how its patches lie on the picture."""
        if pixels is not None:
            return self._ready(as_numbers(pixels))
        if image is None:
            raise ExplorerError("There is nothing to trace.", hint="Give a picture or pixels=.")
        prepared, frame = self._framed(as_picture(image))
        return torch.from_numpy(prepared)[None], frame

    def _prepared(self, picture: AnyPicture) -> Tensor:
        """A picture, or what `prepare` made of one, as a batch of one."""
        is_ready = isinstance(picture, np.ndarray) and picture.dtype != np.uint8
        return self._input(*((None, picture) if is_ready else (picture, None)))[0]

    def _framed(self, picture: Picture) -> tuple[np.ndarray, Frame]:
        grid = self.info.grid
        return prepare(picture, self._preprocessing, grid.rows, grid.columns, self._patch_size)

    def _ready(self, pixels: Tensor) -> tuple[Tensor, Frame]:
        height, width = self.info.input_size
        wanted = (len(self._preprocessing.mean), height, width)
        if tuple(pixels.shape) != wanted:
            raise ExplorerError(
                f"The pixels have shape {tuple(pixels.shape)}; this model wants {wanted}.",
                hint="Give channels, height, width; image_size= loads it for another size.",
            )
        grid, whole = self.info.grid, reframe(self._preprocessing, "squash")
        whole = replace(whole, crop_fraction=1.0)
        frame = frame_picture((width, height), whole, grid.rows, grid.columns, self._patch_size)
        return pixels[None], frame

    def _forward(
        self,
        batch: Tensor,
        heard: Callable[[AttentionCall], None] | None = None,
        *recorded: list[Any],
    ) -> Tensor:
        """Logits (batch, classes).

        On CUDA out of memory moves to the CPU, forgets what was `recorded`, and starts again.
        """
        try:
            return self._run(batch, heard)
        except torch.OutOfMemoryError:
            for half in recorded:
                half.clear()
            self._move_to_cpu()
            return self._run(batch, heard)

    @torch.inference_mode()
    def _run(self, batch: Tensor, heard: Callable[[AttentionCall], None] | None) -> Tensor:
        device = next(self._network.parameters()).device  # a twin may have moved it
        with ExitStack() as stack:
            stack.enter_context(exact_convolutions(device))
            if heard is not None:
                stack.enter_context(listen(heard))
            logits: Tensor = self._network(batch.to(device, self._dtype))
        return logits

    def _place(self, device: torch.device) -> None:
        try:
            self._network.to(device, self._dtype)
        except torch.OutOfMemoryError:
            self._move_to_cpu()

    def _move_to_cpu(self) -> None:
        self._network.to(torch.device("cpu"), self._dtype)
        self.info = replace(self.info, device="CPU (the GPU's memory was full)")
        torch.cuda.empty_cache()


def load(
    weights: Weights,
    device: str | torch.device = "auto",
    precision: str = "float32",
    framing: Framing | None = None,
    progress: Callable[[str, float | None], None] = quiet,
    should_stop: Callable[[], bool] = never,
    may_download: bool = True,
) -> ViT:
    """Load a model and place it on a device: "auto" (CUDA, then MPS, then CPU), "cuda", ….

    Raises ExplorerError as `load_network` does, and, before that, where the device is not there
    or an argument makes no sense.
    """
    check_precision(precision)
    check_framing(framing)
    chosen = pick_device(device)
    loaded = load_network(check_weights(weights), progress, should_stop, may_download)
    return ViT(loaded, chosen, precision).reframed(framing)


def as_picture(image: AnyPicture) -> Picture:
    """A picture from whatever holds one; raises ExplorerError where that is none."""
    if isinstance(image, str | Path):
        return read_picture(Path(image))
    if isinstance(image, Picture):
        return image
    if isinstance(image, PIL.Image.Image) and 0 not in image.size:
        return picture_from_image(image)
    if isinstance(image, np.ndarray) and image.dtype == np.uint8 and _is_colourful(image.shape):
        return Picture(None, np.ascontiguousarray(image), (image.shape[1], image.shape[0]))
    shape = getattr(image, "shape", getattr(image, "size", ""))
    raise ExplorerError(
        f"This {type(image).__name__} is no picture{f' (its size: {shape})' if shape else ''}.",
        hint="Give a path, a PIL image, or an array of uint8 (height, width, 3).",
    )


def _is_colourful(shape: tuple[int, ...]) -> bool:
    """Height, width, 3."""
    return len(shape) == 3 and shape[2] == 3 and 0 not in shape


def as_numbers(pixels: Tensor | np.ndarray) -> Tensor:
    """As float32; raises ExplorerError where they are no numbers."""
    try:
        # A copy: torch bears neither arrays that run backwards nor such as cannot be written.
        array = pixels if isinstance(pixels, Tensor) else np.array(pixels, np.float32)
        return torch.as_tensor(array, dtype=torch.float32)
    except (TypeError, ValueError) as error:
        raise ExplorerError(
            "These pixels are no array of numbers.", hint="Give float32 (channels, height, width)."
        ) from error
