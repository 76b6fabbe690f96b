"""A loaded vision transformer: it traces pictures, predicts them, and checks its own recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import PIL.Image
import torch
from torch import Tensor, nn

from ..errors import Cancelled, ExplorerError
from ..images.geometry import frame_picture, prepare
from ..images.reading import picture_from_image, read_picture
from ..records import (
    Decision,
    Frame,
    Framing,
    Grid,
    ModelInfo,
    Picture,
    RecordedAttention,
    Trace,
    Weights,
)
from .attention import AttentionCall, attention_weights, listen
from .loading import Loaded, load_network, never, quiet

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
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
        self._preprocessing = loaded.preprocessing
        self._dtype = PRECISIONS[precision]
        self._biases: dict[int, tuple[Tensor, np.ndarray]] = {}
        self._place(device)
        self.info = _describe(loaded, self._device, precision)

    def reframed(self, framing: Framing | None) -> ViT:
        """The same network (shared), looking at pictures through another framing."""
        if framing is None or framing == self._preprocessing.framing:
            return self
        twin = object.__new__(ViT)
        twin.__dict__.update(self.__dict__)
        twin._preprocessing = replace(self._preprocessing, framing=framing)
        twin.info = replace(self.info, framing=framing)
        return twin

    def trace(
        self,
        image: str | Path | PIL.Image.Image | Picture | None = None,
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
        calls: list[_Kept] = []

        def heard(call: AttentionCall) -> None:
            if should_stop():
                raise Cancelled
            calls.append(_keep(call))

        with _token_norms(self._network) as norms:
            logits = self._forward(batch, heard, restart=lambda: (calls.clear(), norms.clear()))
        layers, pooling = self._split(calls)
        return Trace(
            frame=frame,
            grid=self.info.grid,
            decision=self.info.decision,
            logits=_numpy(logits[0]),
            probability=_numpy(logits[0].float().softmax(dim=-1)),
            layers=tuple(self._record(call, number) for number, call in enumerate(layers)),
            pooling=None if pooling is None else self._record_pooling(pooling),
            patch_mean=self._mean_of_patches(layers),
            token_norms=np.stack([_numpy(norm) for norm in norms]),
        )

    def prepare(self, picture: Picture) -> np.ndarray:
        """What the network is given for a picture: float32 (channels, height, width).

        Any thread may ask, also while the network runs.
        """
        grid = self.info.grid
        prepared, _ = prepare(picture, self._preprocessing, grid.rows, grid.columns)
        return prepared

    def predict(self, pictures: Sequence[Picture | np.ndarray]) -> np.ndarray:
        """Class probabilities of a batch: float32 (pictures, classes).

        A picture may also be given as `prepare` returned it.
        """
        inputs = [self.prepare(p) if isinstance(p, Picture) else p for p in pictures]
        logits = self._forward(torch.from_numpy(np.stack(inputs)))
        return _numpy(logits.float().softmax(dim=-1))

    def self_check(self, image: str | Path | PIL.Image.Image | Picture) -> SelfCheck:
        """Multiply every row that a trace would show with v; compare with what the model used."""
        differences: list[float] = []
        outputs: list[float] = []
        calls: list[_Kept] = []

        def heard(call: AttentionCall) -> None:
            kept = _keep(call)
            calls.append(kept)
            recorded = self._record(kept, len(calls) - 1)
            rows = [recorded.row(index) for index in range(recorded.q.shape[1])]
            again = np.stack(rows, axis=1) @ _numpy(call.v[0])  # (heads, queries, width)
            differences.append(float(np.abs(again - _numpy(call.output[0])).max()))
            outputs.append(call.output.abs().max().item())

        def restart() -> None:
            for heard_so_far in (differences, outputs, calls):
                heard_so_far.clear()

        batch, _ = self._input(image, None)
        self._forward(batch, heard, restart)
        self._split(calls)
        tolerance = _TOLERANCES[self._dtype] * max(1.0, *outputs)
        return SelfCheck(tuple(differences), max(outputs), tolerance)

    def _input(
        self,
        image: str | Path | PIL.Image.Image | Picture | None,
        pixels: Tensor | np.ndarray | None,
    ) -> tuple[Tensor, Frame]:
        grid = self.info.grid
        if pixels is not None:
            ready = torch.as_tensor(pixels, dtype=torch.float32)
            wanted = (len(self._preprocessing.mean), *self.info.input_size)
            if tuple(ready.shape) != wanted:
                raise ExplorerError(
                    f"The pixels have shape {tuple(ready.shape)}; this model wants {wanted}.",
                    hint="Give channels, height, width; image_size= loads it for another size.",
                )
            height, width = self.info.input_size
            whole = replace(self._preprocessing, framing="squash")
            return ready[None], frame_picture((width, height), whole, grid.rows, grid.columns)
        if image is None:
            raise ExplorerError("There is nothing to trace.", hint="Give a picture or pixels=.")
        prepared, frame = prepare(as_picture(image), self._preprocessing, grid.rows, grid.columns)
        return torch.from_numpy(prepared)[None], frame

    def _forward(
        self,
        batch: Tensor,
        heard: Callable[[AttentionCall], None] | None = None,
        restart: Callable[[], Any] = never,
    ) -> Tensor:
        """Logits (batch, classes). On CUDA out of memory, moves to the CPU and starts again."""
        try:
            return self._run(batch, heard)
        except torch.OutOfMemoryError:
            restart()
            self._place(torch.device("cpu"))
            self.info = replace(self.info, device="CPU (the GPU's memory was full)")
            return self._run(batch, heard)

    @torch.inference_mode()
    def _run(self, batch: Tensor, heard: Callable[[AttentionCall], None] | None) -> Tensor:
        with ExitStack() as stack:
            # The patch embedding is a convolution, which CUDA rounds to TF32 by default.
            stack.enter_context(torch.backends.cudnn.flags(allow_tf32=False))
            if heard is not None:
                stack.enter_context(listen(heard))
            logits: Tensor = self._network(batch.to(self._device, self._dtype))
        return logits

    def _place(self, device: torch.device) -> None:
        """Move the network; where CUDA has no room for it, to the CPU."""
        try:
            self._network.to(device, self._dtype)
        except torch.OutOfMemoryError:
            device = torch.device("cpu")
            self._network.to(device, self._dtype)
        if device.type == "cpu" and torch.cuda.is_initialized():
            torch.cuda.empty_cache()
        self._device = device

    def _split(self, calls: list[_Kept]) -> tuple[list[_Kept], _Kept | None]:
        """The layers' calls, and the pooling head's; raises where they are not full attention."""
        tokens = self.info.grid.tokens
        layers = [c for c in calls if c.q.ndim == 3 and c.q.shape[1] == c.k.shape[1] == tokens]
        others = [c for c in calls if not any(c is layer for layer in layers)]
        pooled = len(others) == 1 and others[0] is calls[-1] and others[0].q.shape[1] == 1
        if len(layers) != self.info.layers or (others and not pooled):
            raise ExplorerError(
                f"{self.info.name} cannot be explored: in {len(layers)} of its "
                f"{self.info.layers} layers every token attends to every token.",
                hint="Choose a plain vision transformer, one without windows or pooled tokens.",
            )
        return layers, others[0] if others else None

    def _record(self, call: _Kept, layer: int) -> RecordedAttention:
        bias = self._shared_bias(call.bias, layer)
        return RecordedAttention(_numpy(call.q), _numpy(call.k), call.scale, bias)

    def _shared_bias(self, bias: Tensor | None, layer: int) -> np.ndarray | None:
        """A layer's bias (heads, queries, tokens), one array for all traces: it rarely changes."""
        if bias is None:
            return None
        known = self._biases.get(layer)
        if known is None or not torch.equal(known[0], bias):
            known = self._biases[layer] = (bias, _numpy(bias))
        return known[1]

    def _record_pooling(self, call: _Kept) -> RecordedAttention:
        """The pooling head; where it sees patches only, its attention to prefix tokens is zero."""
        hidden = self.info.grid.tokens - call.k.shape[1]
        if hidden == 0:
            return RecordedAttention(_numpy(call.q), _numpy(call.k), call.scale)
        k = np.pad(_numpy(call.k), ((0, 0), (hidden, 0), (0, 0)))
        bias = np.zeros((1, 1, k.shape[1]), np.float32)
        bias[..., :hidden] = -np.inf
        return RecordedAttention(_numpy(call.q), k, call.scale, bias)

    @torch.inference_mode()
    def _mean_of_patches(self, layers: list[_Kept]) -> np.ndarray | None:
        """Mean of the patches' rows: (layers, heads, tokens), one layer's matrix at a time."""
        if self.info.decision != "mean of patches":
            return None
        first = len(self.info.grid.prefix)
        means = [attention_weights(*call)[:, first:].mean(dim=-2) for call in layers]
        return np.stack([_numpy(mean) for mean in means])


