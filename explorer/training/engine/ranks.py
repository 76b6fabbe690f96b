"""The processes that train together: one, or as many as `accelerate launch` started."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, DistributedType, gather_object
from torch import Tensor

from ...errors import ExplorerError
from ...models.devices import name_device, pick_device
from ..recipes.recipe import Precision

_PRECISIONS = {"float32": "no", "bfloat16": "bf16", "float16": "fp16"}
_KNOWN = {"NO", "MULTI_GPU", "MULTI_CPU"}


class Ranks:
    """Whoever trains together, seen from one of them; holds Accelerate's `Accelerator`."""

    def __init__(self, precision: Precision, device: str = "auto") -> None:
        """Raises ExplorerError where the device is not there, or cannot compute so."""
        chosen = pick_device(device)
        if precision == "float16" and chosen.type != "cuda":
            raise ExplorerError(
                f"“precision” is float16, which needs CUDA, and this is {chosen.type.upper()}.",
                hint="Choose bfloat16 or float32.",
            )
        if chosen.type == "cuda" and chosen.index is not None:
            torch.cuda.set_device(chosen)  # Accelerate takes the current one
        views = DistributedDataParallelKwargs(gradient_as_bucket_view=True)
        self.accelerator = Accelerator(
            cpu=chosen.type == "cpu",
            mixed_precision=_PRECISIONS[precision],
            kwargs_handlers=[views],
        )
        if self.accelerator.distributed_type not in map(DistributedType, _KNOWN):
            raise ExplorerError(
                f"Accelerate is set up for {self.accelerator.distributed_type.value}, with which "
                "runs cannot be trained.",
                hint="Take its plain data parallelism: accelerate launch --multi_gpu ….",
            )

    @property
    def is_first(self) -> bool:
        """Whether this is the process that writes."""
        return self.accelerator.is_main_process

    @property
    def number(self) -> int:
        """Of this process, from 0."""
        return self.accelerator.process_index

    @property
    def count(self) -> int:
        """Of all processes."""
        return self.accelerator.num_processes

    @property
    def device(self) -> torch.device:
        """Where this process computes."""
        return self.accelerator.device

    @property
    def told_device(self) -> str:
        """The device as the window writes it."""
        return name_device(self.device)

    def everyones(self, numbers: Sequence[float]) -> list[list[float]]:
        """Some numbers of each process, in their order; all have to ask."""
        if self.count == 1:
            return [list(numbers)]
        mine = torch.tensor([numbers], dtype=torch.float64, device=self.device)
        return self.accelerator.gather(mine).tolist()

    def summed(self, tensor: Tensor) -> Tensor:
        """The sum over all processes; all have to ask."""
        return tensor if self.count == 1 else self.accelerator.reduce(tensor.clone(), "sum")

    def collected(self, mine: Any) -> list[Any]:
        """Something of each process, in their order; all have to ask."""
        return [mine] if self.count == 1 else gather_object([mine])
