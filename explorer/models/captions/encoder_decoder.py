"""The network of captioners whose encoder is a vision transformer."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ...errors import ExplorerError
from ..networks.fitting import embedding
from .memory import Memory, Past


class EncoderDecoder(nn.Module):
    """An encoder that sees once, and a decoder that writes."""

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, looks_at_prefix: bool = True
    ) -> None:
        """`looks_at_prefix`: whether words look at the class token and its like, too."""
        super().__init__()
        self.encoder: Any = encoder
        self.decoder: Any = decoder
        self._looks_at_prefix = looks_at_prefix

    def see(self, pixels: Tensor) -> Memory:
        """Encode pictures (pictures, channels, height, width), and all that is asked of them.

        Raises ExplorerError where they are of another size than the encoder's positions are of.
        """
        size = tuple(embedding(self.encoder).img_size)
        if pixels.shape[-2:] != size:
            raise ExplorerError(
                f"This captioner cannot see {pixels.shape[-2]} × {pixels.shape[-1]} pixels.",
                hint=f"Give it {size[0]} × {size[1]} (height × width).",
            )
        prefix, tokens = self.encoder.num_prefix_tokens, self.encoder.forward_features(pixels)
        if not self._looks_at_prefix:
            prefix, tokens = 0, tokens[:, prefix:]
        cells, keys, values = self.decoder.look_ahead(tokens)
        rows, columns = embedding(self.encoder).grid_size
        return Memory(cells, tuple(keys), tuple(values), None, rows, columns, prefix)

    def write(self, tokens: Tensor, memory: Memory, past: Past) -> Tensor:
        """Read new tokens (captions, new) after those of `past`: (captions, new, width)."""
        written: Tensor = self.decoder(tokens, memory, past)
        return written

    def choose(self, written: Tensor) -> Tensor:
        """Logits of what comes next: (…, vocabulary)."""
        logits: Tensor = self.decoder.choose(written)
        return logits

    def forward(self, pixels: Tensor, tokens: Tensor) -> Tensor:
        """Teacher forcing: each token (captions, tokens) is read as if the network had written it.

        The captions are the first picture's, then the second one's, of each equally many. Returns
        logits of what follows each token: (captions, tokens, vocabulary).
        """
        return self.choose(self.write(tokens, self.see(pixels), Past()))
