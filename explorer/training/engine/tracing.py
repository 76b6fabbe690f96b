"""Follows where the learner looks, on a copy of it that nobody trains."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn

from ...models.loading import Loaded
from ...models.vit import ViT
from ...records import Picture, Preprocessing
from ..runs.probe import Probe, probe_of


class Tracer:
    """Traces one picture again and again.

    On the CPU: what it needs there is small, and the training's device may have nothing left.
    """

    def __init__(
        self,
        network: nn.Module,
        preprocessing: Preprocessing,
        classes: tuple[str, ...],
        picture: Picture,
    ) -> None:
        """Raises ExplorerError where the network does not attend from token to token."""
        self._network = deepcopy(network).requires_grad_(False).eval()
        self._picture = picture
        loaded = Loaded(self._network, preprocessing, classes, name="", source="")
        self._vit = ViT(loaded, torch.device("cpu"))

    def probe(self, network: nn.Module, epoch: int) -> Probe:
        """What the network attends to after so many epochs."""
        self._network.load_state_dict(network.state_dict())
        return probe_of(self._vit.trace(self._picture), epoch)
