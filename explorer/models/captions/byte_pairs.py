"""GPT-2's vocabulary: bytes joined to pieces of words, each with the space before it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from ...errors import ExplorerError
from .family import Span

FILES = ("tokenizer.json", "vocab.json")  # beside the second lies _MERGES
_MERGES = "merges.txt"
_END = "<|endoftext|>"  # captions begin with it, too
_CHOOSE = "Choose GPT-2's tokenizer.json, or its vocab.json with merges.txt beside it."
_ALONE = frozenset('.,:;!?"()')  # characters that belong to no word


class BytePairs:
    """Tokens of GPT-2's vocabulary (Radford et al. 2019); any text can be written in them."""

    def __init__(
        self, tokenizer: Tokenizer, begin: int | None = None, end: int | None = None
    ) -> None:
        """`begin`, `end` None = as GPT-2's texts; raises ExplorerError where there is no such."""
        self._tokenizer = tokenizer
        ids = tokenizer.get_vocab()
        written = {token: text for text, token in ids.items()}
        usual = ids.get(_END, len(ids))
        self.begin = usual if begin is None else begin
        self.end = usual if end is None else end
        if sorted(written) != [*range(len(ids))] or max(self.begin, self.end) >= len(ids):
            raise ExplorerError(
                f"This vocabulary of {len(ids):,} tokens lacks some that the captioner has.",
                hint=_CHOOSE,
            )
        decoder = decoders.ByteLevel()
        self.texts = tuple(decoder.decode([written[token]]) for token in range(len(ids)))

    @classmethod
    def read(cls, file: Path, begin: int | None = None, end: int | None = None) -> BytePairs:
        """A vocabulary from its file; raises ExplorerError where it is none."""
        return cls(_tokenizer(file), begin, end)

    def words(self, tokens: Sequence[int]) -> list[Span]:
        """The words that tokens make, in order: one begins with a space, or is a punctuation."""
        starts = [place for place, token in enumerate(tokens) if not place or self._starts(token)]
        stops = [*starts[1:], len(tokens)]
        return [
            Span(self._decode(tokens[start:stop]), start, stop)
            for start, stop in zip(starts, stops, strict=False)
        ]

    def sentence(self, tokens: Sequence[int]) -> str:
        """Tokens as people read them, without those that begin and end a caption."""
        return self._decode([token for token in tokens if token not in (self.begin, self.end)])

    def encode(self, sentence: str) -> tuple[int, ...]:
        """The tokens of what somebody typed; raises ExplorerError where there is no word in it."""
        tokens = tuple(self._tokenizer.encode(sentence.strip(), add_special_tokens=False).ids)
        if not tokens:
            raise ExplorerError("There is no word in this.", hint="Type a word or a sentence.")
        return tokens

    def _starts(self, token: int) -> bool:
        """Whether a token begins a word."""
        text = self.texts[token]
        return text[:1].isspace() or _ALONE.issuperset(text)

    def _decode(self, tokens: Sequence[int]) -> str:
        # All at once: a character may be spread over several tokens.
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=False)
        return text.strip()


def _tokenizer(file: Path) -> Tokenizer:
    try:
        if file.name != "vocab.json":
            return Tokenizer.from_file(str(file))
        merges = file.with_name(_MERGES)
        tokenizer = Tokenizer(models.BPE.from_file(str(file), str(merges)))
    except Exception as error:  # the library raises nothing more special
        raise ExplorerError(
            f"{file.name} is no vocabulary that can be read: {str(error)[:200]}.", hint=_CHOOSE
        ) from error
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer
