"""Follows where the learner looks, on a copy of it that nobody trains."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn

from ...models.loading import Loaded
from ...models.vit import ViT
from ...records import Picture
from ..runs.probe import Probe, probe_of
from .learner import Learner


class Tracer:
    """Traces one picture again and again.

    On the CPU: what it needs there is small, and the training's device may have nothing left.
    """

    def __init__(self, learner: Learner, picture: Picture) -> None:
        """Raises ExplorerError where the network does not attend from token to token."""
        self._network = deepcopy(learner.network).requires_grad_(False).eval()
        self._picture = picture
        loaded = Loaded(
            network=self._network,
            preprocessing=learner.preprocessing,
            labels=learner.classes,
            name=learner.name,
            source=learner.origin,
        )
        self._vit = ViT(loaded, torch.device("cpu"))

    def probe(self, network: nn.Module, epoch: int) -> Probe:
        """What the network attends to after so many epochs."""
        self._network.load_state_dict(network.state_dict())
        return probe_of(self._vit.trace(self._picture), epoch)
