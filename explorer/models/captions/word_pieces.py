"""BERT's vocabulary: words cut into pieces, and put together again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from ...errors import ExplorerError
from .family import Span

_GOES_ON = "##"  # before a piece that belongs to the word before it
_BEGIN, _END, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_UNSAID = (_BEGIN, _END, _UNKNOWN, "[PAD]", "[MASK]")  # no words
_NO_SPACE = re.compile(r" ([.?!,]|n't\b|'(?:m|s|ve|re)\b)")
_INSIDE = re.compile(r" ' ")


class WordPieces:
    """Tokens of BERT's vocabulary: the longest piece that fits goes first (Wu et al. 2016)."""

    def __init__(self, texts: Sequence[str]) -> None:
        """`texts`: one for each token, in their order; raises ExplorerError where one is missing.

        Those that mean begin, end and an unknown word must be among them.
        """
        self.texts = tuple(texts)
        self._ids = {text: token for token, text in enumerate(self.texts)}
        missing = [text for text in (_BEGIN, _END, _UNKNOWN) if text not in self._ids]
        if missing:
            raise ExplorerError(
                f"This vocabulary has no token {missing[0]}.", hint="Choose BERT's vocab.txt."
            )
        self.begin, self.end = self._ids[_BEGIN], self._ids[_END]

    @classmethod
    def read(cls, file: Path) -> WordPieces:
        """A vocabulary from its file, one token a line; raises ExplorerError where it is none."""
        try:
            text = file.read_text("utf-8")
        except UnicodeDecodeError as error:
            raise ExplorerError(
                f"{file.name} is no vocabulary: it is not text.", hint="Choose BERT's vocab.txt."
            ) from error
        except OSError as error:
            raise ExplorerError(
                f"The vocabulary {file.name} cannot be read: {error.strerror or error}.",
                hint="Choose BERT's vocab.txt.",
            ) from error
        # Not splitlines: some of BERT's tokens are characters that would end a line there.
        return cls([line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")])

    def words(self, tokens: Sequence[int]) -> list[Span]:
        """The words that tokens make, in order; every token belongs to one."""
        words: list[Span] = []
        for place, token in enumerate(tokens):
            text = self.texts[token]
            if words and text.startswith(_GOES_ON):
                before = words.pop()
                words.append(Span(before.text + text[2:], before.start, place + 1))
            else:
                words.append(Span(text.removeprefix(_GOES_ON), place, place + 1))
        return words

    def sentence(self, tokens: Sequence[int]) -> str:
        """Tokens as people read them: without special ones, no space before a full stop."""
        said = [token for token in tokens if self.texts[token] not in _UNSAID]
        text = " ".join(word.text for word in self.words(said))
        return _INSIDE.sub("'", _NO_SPACE.sub(r"\1", text))

    def encode(self, sentence: str) -> tuple[int, ...]:
        """The tokens of what somebody typed, whatever its case.

        Raises ExplorerError where there is no word in it, or one that no pieces make.
        """
        encoded = self._tokenizer.encode(sentence)
        if not encoded.ids:
            raise ExplorerError("There is no word in this.", hint="Type a word or a sentence.")
        unknown = self._ids[_UNKNOWN]
        if unknown in encoded.ids:
            start, stop = encoded.offsets[encoded.ids.index(unknown)]
            raise ExplorerError(
                f"The captioner's vocabulary cannot spell “{sentence[start:stop]}”.",
                hint="Try another word.",
            )
        return tuple(encoded.ids)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer(models.WordPiece(self._ids, unk_token=_UNKNOWN))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        return tokenizer
