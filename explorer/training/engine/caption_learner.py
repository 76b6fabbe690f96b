"""The captioner that a recipe trains: an encoder and a decoder, made or kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from timm.layers import get_act_fn
from torch import nn

from ...errors import ExplorerError
from ...images.geometry import reframe
from ...images.sines import sine_table
from ...models.captions.encoder_decoder import EncoderDecoder
from ...models.captions.families import recognise_captioner
from ...models.captions.families.explorer import ACTIVATION, EPSILON, check_encoder, open_captioner
from ...models.captions.family import Asked, Opened
from ...models.captions.stem import put_stem
from ...models.captions.text_decoder import Plan, TextDecoder
from ...models.captions.word_pieces import WordPieces, words_of
from ...models.checkpoints.folder import checkpoint_in
from ...models.checkpoints.reading import read_checkpoint
from ...models.loading import Loaded, load_network
from ...models.networks.fitting import embedding
from ...models.published.captioners import known_captioners
from ...models.requests import check_weights
from ...models.telling import called
from ...models.watch import never, quiet
from ...records import Preprocessing
from ..data.examples import Dataset
from ..recipes.recipe import Captioner, Recipe
from ..recipes.starting_model import starting_weights
from .caption_lesson import CaptionLesson
from .chance import seed_of
from .class_lesson import arguments_of, epsilon_of
from .learner import Learner

_STD = 0.02  # of the numbers that words begin with, as in GPT-2
_OTHERS = (
    "Begin with a vision transformer, or with a captioner that was trained here; other captioners "
    "can be looked at, not trained."
)


def load_caption_learner(
    recipe: Recipe,
    dataset: Dataset,
    progress: Callable[[str, float | None], None] = quiet,
    should_stop: Callable[[], bool] = never,
) -> Learner:
    """Load what a recipe begins with, and make what it lacks to write these captions.

    The same recipe and captions give the same weights. Raises as `load_network` does, and
    ExplorerError where the model can neither write captions nor see for who does.
    """
    words = [words_of(one) for captions in dataset.train.captions for one in captions]
    file = Path(recipe.model)
    if recipe.model in known_captioners():
        raise ExplorerError(f"“{recipe.model}” cannot be trained here.", hint=_OTHERS)
    opened = _captioner_in(file) if file.exists() else None
    if opened is not None:
        return _kept(opened, recipe, dataset, words, called(checkpoint_in(file)))
    wanted = check_weights(replace(starting_weights(recipe), pre_logits="dropped"))
    return _made(load_network(wanted, progress, should_stop), recipe, dataset, words)


def _captioner_in(place: Path) -> Opened | None:
    """A captioner that was trained here; None where it is none.

    Raises ExplorerError where it is one of another kind.
    """
    file = checkpoint_in(place)
    checkpoint = read_checkpoint(file)
    opened = open_captioner(checkpoint, Asked(file))
    if opened is None and (other := recognise_captioner(checkpoint, file)):
        raise ExplorerError(f"{file.name} is a {other.library}, not trained here.", hint=_OTHERS)
    return opened


def _kept(
    opened: Opened, recipe: Recipe, dataset: Dataset, words: Sequence[Sequence[str]], name: str
) -> Learner:
    """A captioner goes on learning; words that it does not know yet are new to it."""
    network: Any = opened.network
    assert isinstance(opened.vocabulary, WordPieces), "its file holds it"
    assert opened.preprocessing is not None, "it sees pictures of one size"
    size = opened.preprocessing.input_size
    if recipe.image_size not in (None, size):
        raise ExplorerError(
            f"“image_size” is another one than this captioner's, {size[0]} × {size[1]} pixels.",
            hint="Leave it out.",
        )
    vocabulary = opened.vocabulary
    if recipe.captioner.vocabulary == "of the captions":
        vocabulary = _vocabulary(words, recipe.captioner)
        _reword(network.decoder, opened.vocabulary, vocabulary, recipe.seed)
    longest = _longest(words, min(recipe.captioner.longest, opened.positions - 2))
    lesson = CaptionLesson(recipe, dataset, vocabulary, longest)
    preprocessing = _prepared(opened.preprocessing, recipe)
    return Learner(network.requires_grad_(True), preprocessing, lesson, opened.source, name)


def _made(
    loaded: Loaded, recipe: Recipe, dataset: Dataset, words: Sequence[Sequence[str]]
) -> Learner:
    """A vision transformer gets a decoder of random values."""
    said = recipe.captioner
    if said.vocabulary != "of the captions":
        raise ExplorerError(
            f"“captioner.vocabulary” is “{said.vocabulary}”, and {loaded.name} has no words.",
            hint="Leave it out.",
        )
    vocabulary = _vocabulary(words, said)
    encoder = _encoder(loaded, recipe)
    with torch.random.fork_rng(devices=[]):  # nobody else's random numbers change
        torch.manual_seed(seed_of(recipe.seed, "decoder"))
        decoder = TextDecoder(_plan(said, encoder, len(vocabulary.texts))).apply(_begin)
    _place(decoder, encoder)
    network = EncoderDecoder(encoder, decoder, looks_at_prefix=False).requires_grad_(True)
    lesson = CaptionLesson(recipe, dataset, vocabulary, _longest(words, said.longest))
    preprocessing = _prepared(loaded.preprocessing, recipe)
    return Learner(network, preprocessing, lesson, loaded.source, loaded.name)


def _encoder(loaded: Loaded, recipe: Recipe) -> nn.Module:
    """What sees of a classifier: no head, and perhaps only its first blocks."""
    network: Any = loaded.network
    blocks = recipe.captioner.encoder_blocks
    if blocks is not None and blocks > len(network.blocks):
        raise ExplorerError(
            f"“captioner.encoder_blocks” is {blocks}, and {loaded.name} has {len(network.blocks)}.",
            hint="Choose fewer, or leave it out.",
        )
    network.reset_classifier(0)
    network.blocks = network.blocks[:blocks]
    network.fc_norm, network.attn_pool = nn.Identity(), None
    if recipe.captioner.stem:
        _put_stem(network, recipe)
    encoder: nn.Module = network
    check_encoder(encoder, arguments_of(encoder, all_of_them=True), epsilon_of(encoder))
    return encoder


def _put_stem(encoder: Any, recipe: Recipe) -> None:
    """Raises ExplorerError where what was learned would be lost, or patches cannot be halved."""
    if recipe.pretrained:
        raise ExplorerError(
            "“captioner.stem” takes the place of what the model has learned already.",
            hint="Leave it out, or begin with random values: pretrained = false.",
        )
    height, width = embedding(encoder).patch_size
    if height != width or height & (height - 1) or height < 2:
        raise ExplorerError(
            f"“captioner.stem” cannot make patches of {height} × {width} pixels.",
            hint="Choose a model with patches of 8, 16 or 32 pixels.",
        )
    with torch.random.fork_rng(devices=[]):  # nobody else's random numbers change
        torch.manual_seed(seed_of(recipe.seed, "stem"))
        put_stem(encoder)


def _plan(said: Captioner, encoder: Any, vocabulary: int) -> Plan:
    rows, columns = embedding(encoder).grid_size
    return Plan(
        layers=said.layers,
        heads=said.heads,
        width=said.width,
        seen=encoder.embed_dim,
        feed_forward=4 * said.width,
        vocabulary=vocabulary,
        positions=said.longest + 2,  # begin and end
        epsilon=EPSILON,
        activation=get_act_fn(ACTIVATION),
        norms_first=True,
        is_tied=True,
        bridged=0,
        places=rows * columns if said.places else 0,
    )


def _begin(module: nn.Module) -> None:
    """Values that a decoder begins with: as DETR's, but for words, which are its answers, too."""
    if isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
    if isinstance(module, nn.Embedding):
        nn.init.normal_(module.weight, std=_STD)


def _place(decoder: TextDecoder, encoder: nn.Module) -> None:
    """Places begin as sines of rows and columns, as they are in DETR: neighbours are alike."""
    if decoder.places is not None:
        rows, columns = embedding(encoder).grid_size
        sines = sine_table(rows, columns, decoder.places.embedding_dim)
        with torch.no_grad():
            decoder.places.weight.copy_(torch.from_numpy(sines).flatten(0, 1))


def _vocabulary(words: Sequence[Sequence[str]], said: Captioner) -> WordPieces:
    """The words that captions have often enough; raises ExplorerError where there are none."""
    counts = Counter(word for caption in words for word in caption)
    frequent = sorted(word for word, count in counts.items() if count >= said.seldom)
    if not frequent:
        raise ExplorerError(
            f"No word is {said.seldom} times in the captions.",
            hint="Lower “captioner.seldom”, or give more captions.",
        )
    return WordPieces.of_words(frequent)


def _longest(words: Sequence[Sequence[str]], most: int) -> int:
    """Words of a caption that are learned."""
    return min(most, max(map(len, words)))


def _reword(decoder: Any, old: WordPieces, new: WordPieces, seed: int) -> None:
    """Give a decoder other words: those that it knows keep their vectors."""
    known = {text: token for token, text in enumerate(old.texts)}
    before = decoder.words.weight.detach()
    places = [place for place, text in enumerate(new.texts) if text in known]
    decoder.words = nn.Embedding(len(new.texts), before.shape[1])
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(seed_of(seed, "words"))
        decoder.words.apply(_begin)
        decoder.words.weight[places] = before[[known[new.texts[place]] for place in places]]


def _prepared(preprocessing: Preprocessing, recipe: Recipe) -> Preprocessing:
    return reframe(preprocessing, recipe.pictures.framing)
