"""BERT's vocabulary: words cut into pieces, and put together again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from ...errors import ExplorerError
from ..checkpoints.json_files import read_object
from ..checkpoints.transformers_folder import part
from .family import Span

_GOES_ON = "##"  # before a piece that belongs to the word before it
_BEGIN, _END, _UNKNOWN = "[CLS]", "[SEP]", "[UNK]"
_WORDS_ALONE = ("[PAD]", _UNKNOWN, _BEGIN, _END)  # what a vocabulary has beside its words
_UNSAID = (_BEGIN, _END, _UNKNOWN, "[PAD]", "[MASK]", "[DEC]", "[ENC]")  # no words
_CHOOSE = "Choose BERT's vocab.txt."
_NO_SPACE = re.compile(r" ([.?!,]|n't\b|'(?:m|s|ve|re)\b)")
_INSIDE = re.compile(r" ' ")


_NORMALISER = normalizers.BertNormalizer(lowercase=True)
_SPLITTER = pre_tokenizers.BertPreTokenizer()


def words_of(sentence: str) -> list[str]:
    """A sentence's words and punctuation marks as BERT knows them: in small letters."""
    parts = _SPLITTER.pre_tokenize_str(_NORMALISER.normalize_str(sentence))
    return [word for word, _ in parts]


class WordPieces:
    """Tokens of BERT's vocabulary: the longest piece that fits goes first (Wu et al. 2016)."""

    def __init__(
        self, texts: Sequence[str], begin: int | None = None, end: int | None = None
    ) -> None:
        """`texts`: one for each token, in their order; `begin`, `end` None = as BERT's sentences.

        Raises ExplorerError where one of them, or that of an unknown word, is not among the tokens.
        """
        self.texts = tuple(texts)
        self._ids = {text: token for token, text in enumerate(self.texts)}
        self.begin = self._token(_BEGIN) if begin is None else begin
        self.end = self._token(_END) if end is None else end
        self.unknown = self._token(_UNKNOWN)
        if max(self.begin, self.end) >= len(self.texts):
            raise ExplorerError(
                f"This vocabulary of {len(self.texts):,} tokens has none that begins or ends a "
                "caption.",
                hint=_CHOOSE,
            )

    def _token(self, text: str) -> int:
        if text not in self._ids:
            raise ExplorerError(f"This vocabulary has no token {text}.", hint=_CHOOSE)
        return self._ids[text]

    @classmethod
    def read(
        cls,
        file: Path,
        more: Sequence[str] = (),
        begin: int | None = None,
        end: int | None = None,
    ) -> WordPieces:
        """A vocabulary from its file: one token a line, or the tokenizers library's .json.

        `more`: tokens that follow those of the file, where it has them not; `begin`, `end`: see
        above. Raises ExplorerError where the file is none.
        """
        listed = _of_json(file) if file.suffix == ".json" else _of_lines(file)
        return cls([*listed, *(text for text in more if text not in listed)], begin, end)

    @classmethod
    def of_words(cls, words: Iterable[str]) -> WordPieces:
        """A vocabulary of whole words, as `words_of` gives them."""
        return cls((*_WORDS_ALONE, *words))

    def tokens(self, words: Iterable[str]) -> list[int]:
        """Whole words as tokens; one that is not there becomes `unknown`."""
        return [self._ids.get(word, self.unknown) for word in words]

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
        if self.unknown in encoded.ids:
            start, stop = encoded.offsets[encoded.ids.index(self.unknown)]
            raise ExplorerError(
                f"The captioner's vocabulary cannot spell “{sentence[start:stop][:40]}”.",
                hint="Try another word.",
            )
        return tuple(encoded.ids)

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        tokenizer = Tokenizer(models.WordPiece(self._ids, unk_token=_UNKNOWN))
        tokenizer.normalizer = _NORMALISER
        tokenizer.pre_tokenizer = _SPLITTER
        return tokenizer


def _of_lines(file: Path) -> list[str]:
    with _explained(file):
        text = file.read_text("utf-8")
    # Not splitlines: some of BERT's tokens are characters that would end a line there.
    return [line.removesuffix("\r") for line in text.removesuffix("\n").split("\n")]


def _of_json(file: Path) -> list[str]:
    """What transformers saves since its fifth version."""
    with _explained(file):
        tokenizer = part(read_object(file), "model")
    vocabulary = part(tokenizer, "vocab")
    texts = {token: text for text, token in vocabulary.items() if isinstance(token, int)}
    if tokenizer.get("type") != "WordPiece" or sorted(texts) != [*range(len(vocabulary))]:
        raise ExplorerError(f"{file.name} holds no vocabulary of pieces of words.", hint=_CHOOSE)
    return [texts[token] for token in range(len(texts))]


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    """What is wrong with a file is said in a sentence."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise ExplorerError(
            f"{file.name} is no vocabulary: it is not text.", hint=_CHOOSE
        ) from error
    except OSError as error:
        raise ExplorerError(
            f"The vocabulary {file.name} cannot be read: {error.strerror or error}.", hint=_CHOOSE
        ) from error
