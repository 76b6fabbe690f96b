"""A transformer that writes: BERT's norms what each sublayer wrote, GPT-2's what it reads.

In each layer words look at the words before them, then at the picture, by the one call that can
be heard.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from timm.layers import get_act_fn
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention

from ...errors import ExplorerError
from ..networks.measures import usual_heads
from .memory import Memory, Past, causal


@dataclass(frozen=True)
class Plan:
    """What a decoder is built by."""

    layers: int
    heads: int
    width: int
    seen: int  # width of the cells that it looks at
    feed_forward: int
    vocabulary: int
    positions: int  # the longest caption, begin and end included
    epsilon: float  # of every layer norm
    activation: Callable[[Tensor], Tensor]
    norms_first: bool  # as GPT-2; BERT norms the sum
    is_tied: bool  # words are chosen by the same vectors that they are read by
    bridged: int  # width of an encoder whose cells are projected to `seen`; 0 where they are not
    places: int = 0  # cells whose learned places are added to what keys are made of; 0 = no places


def plan_of(
    tensors: Mapping[str, Tensor],
    heads: int | None,
    epsilon: float,
    activation: str,
    norms_first: bool,
) -> Plan:
    """What tensors by the names of `TextDecoder` tell, and what they cannot.

    `heads` None = of width 64, as usual. Raises ExplorerError where they do not divide the width,
    LookupError where the tensors are not a decoder's.
    """
    words, bridge = tensors["words.weight"], tensors.get("bridge.weight")
    places = tensors.get("places.weight")
    width = words.shape[1]
    heads = usual_heads(width) if heads is None else heads
    if heads < 1 or width % heads:
        raise ExplorerError(
            f"Attention of width {width} cannot have {heads} heads.",
            hint="Say how many it was trained with: heads=….",
        )
    return Plan(
        layers=len({name.split(".")[1] for name in tensors if name.startswith("layers.")}),
        heads=heads,
        width=width,
        seen=tensors["layers.0.look.key.weight"].shape[1],
        feed_forward=len(tensors["layers.0.fc1.weight"]),
        vocabulary=len(words),
        positions=len(tensors["positions.weight"]),
        epsilon=epsilon,
        activation=get_act_fn(activation),
        norms_first=norms_first,
        is_tied="head.weight" not in tensors,
        bridged=0 if bridge is None else bridge.shape[1],
        places=0 if places is None else len(places),
    )


class Attention(nn.Module):
    """Attention with several heads."""

    def __init__(self, plan: Plan, seen: int) -> None:
        super().__init__()
        self.query = nn.Linear(plan.width, plan.width)
        self.key = nn.Linear(seen, plan.width)
        self.value = nn.Linear(seen, plan.width)
        self.out = nn.Linear(plan.width, plan.width)
        self._heads = plan.heads

    def keys_and_values(self, x: Tensor, placed: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Of what can be looked at: each (batch, heads, tokens, width of a head).

        `placed`: what keys are made of instead, the same with places added (Carion et al. 2020).
        """
        return self._split(self.key(x if placed is None else placed)), self._split(self.value(x))

    def forward(self, x: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> Tensor:
        """What x (batch, queries, width) finds there: (batch, queries, width)."""
        found = scaled_dot_product_attention(self._split(self.query(x)), k, v, attn_mask=mask)
        together: Tensor = self.out(found.transpose(1, 2).flatten(2))
        return together

    def _split(self, x: Tensor) -> Tensor:
        """(batch, tokens, width) → (batch, heads, tokens, width of a head)."""
        batch, tokens, width = x.shape
        return x.view(batch, tokens, self._heads, width // self._heads).transpose(1, 2)


class Layer(nn.Module):
    """Words look at words, then at the picture, then each thinks by itself."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        norm = partial(nn.LayerNorm, plan.width, eps=plan.epsilon)
        self.attention, self.attention_norm = Attention(plan, plan.width), norm()
        self.look, self.look_norm = Attention(plan, plan.seen), norm()
        self.fc1 = nn.Linear(plan.width, plan.feed_forward)
        self.fc2 = nn.Linear(plan.feed_forward, plan.width)
        self.mlp_norm = norm()
        self.drop: nn.Module = nn.Identity()  # where training hides some numbers
        self._activation, self._norms_first = plan.activation, plan.norms_first

    def forward(
        self, x: Tensor, mask: Tensor | None, memory: Memory, past: Past, number: int
    ) -> Tensor:
        """New words (captions, new, width); `past` learns their keys and values."""

        def remember(words: Tensor) -> Tensor:
            k, v = past.extend(number, *self.attention.keys_and_values(words))
            return self.attention(words, k, v, mask)

        def look(words: Tensor) -> Tensor:
            return self.look(words, *memory.seen_by(number, len(words)))

        x = self._add(x, remember, self.attention_norm)
        x = self._add(x, look, self.look_norm)
        return self._add(x, self._think, self.mlp_norm)

    def _add(self, x: Tensor, work: Callable[[Tensor], Tensor], norm: nn.Module) -> Tensor:
        if self._norms_first:
            return x + self.drop(work(norm(x)))
        normed: Tensor = norm(x + self.drop(work(x)))
        return normed

    def _think(self, x: Tensor) -> Tensor:
        thought: Tensor = self.fc2(self._activation(self.fc1(x)))
        return thought


class TextDecoder(nn.Module):
    """Reads words and the memory of a picture; chooses what comes next."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.words = nn.Embedding(plan.vocabulary, plan.width)
        self.positions = nn.Embedding(plan.positions, plan.width)
        self.norm = nn.LayerNorm(plan.width, eps=plan.epsilon)
        self.layers = nn.ModuleList(Layer(plan) for _ in range(plan.layers))
        self.bridge = nn.Linear(plan.bridged, plan.seen) if plan.bridged else nn.Identity()
        self.head = None if plan.is_tied else nn.Linear(plan.width, plan.vocabulary, bias=False)
        self.places = nn.Embedding(plan.places, plan.seen) if plan.places else None
        self.drop: nn.Module = nn.Identity()  # where training hides some numbers
        self.heads = plan.heads
        self._norms_first = plan.norms_first

    def forward(self, tokens: Tensor, memory: Memory, past: Past) -> Tensor:
        """Read new tokens (captions, new) after those of `past`: (captions, new, width)."""
        before, new = past.length, tokens.shape[1]
        x = self.words(tokens) + self.positions.weight[before : before + new]
        mask = causal(new, before).to(x.device) if new > 1 else None
        x = self.drop(x if self._norms_first else self.norm(x))
        for number, layer in enumerate(self.layers):
            x = layer(x, mask, memory, past, number)
        return self.norm(x) if self._norms_first else x

    def choose(self, written: Tensor) -> Tensor:
        """Logits of what comes next: (…, vocabulary)."""
        return linear(written, self.chooser)

    @property
    def chooser(self) -> Tensor:
        """A vector for each token: the largest weight of all."""
        return (self.head or self.words).weight

    def look_ahead(self, cells: Tensor) -> tuple[Tensor, list[Tensor], list[Tensor]]:
        """What an encoder saw (pictures, cells, width), as layers will look at it.

        Cells, keys, values; keys and values per layer (pictures, heads, cells, width of a head).
        """
        cells = self.bridge(cells)
        placed = cells if self.places is None else cells + self.places.weight
        looks: list[Any] = [layer.look for layer in self.layers]
        seen = [look.keys_and_values(cells, placed) for look in looks]
        return cells, [keys for keys, _ in seen], [values for _, values in seen]


def untied(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Without a head that is the table of words once more, as many files hold it."""
    head = tensors.get("head.weight")
    if head is None or not torch.equal(head, tensors["words.weight"]):
        return dict(tensors)
    return {name: tensor for name, tensor in tensors.items() if name != "head.weight"}