def load(
    weights: Weights,
    device: str = "auto",
    precision: str = "float32",
    framing: Framing | None = None,
    progress: Callable[[str, float | None], None] = quiet,
    should_stop: Callable[[], bool] = never,
    may_download: bool = True,
) -> ViT:
    """Load a model and place it on a device: "auto" (CUDA, then MPS, then CPU), "cuda", ….

    Raises ExplorerError as `load_network` does, and where the device is not there.
    """
    chosen = pick_device(device)
    loaded = load_network(weights, progress, should_stop, may_download)
    return ViT(loaded, chosen, precision).reframed(framing)


def pick_device(name: str) -> torch.device:
    """A device by name; "auto" takes the best there is."""
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, usable in there.items() if usable))
    if not there.get(name.partition(":")[0], False):
        usable = ", ".join(f"“{kind}”" for kind, is_there in there.items() if is_there)
        raise ExplorerError(
            f"There is no device “{name}” here.", hint=f"Choose {usable} or “auto”."
        )
    return torch.device(name)


def as_picture(image: str | Path | PIL.Image.Image | Picture) -> Picture:
    """A picture from whatever holds one."""
    if isinstance(image, Picture):
        return image
    if isinstance(image, PIL.Image.Image):
        return picture_from_image(image)
    return read_picture(Path(image))


