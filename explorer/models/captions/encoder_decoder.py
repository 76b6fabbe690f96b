"""The network of captioners whose encoder is a vision transformer."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ...errors import ExplorerError
from ..networks.fitting import embedding
from .memory import Memory, Past


class EncoderDecoder(nn.Module):
    """An encoder that sees once, and a decoder that writes."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module) -> None:
        super().__init__()
        self.encoder: Any = encoder
        self.decoder: Any = decoder

    def see(self, pixels: Tensor) -> Memory:
        """Encode one picture (1, channels, height, width), with all that is asked of it later.

        Raises ExplorerError where it is of another size than the encoder's positions are of.
        """
        size = tuple(embedding(self.encoder).img_size)
        if pixels.shape[-2:] != size:
            raise ExplorerError(
                f"This captioner cannot see {pixels.shape[-2]} × {pixels.shape[-1]} pixels.",
                hint=f"Give it {size[0]} × {size[1]} (height × width).",
            )
        cells, keys, values = self.decoder.look_ahead(self.encoder.forward_features(pixels))
        rows, columns = embedding(self.encoder).grid_size
        prefix = self.encoder.num_prefix_tokens
        return Memory(cells, tuple(keys), tuple(values), None, rows, columns, prefix)

    def write(self, tokens: Tensor, memory: Memory, past: Past) -> Tensor:
        """Read new tokens (captions, new) after those of `past`: (captions, new, width)."""
        written: Tensor = self.decoder(tokens, memory, past)
        return written

    def choose(self, written: Tensor) -> Tensor:
        """Logits of what comes next: (…, vocabulary)."""
        logits: Tensor = self.decoder.choose(written)
        return logits
