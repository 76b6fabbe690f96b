"""A training learns captions as a plain loop of teacher forcing would, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState, PartialState
from torch.nn import functional

import explorer
from explorer.errors import ExplorerError
from explorer.models.captions.word_pieces import words_of
from explorer.training.engine import desk
from explorer.training.engine.estimate import estimate
from explorer.training.engine.learners import learner_for
from explorer.training.engine.program import Outcome, Wants, train
from explorer.training.engine.tensor_file import read_tensors
from explorer.training.pictures.batches import Feed
from explorer.training.recipes.recipe import Captioner, Recipe, Stage
from explorer.training.runs.events import Event
from explorer.training.runs.probe import read_probe
from explorer.training.runs.run import Run, create_run
from explorer.training.runs.run_answers import answers_of
from explorer.training.runs.sample import read_sample

from ..scenes import SIDE, caption_recipe, caption_run, draw_captioned, draw_encoder

CPU = torch.device("cpu")
PLAIN = Stage(epochs=1, batch_size=9, optimiser="momentum", learning_rate=0.1, schedule="constant")
Make = Callable[..., Run]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A classifier with random values, whose first block will see."""
    return draw_encoder(tmp_path_factory.mktemp("model") / "model.safetensors")


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures of a square and a disc, with what they show."""
    return draw_captioned(tmp_path_factory.mktemp("data") / "pictures")


@pytest.fixture
def make(tmp_path: Path, pictures: Path) -> Make:
    """Makes runs: of a recipe, and perhaps of other pictures."""
    count = iter(range(100))

    def make_one(wanted: Recipe, data: Path = pictures) -> Run:
        return caption_run(tmp_path / f"run {next(count)}", wanted, data)

    return make_one


@pytest.fixture(autouse=True)
def _every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Else only now and then, as the clock says; and Accelerate is set up for each training."""
    monkeypatch.setattr(desk, "LOOK_SECONDS", 0.0)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
    PartialState._reset_state()


def _train(run: Run, heard: Callable[[Event], None] | None = None, **wants: Any) -> Outcome:
    AcceleratorState._reset_state(reset_partial_state=True)
    return train(run, Wants(device="cpu", heard=heard, **wants))


def _weights(run: Run) -> dict[str, torch.Tensor]:
    last, best = (read_tensors(file)[0] for file in (run.last, run.best))
    return {**last, **{f"best {name}": tensor for name, tensor in best.items()}}


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory, encoder: Path, pictures: Path) -> Run:
    """A run that learned all there is, from random values."""
    stage = Stage(
        epochs=40,
        batch_size=12,
        captions_at_once=2,
        learning_rate=6e-3,
        warmup_epochs=2.0,
        clip_norm=1.0,
    )
    wanted = caption_recipe(encoder, stages=(stage,))
    run = caption_run(tmp_path_factory.mktemp("learned") / "run", wanted, pictures)
    _train(run)
    AcceleratorState._reset_state(reset_partial_state=True)
    return run


# What is learned


def _plain_epoch(wanted: Recipe, run: Run) -> dict[str, torch.Tensor]:
    """One epoch of teacher forcing, written down by hand: the weights that it comes to."""
    data = run.dataset
    learner = learner_for(wanted, data)
    network: Any = learner.network
    texts = learner.lesson.vocabulary.texts  # type: ignore[attr-defined]
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    with Feed(data, wanted, learner.preprocessing) as feed:
        for number, batch in enumerate(feed.training(0, 0)):
            pixels, _ = batch.on(CPU)
            # Which of a picture's captions was drawn is asked; all else is done here.
            drawn = learner.lesson.shown(batch, (wanted.seed, 0, 0, number), CPU).captions
            losses = []
            for place, caption in enumerate(drawn):
                words = [texts.index(word) for word in words_of(caption)]
                read = torch.tensor([[texts.index("[CLS]"), *words]])
                follows = torch.tensor([*words, texts.index("[SEP]")])
                logits = network(pixels[place : place + 1], read)[0]
                losses.append(functional.cross_entropy(logits, follows))
            optimiser.zero_grad()
            torch.stack(losses).mean().backward()
            optimiser.step()
    return network.state_dict()


def test_it_ends_with_the_weights_of_a_plain_loop(make: Make, encoder: Path):
    """Each caption by itself, without padding, in a loop written down by hand."""
    wanted = caption_recipe(encoder, stages=(PLAIN,))
    run = make(wanted)
    _train(run)
    saved = read_tensors(run.last)[0]
    for name, tensor in _plain_epoch(wanted, run).items():
        torch.testing.assert_close(saved[f"state.model.{name}"], tensor, rtol=1e-4, atol=1e-5)


def test_it_learns_to_tell_what_is_beside_what(learned: Run):
    """From random values, in seconds: held-out pictures are described word for word."""
    history = learned.history().read()
    best = history.best
    assert best.top1 >= 0.9
    assert best.bleu > 0.95
    assert best.words > 0.85  # whether a full stop follows, nobody can know
    assert np.isnan(best.top5)
    assert history.epochs[0].top1 < 0.5


def test_the_best_model_opens_and_writes_what_was_kept(learned: Run):
    """By the run's folder; it says what `validation.npz` has, and where it looks."""
    captioner = explorer.load_captioner(weights=learned.folder)
    examples = learned.dataset.validation
    with np.load(learned.validation) as kept:
        written = dict(zip(kept["filenames"].tolist(), kept["captions"].tolist(), strict=True))
    assert list(written) == list(examples.names)
    for place, name in enumerate(examples.names[:4]):
        caption = captioner.describe(examples.path(place))
        assert caption.text == written[name]
        assert caption.heatmap(1).shape == (4, 4)
        np.testing.assert_allclose(caption.maps.sum(axis=(-2, -1)), 1, rtol=1e-4)
    assert captioner.info.library == "ViT Explorer"
    assert captioner.vocabulary.encode("A Red disc.") == captioner.vocabulary.encode("a red disc .")
    with pytest.raises(ExplorerError, match="cannot spell “zebra”"):
        captioner.vocabulary.encode("a zebra")


def test_half_precision_will_do(learned: Run, tmp_path: Path):
    """Kept in float16 or bfloat16, the file is half as large, and says the same."""
    picture = learned.dataset.validation.path(0)
    said = explorer.load_captioner(weights=learned.folder).describe(picture).text
    still = Stage(epochs=1, batch_size=12, learning_rate=1e-12)
    for kept in ("float16", "bfloat16"):
        captioner = Captioner(vocabulary="of the starting model")
        changes = {"stages": (still,), "captioner": captioner, "kept_precision": kept}
        wanted = caption_recipe(learned.folder, **changes)
        run = create_run(tmp_path / kept, wanted, learned.dataset)
        _train(run)
        assert read_tensors(run.best)[0]["decoder.words.weight"].dtype == getattr(torch, kept)
        assert read_tensors(run.last)[0]["state.model.decoder.words.weight"].dtype == torch.float32
        assert explorer.load_captioner(weights=run.folder).describe(picture).text == said
        assert run.best.stat().st_size < 0.7 * learned.best.stat().st_size


def test_a_stem_of_convolutions_opens_as_it_was_trained(make: Make, encoder: Path):
    """From random values; what was learned before would be lost, which is refused."""
    stem = Captioner(encoder_blocks=1, layers=1, width=24, heads=2, stem=True)
    changes = {"pretrained": False, "image_size": (32, 64), "stages": (PLAIN,), "captioner": stem}
    run = make(caption_recipe("vit_tiny_patch16_224", **changes))
    _train(run)
    captioner = explorer.load_captioner(weights=run.folder)
    with np.load(run.validation) as kept:
        written = kept["captions"].tolist()
    examples = run.dataset.validation
    said = [captioner.describe(examples.path(at), max_tokens=9) for at in range(len(examples))]
    assert [caption.text for caption in said] == written
    assert said[0].heatmap(0).shape == (2, 4)
    with pytest.raises(ExplorerError, match="has learned already"):
        _train(make(caption_recipe(encoder, captioner=stem)))


# Left, and taken up


def test_a_stopped_training_ends_as_one_that_never_stopped(make: Make, encoder: Path):
    """Stopped in the middle of an epoch, with all chance on: bit by bit the same."""
    straight, stopped = make(caption_recipe(encoder)), make(caption_recipe(encoder))
    _train(straight)
    for step in (2, 8):
        events: list[Event] = []

        def is_there(step: int = step, events: list[Event] = events) -> bool:
            return any(one["kind"] == "step" and one["step"] >= step for one in events)

        assert _train(stopped, events.append, should_stop=is_there).state == "stopped"
    assert _train(stopped).state == "finished"
    one, two = _weights(straight), _weights(stopped)
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)
    first, second = (run.history().read().epochs for run in (straight, stopped))
    assert [replace(e, seconds=0, top5=0) for e in first] == [
        replace(e, seconds=0, top5=0) for e in second
    ]