class _Kept(NamedTuple):
    """What a trace keeps of a call, without the batch dimension."""

    q: Tensor  # float32 (heads, queries, width)
    k: Tensor  # float32 (heads, tokens, width)
    bias: Tensor | None
    scale: float


def _keep(call: AttentionCall) -> _Kept:
    # Copied, because q and k are views of one tensor that also holds v.
    bias = call.bias
    if bias is not None:
        bias = bias.reshape(-1, *bias.shape[-2:])  # (heads or 1, queries or 1, tokens)
    return _Kept(_compact(call.q[0]), _compact(call.k[0]), bias, call.scale)


def _compact(tensor: Tensor) -> Tensor:
    return torch.empty(tensor.shape, dtype=torch.float32, device=tensor.device).copy_(tensor)


@contextmanager
def _token_norms(network: nn.Module) -> Iterator[list[Tensor]]:
    """Lengths of all tokens after each block: float32 (tokens,), as the blocks run."""
    norms: list[Tensor] = []

    def measure(_block: nn.Module, _inputs: Any, output: Tensor) -> None:
        norms.append(output[0].norm(dim=-1, dtype=torch.float32))

    with ExitStack() as stack:
        for block in network.blocks:
            stack.callback(block.register_forward_hook(measure).remove)
        yield norms


def _numpy(tensor: Tensor) -> np.ndarray:
    array: np.ndarray = tensor.detach().to("cpu", torch.float32).contiguous().numpy()
    return array


def _describe(loaded: Loaded, device: torch.device, precision: str) -> ModelInfo:
    network, preprocessing = loaded.network, loaded.preprocessing
    return ModelInfo(
        name=loaded.name,
        source=loaded.source,
        grid=_grid(network, preprocessing.input_size),
        layers=len(network.blocks),
        heads=network.blocks[0].attn.num_heads,
        decision=_decision(network),
        input_size=preprocessing.input_size,
        framing=preprocessing.framing,
        labels=loaded.labels,
        classes=network.num_classes,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        device=_name_device(device),
        precision=precision,
    )


def _grid(network: nn.Module, input_size: tuple[int, int]) -> Grid:
    rows, columns = network.patch_embed.dynamic_feat_size(input_size)
    named = [
        name
        for name, attribute in (("class", "cls_token"), ("distillation", "dist_token"))
        if getattr(network, attribute, None) is not None
    ]
    registers = network.num_prefix_tokens - len(named)
    return Grid(rows, columns, (*named, *(f"register {i + 1}" for i in range(registers))))


def _decision(network: nn.Module) -> Decision:
    """Which tokens feed the logits (timm's `global_pool`)."""
    if getattr(network, "attn_pool", None) is not None:
        return "pooling head"
    return "class token" if network.global_pool == "token" else "mean of patches"


def _name_device(device: torch.device) -> str:
    if device.type == "cuda":
        return f"CUDA · {torch.cuda.get_device_name(device)}"
    return device.type.upper()
