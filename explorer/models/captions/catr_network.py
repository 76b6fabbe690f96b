"""CATR's network: a ResNet sees, a transformer encodes what it saw, another one writes.

After saahiluppal/catr (Apache-2.0), a DETR (Carion et al. 2020) whose queries are words. Tensors
keep the names that they have there. Attention is computed by the one call that can be heard.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import linear, scaled_dot_product_attention
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
from torchvision.ops import FrozenBatchNorm2d

from ...images.sines import sine_positions
from .columns import lay_out_columns
from .memory import Memory, Past, causal

Tensors = Mapping[str, Tensor]

_BACKBONE = "backbone.0.body."
_EPSILON = 1e-12  # of the layer norm after the embeddings; all others have torch's 1e-5


class Sizes(NamedTuple):
    """What a checkpoint's tensors tell of its network, and what they cannot."""

    block: type[BasicBlock | Bottleneck]
    blocks: list[int]  # of the ResNet's four stages
    groups: int  # of its 3 × 3 convolutions
    group_width: int  # channels of each in the first stage
    width: int  # of the transformer
    encoder_layers: int
    decoder_layers: int
    feed_forward: int
    vocabulary: int
    positions: int  # the longest caption, begin and end included
    head: tuple[int, ...]  # widths between the layers of the vocabulary's head
    heads: int  # not in the tensors
    dilation: bool  # not in the tensors


def sizes_of(tensors: Tensors, heads: int, dilation: bool | None) -> Sizes:
    """The network's sizes; raises LookupError where the tensors are not CATR's.

    `dilation` None = as CATR's own configuration: where the ResNet can have it.
    """
    block = Bottleneck if f"{_BACKBONE}layer1.0.conv3.weight" in tensors else BasicBlock
    convolution = tensors[f"{_BACKBONE}layer1.0.conv2.weight"]
    groups = len(convolution) // convolution.shape[1]
    words = tensors["transformer.embeddings.word_embeddings.weight"]
    last = _count(tensors, "mlp.layers.") - 1
    return Sizes(
        block=block,
        blocks=[_count(tensors, f"{_BACKBONE}layer{stage}.") for stage in (1, 2, 3, 4)],
        groups=groups,
        group_width=len(convolution) // groups,
        width=words.shape[1],
        encoder_layers=_count(tensors, "transformer.encoder.layers."),
        decoder_layers=_count(tensors, "transformer.decoder.layers."),
        feed_forward=len(tensors["transformer.decoder.layers.0.linear1.weight"]),
        vocabulary=len(words),
        positions=len(tensors["transformer.embeddings.position_embeddings.weight"]),
        head=tuple(len(tensors[f"mlp.layers.{layer}.weight"]) for layer in range(last)),
        heads=heads,
        dilation=block is Bottleneck if dilation is None else dilation,
    )


def _count(tensors: Tensors, prefix: str) -> int:
    """How many numbered parts there are with this prefix."""
    found = (re.match(rf"{re.escape(prefix)}(\d+)\.", name) for name in tensors)
    return len({match[1] for match in found if match})