def test_parts_of_a_batch_change_no_result(make: Make, encoder: Path):
    """In one part or in seven: also what is hidden from the decoder is the same."""
    usual = caption_recipe(encoder)
    runs = []
    for count in (1, 7):
        stage = replace(usual.stages[0], epochs=1, accumulation=count, optimiser="momentum")
        runs.append(make(replace(usual, stages=(stage,))))
        _train(runs[-1])
    one, two = (read_tensors(run.best)[0] for run in runs)
    assert max((one[name] - two[name]).abs().max().item() for name in one) < 1e-4


def test_a_captioner_goes_on_with_other_words(learned: Run, make: Make, tmp_path: Path):
    """What it knows it keeps; words that are new to it are learned, sizes stay."""
    data = draw_captioned(tmp_path / "more", count=20, seed=1)
    file = data / "captions.json"
    file.write_text(file.read_text().replace(" and ", " beside "))
    run = make(caption_recipe(learned.folder, stages=(replace(PLAIN, epochs=1),)), data)
    _train(run)
    first = learned.history().read().epochs[0]
    assert run.history().read().epochs[0].train_loss < first.train_loss - 0.3
    texts = explorer.load_captioner(weights=run.folder).vocabulary.texts
    assert "beside" in texts
    assert "and" not in texts
    kept = caption_recipe(learned.folder)
    kept = replace(kept, captioner=replace(kept.captioner, vocabulary="of the starting model"))
    vocabulary: Any = learner_for(kept, run.dataset).lesson
    assert "and" in vocabulary.vocabulary.texts


def test_a_stage_trains_what_it_says(make: Make, encoder: Path):
    """The decoder alone, or all but the encoder's first block."""
    for change, moving in (({"trained": "head"}, "decoder."), ({"frozen_blocks": 1}, None)):
        wanted = caption_recipe(encoder, stages=(replace(PLAIN, **change),))
        run = make(wanted)
        before = learner_for(wanted, run.dataset).network.state_dict()
        _train(run)
        after = read_tensors(run.best)[0]
        moved = {name for name in after if not torch.equal(before[name], after[name])}
        moving = moving or ("decoder.", "encoder.norm.")
        assert moved
        assert all(name.startswith(moving) for name in moved)


# What is seen of it


def test_sample_and_probe_show_captions(learned: Run):
    """What the network was told of some pictures; what it said of one, epoch by epoch."""
    history = learned.history().read()
    sample = read_sample(learned.folder / history.samples[0])
    assert sample.pixels.shape[1:] == (SIDE, SIDE, 3)
    assert all("disc" in caption for caption in sample.captions)
    last = read_probe(learned.folder / history.probes[max(history.probes)])
    assert last.heads.shape == (2, 4, 4)
    assert last.query == "words"
    assert last.said.startswith("a ")
    assert 0.3 < last.probability[0] <= 1


def test_its_captions_are_no_classes(learned: Run):
    """Who asks for the classes that were answered hears so."""
    with pytest.raises(ExplorerError, match="learns captions"):
        answers_of(learned)


def test_what_it_takes_is_told_first(make: Make, encoder: Path):
    """By a few steps; more captions of a picture need more memory."""
    usual = caption_recipe(encoder)
    needed = []
    for count in (1, 20):
        wanted = replace(usual, stages=(replace(usual.stages[0], captions_at_once=count),))
        known = estimate(wanted, make(wanted).dataset, lambda _: None, "cpu", trial_steps=1)
        assert known.seconds > 0
        assert known.fits
        needed.append(known.memory)
    assert needed[1] > 1.5 * needed[0]


# What is refused


def test_what_cannot_be_is_said(make: Make, encoder: Path, learned: Run):
    """Models that neither see nor write, and data of another kind, in a sentence each."""
    usual = caption_recipe(encoder)
    tiny = usual.captioner
    wrong = (
        (replace(usual, model="catr-v3"), "“catr-v3” cannot be trained here"),
        (replace(usual, captioner=replace(tiny, encoder_blocks=9)), "is 9, and .*model has 2"),
        (
            replace(usual, captioner=replace(tiny, vocabulary="of the starting model")),
            "has no words",
        ),
        (replace(usual, captioner=replace(tiny, seldom=1000)), "No word is 1000 times"),
        (replace(usual, model=str(learned.folder), image_size=(48, 48)), "32 × 32 pixels"),
        (replace(usual, task="classify"), "of these pictures captions are told"),
    )
    for wanted, said in wrong:
        with pytest.raises(ExplorerError, match=said):
            _train(make(wanted))
