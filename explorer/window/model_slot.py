"""A place for a vision transformer: the window has two."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject

from ..records import Framing, Weights
from .loading_slot import LoadingSlot
from .state import Options
from .work import LoadViT, ModelInUse, load_model
from .worker import Worker


class ModelSlot(LoadingSlot[Weights, ModelInUse]):
    """Loads models into one of the two places, whose work goes on where the two change places."""

    def __init__(
        self,
        name: str,
        load: LoadViT,
        compute: Callable[..., None],
        computer: Worker,
        downloader: Worker,
        parent: QObject,
    ) -> None:
        super().__init__(name, partial(load_model, load), compute, computer, downloader, parent)
        self.tracing_kind = f"trace {name}"

    def asked(self, weights: Weights, options: Options) -> tuple[Weights, str, str]:
        """All but the framing, which needs no loading."""
        return weights, options.device, options.precision

    def reframe(self, framing: Framing | None) -> None:
        """Have the model in use look through another framing; None is its own."""
        if self.in_use is not None:
            vit = self.in_use.vit.reframed(framing or self.in_use.own_framing)
            self.in_use = replace(self.in_use, vit=vit)

    def close(self) -> None:
        """Let go of the model and of all work with it."""
        super().close()
        self._computer.cancel(self.tracing_kind)