class Attention(nn.Module):
    """Attention with several heads; queries, keys and values are projected one by one."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)
        self._heads = heads

    def queries(self, x: Tensor) -> Tensor:
        """(batch, tokens, width) → (batch, heads, tokens, width of a head)."""
        return self._project(x, 0, 1)

    def queries_and_keys(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Both of the same tokens: one product instead of two."""
        q, k = self._project(x, 0, 2).chunk(2, dim=1)
        return q, k

    def keys(self, x: Tensor) -> Tensor:
        return self._project(x, 1, 2)

    def values(self, x: Tensor) -> Tensor:
        return self._project(x, 2, 3)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> Tensor:
        """What the projected q find: (batch, queries, width)."""
        found = scaled_dot_product_attention(q, k, v, attn_mask=bias)
        together: Tensor = self.out_proj(found.transpose(1, 2).flatten(2))
        return together

    def _project(self, x: Tensor, first: int, stop: int) -> Tensor:
        """Heads of some of [q | k | v], which lie below one another in the projection."""
        batch, tokens, width = x.shape
        rows = slice(first * width, stop * width)
        projected = linear(x, self.in_proj_weight[rows], self.in_proj_bias[rows])
        heads = (stop - first) * self._heads
        return projected.view(batch, tokens, heads, width // self._heads).transpose(1, 2)


class _Layer(nn.Module):
    """What encoder and decoder layers share."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.self_attn = Attention(sizes.width, sizes.heads)
        self.linear1 = nn.Linear(sizes.width, sizes.feed_forward)
        self.linear2 = nn.Linear(sizes.feed_forward, sizes.width)
        self.norm1, self.norm2 = nn.LayerNorm(sizes.width), nn.LayerNorm(sizes.width)

    def _think(self, x: Tensor) -> Tensor:
        thought: Tensor = self.linear2(self.linear1(x).relu())
        return thought


class EncoderLayer(_Layer):
    """Cells look at cells; each sublayer norms what it reads (pre-norm)."""

    def forward(self, x: Tensor, positions: Tensor, bias: Tensor | None) -> Tensor:
        """(1, cells, width); positions are added to queries and keys, never to values."""
        normed = self.norm1(x)
        q, k = self.self_attn.queries_and_keys(normed + positions)
        x = x + self.self_attn(q, k, self.self_attn.values(normed), bias)
        return x + self._think(self.norm2(x))


class DecoderLayer(_Layer):
    """Words look at the words before them, then at the picture."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__(sizes)
        self.multihead_attn = Attention(sizes.width, sizes.heads)
        self.norm3 = nn.LayerNorm(sizes.width)

    def forward(
        self,
        x: Tensor,
        positions: Tensor,
        mask: Tensor | None,
        memory: Memory,
        past: Past,
        number: int,
    ) -> Tensor:
        """New words (batch, new, width); `past` learns their keys and values."""
        normed = self.norm1(x)
        q, k = self.self_attn.queries_and_keys(normed + positions)
        k, v = past.extend(number, k, self.self_attn.values(normed))
        x = x + self.self_attn(q, k, v, mask)
        q = self.multihead_attn.queries(self.norm2(x) + positions)
        k, v = memory.seen_by(number, len(x))
        x = x + self.multihead_attn(q, k, v, memory.bias)
        return x + self._think(self.norm3(x))


class _Embeddings(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(sizes.vocabulary, sizes.width)
        self.position_embeddings = nn.Embedding(sizes.positions, sizes.width)
        self.LayerNorm = nn.LayerNorm(sizes.width, eps=_EPSILON)


class _Stack(nn.Module):
    """Layers, and the norm after the last one."""

    def __init__(self, layer: type[_Layer], count: int, sizes: Sizes) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layer(sizes) for _ in range(count))
        self.norm = nn.LayerNorm(sizes.width)


class _Transformer(nn.Module):
    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.encoder = _Stack(EncoderLayer, sizes.encoder_layers, sizes)
        self.decoder = _Stack(DecoderLayer, sizes.decoder_layers, sizes)
        self.embeddings = _Embeddings(sizes)


class _Head(nn.Module):
    """From a word's vector to a logit for each token of the vocabulary."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        widths = (sizes.width, *sizes.head, sizes.vocabulary)
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(widths))

    def forward(self, x: Tensor) -> Tensor:
        for layer in self.layers[:-1]:
            x = layer(x).relu()
        logits: Tensor = self.layers[-1](x)
        return logits


class Catr(nn.Module):
    """The whole network, in the two steps that a caption needs: see once, then write."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.backbone = _resnet(sizes)
        features = 512 * sizes.block.expansion
        self.input_proj = nn.Conv2d(features, sizes.width, kernel_size=1)
        self.transformer = _Transformer(sizes)
        self.mlp = _Head(sizes)
        self.sizes = sizes

    def features(self, pixels: Tensor) -> Tensor:
        """What the ResNet sees: (1, channels, rows, columns)."""
        x: Tensor = pixels
        for part in self.backbone.children():
            x = part(x)
        return x

    def lay_out_columns(self) -> None:
        """Make it fast for one word at a time."""
        for part in (self.transformer.decoder, self.mlp):
            lay_out_columns(part.parameters())

    def see(self, pixels: Tensor, padding: Tensor | None = None) -> Memory:
        """Encode one picture (1, 3, height, width).

        `padding`: bool (height, width), True beside the picture. Keys and values that the
        decoder's layers will look at are computed here, once.
        """
        seen_cells = self.input_proj(self.features(pixels))
        rows, columns = seen_cells.shape[-2:]
        seen = ~_shrunk(padding, rows, columns)
        bias = None if seen.all() else _hiding(~seen.flatten()).to(pixels)
        sines = torch.from_numpy(sine_positions(seen.cpu().numpy(), self.sizes.width))
        positions = sines.flatten(0, 1).to(pixels)
        x = seen_cells.flatten(2).transpose(1, 2)  # (1, cells, width)
        for layer in self.transformer.encoder.layers:
            x = layer(x, positions, bias)
        x = self.transformer.encoder.norm(x)
        looks: list[Any] = [layer.multihead_attn for layer in self.transformer.decoder.layers]
        keys = tuple(look.keys(x + positions) for look in looks)
        return Memory(x, keys, tuple(look.values(x) for look in looks), bias, rows, columns)

    def write(self, tokens: Tensor, memory: Memory, past: Past) -> Tensor:
        """Read new tokens (batch, new) after those that `past` knows: (batch, new, width)."""
        before, new = past.length, tokens.shape[1]
        embeddings = self.transformer.embeddings
        positions = embeddings.position_embeddings.weight[before : before + new]
        # The learned positions enter twice: into the embedding, and into each layer's queries.
        x = embeddings.LayerNorm(embeddings.word_embeddings(tokens) + positions)
        mask = causal(new, before).to(x.device) if new > 1 else None
        for number, layer in enumerate(self.transformer.decoder.layers):
            x = layer(x, positions, mask, memory, past, number)
        written: Tensor = self.transformer.decoder.norm(x)
        return written

    def choose(self, written: Tensor) -> Tensor:
        """Logits of what comes next: (…, vocabulary)."""
        logits: Tensor = self.mlp(written)
        return logits


def _resnet(sizes: Sizes) -> nn.Sequential:
    """Torchvision's ResNet as far as its last feature map; its batch norm never learns."""
    whole = ResNet(
        sizes.block,
        sizes.blocks,
        groups=sizes.groups,
        width_per_group=sizes.group_width,
        replace_stride_with_dilation=[False, False, sizes.dilation],
        norm_layer=FrozenBatchNorm2d,
    )
    del whole.avgpool, whole.fc
    return nn.Sequential(OrderedDict(whole.named_children()))


def renamed(tensors: Tensors) -> dict[str, Tensor]:
    """A checkpoint's tensors by the names of `Catr`; what stock batch norm counts is left out."""
    counters = ("num_batches_tracked", f"{_BACKBONE}fc.weight", f"{_BACKBONE}fc.bias")
    own = {name: tensor for name, tensor in tensors.items() if not name.endswith(counters)}
    return {name.replace(_BACKBONE, "backbone."): tensor for name, tensor in own.items()}


def _shrunk(padding: Tensor | None, rows: int, columns: int) -> Tensor:
    """Which cells are padding: bool (rows, columns), by the nearest pixel up and left."""
    if padding is None:
        return torch.zeros(rows, columns, dtype=torch.bool)
    height, width = padding.shape
    down = torch.arange(rows) * height // rows
    right = torch.arange(columns) * width // columns
    return padding[down][:, right]


def _hiding(cells: Tensor) -> Tensor:
    """What is added to attention's scores so that no cell of these gets any: (1, 1, 1, cells)."""
    return torch.zeros(cells.shape).masked_fill(cells.cpu(), -torch.inf)[None, None, None]
