"""A training learns what a plain loop would, can be left anywhere, and says what stops it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState, PartialState
from PIL import Image
from torch import nn

import explorer
from explorer.errors import ExplorerError
from explorer.models.loading import load_network
from explorer.records import Weights
from explorer.training.engine import desk
from explorer.training.engine.learner import load_learner
from explorer.training.engine.learning import Learning
from explorer.training.engine.program import Outcome, Wants, train
from explorer.training.engine.tensor_file import read_tensors
from explorer.training.pictures.batches import Feed
from explorer.training.recipes.recipe import Averaging, Mixing, Pictures, Recipe, Start
from explorer.training.runs.events import Event
from explorer.training.runs.probe import read_probe
from explorer.training.runs.run import Run
from explorer.training.runs.sample import read_sample

from ..tiny import CLASSES, SIDE, draw_model, make_run, plain, recipe

try:
    import resource
except ImportError:  # Windows
    resource = None

Make = Callable[..., Run]


@pytest.fixture
def make(tmp_path: Path, pictures: Path) -> Make:
    """Makes runs: of a recipe, and perhaps of other pictures."""
    count = iter(range(100))

    def make_one(wanted: Recipe, data: Path = pictures) -> Run:
        return make_run(tmp_path / f"run {next(count)}", wanted, data)

    return make_one


@pytest.fixture(autouse=True)
def _fresh_accelerate() -> Iterator[None]:
    """Accelerate is set up once a process, for one precision; here, for each training."""
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
    PartialState._reset_state()


@pytest.fixture(autouse=True)
def _every_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else only now and then, as the clock says."""
    monkeypatch.setattr(desk, "LOOK_SECONDS", 0.0)


def _train(run: Run, heard: Callable[[Event], None] | None = None, **wants: Any) -> Outcome:
    AcceleratorState._reset_state(reset_partial_state=True)
    return train(run, Wants(device="cpu", heard=heard, **wants))


def _tensors(run: Run) -> dict[str, torch.Tensor]:
    last, best = (read_tensors(file)[0] for file in (run.last, run.best))
    return {**last, **{f"best {name}": tensor for name, tensor in best.items()}}


def _are_equal(first: Run, second: Run) -> bool:
    one, two = _tensors(first), _tensors(second)
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def _distance(first: Run, second: Run) -> float:
    one, two = _tensors(first), _tensors(second)
    assert one.keys() == two.keys()
    return max((one[name].double() - two[name].double()).abs().max().item() for name in one)


def _stop_at(step: int, events: list[Event]) -> Callable[[], bool]:
    """A wish to stop, once a step was told."""
    return lambda: any(event["kind"] == "step" and event["step"] >= step for event in events)


# What is learned


def _plain_loop(run: Run) -> tuple[dict[str, torch.Tensor], list[float]]:
    """The same training, written down by hand; returns weights and validation accuracies."""
    wanted, data = run.recipe, run.dataset
    network: Any = load_network(Weights("", file=Path(wanted.model))).network
    network.requires_grad_(True).reset_classifier(CLASSES)
    nn.init.zeros_(network.head.weight)
    nn.init.zeros_(network.head.bias)
    stage = wanted.stages[0]
    optimiser = torch.optim.SGD(network.parameters(), stage.learning_rate, momentum=0.9)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, stage.epochs * 4)
    preprocessing = load_learner(wanted, data.classes).preprocessing
    accuracies = []
    with Feed(data, wanted, preprocessing) as feed:
        for epoch in range(stage.epochs):
            network.train()
            for batch in feed.training(0, epoch):
                pixels, labels = batch.on(torch.device("cpu"))
                nn.functional.cross_entropy(network(pixels), labels).backward()
                optimiser.step()
                optimiser.zero_grad()
                schedule.step()
            network.eval()
            with torch.no_grad():
                right = [
                    (network(pixels).argmax(1) == labels).sum().item()
                    for pixels, labels in (b.on(torch.device("cpu")) for b in feed.validation(8))
                ]
            accuracies.append(sum(right) / len(data.validation))
    return network.state_dict(), accuracies


def test_it_ends_with_the_weights_of_a_plain_loop(make: Make, model: Path):
    """The same settings, written down by hand, come to the same weights and accuracies."""
    run = make(plain(model))
    outcome = _train(run)
    weights, accuracies = _plain_loop(run)
    learned = read_tensors(run.last)[0]
    for name, tensor in weights.items():
        torch.testing.assert_close(learned[f"state.model.{name}"], tensor, rtol=1e-4, atol=1e-5)
    assert [epoch.top1 for epoch in run.history().read().epochs] == pytest.approx(accuracies)
    assert (outcome.state, outcome.epochs) == ("finished", 2)
    assert "of the validation pictures right" in str(outcome)


def test_it_learns(make: Make, model: Path):
    """Three colours under noise are told apart after some epochs."""
    wanted = plain(model)
    run = make(replace(wanted, stages=(replace(wanted.stages[0], epochs=12),)))
    _train(run)
    history = run.history().read()
    assert history.best.top1 == 1.0
    assert history.epochs[-1].train_loss < 0.8 < history.epochs[0].train_loss


STAGES = recipe(Path("any")).stages


def test_parts_of_a_batch_change_no_result(make: Make, model: Path):
    """With all chance on: in one part, or in as many as there are pairs."""
    whole, parted = (
        make(replace(recipe(model), stages=tuple(replace(s, accumulation=n) for s in STAGES)))
        for n in (1, 4)
    )
    _train(whole)
    _train(parted)
    assert _distance(whole, parted) < 1e-4


def test_a_stage_trains_what_it_says(make: Make, model: Path):
    """Frozen blocks stay as they are; so does all but the head, where only that is trained."""
    for change, moving in (
        ({"frozen_blocks": 1}, ("blocks.1.", "norm.", "head.")),
        ({"trained": "head"}, ("head.",)),
        ({"trained": "attention and head"}, ("blocks.0.attn.", "blocks.1.attn.", "head.")),
    ):
        stage = replace(plain(model).stages[0], epochs=1, **change)
        run = make(plain(model, stages=(stage,)))
        _train(run)
        before, after = read_tensors(model)[0], read_tensors(run.best)[0]
        moved = {name for name in after if not torch.equal(before[name], after[name])}
        assert moved
        assert all(name.startswith(moving) for name in moved)
        assert all(any(name.startswith(start) for name in moved) for start in moving)


def test_a_stage_ends_early_for_want_of_something_better(make: Make, model: Path):
    """With a learning rate that moves nothing, no epoch is better than the first."""
    stage = replace(plain(model).stages[0], epochs=9, learning_rate=1e-12, patience=2)
    run = make(plain(model, stages=(stage, replace(stage, epochs=1))))
    outcome = _train(run)
    assert [(epoch.stage, epoch.is_best) for epoch in run.history().read().epochs] == [
        *((0, True), (0, False), (0, False), (1, False))
    ]
    assert outcome.state == "finished"


def test_the_mean_of_the_weights_is_validated_and_kept(make: Make, model: Path):
    """The best model is the mean, not the weights of the last step."""
    run = make(plain(model, averaging=Averaging(decay=0.5, warmup=False)))
    _train(run)
    assert run.history().read().best.epoch == 2
    last, best = read_tensors(run.last)[0], read_tensors(run.best)[0]
    mean = {n.removeprefix("state.average."): t for n, t in last.items() if "average" in n}
    assert all(torch.equal(best[name], mean[name]) for name in best)
    assert not torch.equal(mean["head.weight"], last["state.model.head.weight"])


def test_pictures_are_mixed_but_for_the_last_epochs(make: Make, model: Path):
    """The sample shows it, with what the network is told of each picture."""
    mixing = Mixing(mixup=0.5, cutmix=1.0, last_epochs_without=1)
    mixed, true = (make(plain(model, mixing=mixing, stages=s)) for s in _long_and_short(model))
    for run, share in ((mixed, 0.5), (true, 0.0)):
        _train(run)
        sample = read_sample(run.folder / run.history().read().samples[0])
        assert sample.pixels.shape == (8, SIDE, SIDE, 3)
        np.testing.assert_allclose(sample.targets.sum(axis=1), 1, rtol=1e-5)
        assert ((sample.targets > 0) & (sample.targets < 1)).any(axis=1).mean() >= share
        assert ((sample.targets == 1).any(axis=1)).all() == (share == 0)


def _long_and_short(model: Path) -> Iterator[tuple[Any, ...]]:
    for epochs in (2, 1):
        yield (replace(plain(model).stages[0], epochs=epochs),)


# What is kept


def test_the_best_model_opens_as_any(make: Make, model: Path, pictures: Path):
    """By the run's folder; with classes' names, framing, normalisation; its answers are kept."""
    look = Pictures(framing="crop", mean=(0.1, 0.2, 0.3), std=(0.9, 0.8, 0.7))
    (pictures / "classes.txt").write_text("red\ngreen\nblue\n")
    try:
        run = make(plain(model, pictures=look))
    finally:
        (pictures / "classes.txt").unlink()
    _train(run)
    vit = explorer.load_vit(weights=run.folder)
    assert vit.info.labels == ("red", "green", "blue")
    assert (vit.info.framing, vit.info.heads) == ("crop", 2)
    assert "normalised as best.safetensors says" in vit.info.source
    with np.load(run.validation) as kept:
        paths = [pictures / name for name in kept["filenames"]]
        np.testing.assert_allclose(vit.predict(paths), kept["probabilities"], atol=1e-5)
        right = kept["probabilities"].argmax(axis=1) == kept["labels"]
    assert right.mean() == pytest.approx(run.history().read().best.top1)


@pytest.mark.parametrize(
    ("name", "size", "start"),
    [
        ("deit_tiny_distilled_patch16_224", 32, Start()),
        ("eva02_tiny_patch14_224", 28, Start()),
        ("vit_small_patch14_reg4_dinov2", 28, Start()),
        ("vit_tiny_r_s16_p8_224", 64, Start()),
        ("test_vit", 32, Start(arguments={"depth": 2, "act_layer": "quick_gelu"})),
    ],
)
def test_other_architectures_open_as_they_were_trained(
    make: Make, tmp_path: Path, name: str, size: int, start: Start
):
    """Two heads, rotations, registers, convolutions, an own size: the answers are the same."""
    wanted = plain(Path(name), pretrained=False, image_size=(size, size), start=start)
    stage = replace(wanted.stages[0], epochs=1, learning_rate=1e-3, batch_size=27)
    run = make(replace(wanted, stages=(stage,)))
    _train(run)
    vit = explorer.load_vit(weights=run.folder)
    with np.load(run.validation) as kept:
        paths = [run.dataset.validation.folder / name for name in kept["filenames"]]
        np.testing.assert_allclose(vit.predict(paths), kept["probabilities"], atol=1e-5)


def test_a_run_without_an_epoch_has_no_model(make: Make, model: Path):
    """It says so, instead of listing files."""
    run = make(plain(model))
    with pytest.raises(ExplorerError, match="has no model yet: no epoch"):
        explorer.load_vit(weights=run.folder)


def test_a_run_goes_on_from_the_best_of_another(make: Make, model: Path):
    """Its classes are known, so its head can be kept; a head for others cannot."""
    usual = plain(model)
    first = make(replace(usual, stages=(replace(usual.stages[0], epochs=12),)))
    _train(first)
    second = make(plain(first.folder, new_head="kept"))
    _train(second)
    learned = second.history().read()
    assert learned.epochs[0].train_loss < first.history().read().epochs[0].train_loss - 0.2
    stranger = draw_model(first.folder.parent / "stranger.safetensors")
    tensors = read_tensors(stranger)[0]
    tensors["head.weight"], tensors["head.bias"] = torch.zeros(5, 16), torch.zeros(5)
    explorer.training.engine.tensor_file.write_tensors(stranger, tensors, {})
    with pytest.raises(ExplorerError, match="it knows 5 classes, and the pictures have 3"):
        _train(make(plain(stranger, new_head="kept")))


def test_the_probe_is_followed(make: Make, model: Path, pictures: Path):
    """Before training and after each epoch: where the network looks, on the chosen picture."""
    probe = pictures / "1_3.png"
    run = make(plain(model, probe=str(probe)))
    _train(run)
    history = run.history().read()
    assert sorted(history.probes) == [0, 1, 2]
    probes = [read_probe(run.folder / path) for path in history.probes.values()]
    vit = explorer.load_vit(weights=run.folder)
    trace = vit.trace(probe)
    shown = probes[history.best.epoch]
    np.testing.assert_allclose(shown.mean, trace.attention(), atol=1e-6)
    np.testing.assert_allclose(shown.probability, trace.probability, atol=1e-6)
    assert (shown.frame, shown.query, shown.epoch) == (trace.frame, "class", history.best.epoch)
    assert np.abs(probes[2].heads - probes[0].heads).max() > 1e-6


def test_it_computes_where_the_recipe_says(make: Make, model: Path):
    """Unless whoever starts it wants it elsewhere; where that is nowhere, the run says so."""
    run = make(plain(model, device="cuda:77"))
    with pytest.raises(ExplorerError, match="There is no device “cuda:77” here"):
        train(run)
    assert "cuda:77" in _problem(run)
    assert _train(run).state == "finished"


def test_what_trained_it_is_written_down(make: Make, model: Path):
    """Versions, device and command lie beside the results."""
    run = make(plain(model))
    _train(run)
    versions = json.loads((run.folder / "versions.json").read_text())
    assert versions["torch"].startswith(torch.__version__.split("+")[0])
    assert (versions["device"], versions["processes"]) == ("CPU", 1)


# Left, and taken up


def test_a_stopped_training_ends_as_one_that_never_stopped(make: Make, model: Path):
    """Stopped twice, in the middle of an epoch and of a stage; bit by bit the same."""
    straight, stopped = make(recipe(model)), make(recipe(model))
    _train(straight)
    for step in (2, 9):
        events: list[Event] = []
        outcome = _train(stopped, events.append, should_stop=_stop_at(step, events))
        assert outcome.state == "stopped"
        assert stopped.state == "stopped"
        assert "all is saved" in str(outcome)
    assert _train(stopped).state == "finished"
    assert _are_equal(straight, stopped)
    one, two = (run.history().read() for run in (straight, stopped))
    for first, second in zip(one.epochs, two.epochs, strict=True):
        assert replace(first, seconds=0) == replace(second, seconds=0)
    assert (np.diff(two.steps) > 0).all()


def test_a_training_is_stopped_while_its_model_is_loaded(make: Make, model: Path):
    """Before its first step, or before it goes on: that is no error, and nothing is lost."""
    run = make(plain(model))
    assert str(_train(run, should_stop=lambda: True)) == "Stopped before its first step."
    assert (run.state, run.last.exists()) == ("stopped", False)
    events: list[Event] = []
    _train(run, events.append, should_stop=_stop_at(2, events))
    assert _train(run, should_stop=lambda: True).step == 2
    assert (run.state, _train(run).state) == ("stopped", "finished")


def test_a_finished_run_is_not_trained_again(make: Make, model: Path):
    """It says how it ended, and stays as it is, whatever may be wrong by now."""
    run = make(plain(model))
    first = str(_train(run))
    before = run.last.stat().st_mtime_ns, run.events.read_bytes()
    assert str(_train(run)) == first
    with pytest.raises(ExplorerError, match="no device"):
        train(run, Wants(device="cuda:77"))
    (run.folder / "data.json").unlink()
    with pytest.raises(ExplorerError, match=r"data\.json"):
        _train(run)
    assert (run.last.stat().st_mtime_ns, run.events.read_bytes()) == before


def test_files_ask_it_to_pause_and_to_stop(make: Make, model: Path):
    """Paused, it has saved and holds still; the wishes are gone when it has stopped."""
    run = make(plain(model))
    heard: list[str] = []

    def hear(event: Event) -> None:
        heard.append(event["kind"])
        if event["kind"] == "started":
            run.ask("pause")
        elif event["kind"] == "paused":
            assert run.last.exists()
            assert run.state == "paused"
            run.take_back("pause")
        elif event["kind"] == "continued":
            assert run.state == "running"
            run.ask("stop")

    assert _train(run, hear).state == "stopped"
    assert heard.index("paused") < heard.index("continued") < heard.index("stopped")
    assert not (run.folder / "stop").exists()
    assert _train(run).state == "finished"


# What stops it


def _problem(run: Run) -> str:
    problem = run.history().read().problem
    assert problem is not None
    assert run.state == "failed"
    return problem.message


def test_numbers_that_are_none_end_it_with_a_good_checkpoint(make: Make, model: Path):
    """Weights that grow a thousandfold each step: the last checkpoint is from before that."""
    wild = replace(plain(model).stages[0], learning_rate=90.0, weight_decay=90.0, epochs=99)
    run = make(plain(model, stages=(wild,)))
    with pytest.raises(ExplorerError, match="is not a number any more"):
        _train(run, save_seconds=0)
    assert "is not a number any more" in _problem(run)
    assert all(tensor.isfinite().all() for tensor in read_tensors(run.last)[0].values())


def test_a_data_folder_that_is_gone_is_said_and_all_is_saved(
    make: Make, model: Path, pictures: Path, tmp_path: Path
):
    """In the middle of an epoch; with the folder back it goes on to the same end."""
    copy = shutil.copytree(pictures, tmp_path / "unplugged")
    straight, run = (make(recipe(model, cache_share=0.0), copy) for _ in range(2))
    _train(straight)
    away = copy.with_name("elsewhere")

    def unplug(event: Event) -> None:
        if event["kind"] == "step" and event["step"] == 3:
            copy.rename(away)

    with pytest.raises(ExplorerError, match="The folder “unplugged” is not there any more"):
        _train(run, unplug)
    assert "is not there any more" in _problem(run)
    with pytest.raises(ExplorerError, match="is not there any more"):
        _train(run)
    away.rename(copy)
    _train(run)
    assert _are_equal(straight, run)


def test_a_broken_picture_is_passed_over_and_told(
    make: Make, model: Path, pictures: Path, tmp_path: Path
):
    """The first of each half: others are learned from, and validate; the second is the probe."""
    copy = shutil.copytree(pictures, tmp_path / "copy")
    run = make(plain(model), copy)
    halves = run.dataset.halves
    broken = [half.path(0) for half in halves]
    for path in broken:
        path.write_bytes(bytes(path.stat().st_size))  # the size says nothing
    assert _train(run).state == "finished"
    history = run.history().read()
    assert set(history.unreadable) == set(map(str, broken))
    probe = read_probe(run.folder / history.probes[history.best.epoch])
    with np.load(run.validation) as kept:
        assert len(kept["filenames"]) == len(halves[1]) - 1
        assert broken[1].name not in kept["filenames"]
        np.testing.assert_allclose(probe.probability, kept["probabilities"][0], atol=1e-5)


@pytest.mark.skipif(resource is None, reason="limits of files are POSIX")
def test_a_full_disk_ends_it_with_a_usable_checkpoint(make: Make, model: Path):
    """The last one that fitted is kept, and with room again it goes on to the same end."""
    straight, run = make(recipe(model)), make(recipe(model))
    _train(straight)
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(event: Event) -> None:
        if event["kind"] == "saved" and event["step"] >= 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, unlimited[1]))

    try:
        with pytest.raises(ExplorerError, match=r"The disk is full: .* cannot be written"):
            _train(run, fill, save_seconds=0)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    assert "The disk is full" in _problem(run)
    assert not list(run.folder.glob(".*.part"))
    _train(run)
    assert _are_equal(straight, run)


def test_missing_memory_is_said_with_what_needs_less(
    make: Make, model: Path, monkeypatch: pytest.MonkeyPatch
):
    """As CUDA says it, and as torch says it on the CPU."""
    run = make(plain(model))
    for error in (
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."),
    ):

        def fail(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(Learning, "_learn_part", fail)
        with pytest.raises(ExplorerError, match="does not hold 8 pictures at once") as caught:
            _train(run)
        assert "stages.0.accumulation = 2 changes no result" in caught.value.hint
        assert "does not hold 8 pictures" in _problem(run)


def test_more_parts_are_allowed_to_a_run_that_ran_out_of_memory(make: Make, model: Path):
    """They change no result, so it goes on where it was; what changes it is refused."""
    run = make(plain(model))
    events: list[Event] = []
    _train(run, events.append, should_stop=_stop_at(2, events))
    file = run.folder / "recipe.toml"
    text = file.read_text()
    file.write_text(text.replace("accumulation = 1", "accumulation = 4"))
    events.clear()
    _train(run, events.append, should_stop=_stop_at(5, events))
    file.write_text(text.replace("learning_rate = 0.05", "learning_rate = 0.5"))
    with pytest.raises(ExplorerError, match=r"recipe\.toml of run 0 was changed"):
        _train(run)


def test_a_recipe_that_is_changed_while_it_trains_is_refused_afterwards(make: Make, model: Path):
    """What was saved belongs to the recipe that was trained, whatever its file says by then."""
    run = make(plain(model))
    file = run.folder / "recipe.toml"
    events: list[Event] = []

    def hear(event: Event) -> None:
        events.append(event)
        file.write_text(file.read_text().replace("learning_rate = 0.05", "learning_rate = 0.5"))

    _train(run, hear, should_stop=_stop_at(2, events))
    with pytest.raises(ExplorerError, match=r"recipe\.toml of run 0 was changed"):
        _train(run)


def test_a_damaged_checkpoint_and_other_pictures_are_refused(
    make: Make, model: Path, pictures: Path, tmp_path: Path
):
    """A sentence each, and nothing is overwritten."""
    copy = shutil.copytree(pictures, tmp_path / "copy")
    run = make(plain(model), copy)
    events: list[Event] = []
    _train(run, events.append, should_stop=_stop_at(2, events))
    whole = run.last.read_bytes()
    run.last.write_bytes(whole[:1000])
    with pytest.raises(ExplorerError, match=r"last\.safetensors in .* cannot be read"):
        _train(run)
    run.last.write_bytes(whole)
    Image.new("RGB", (9, 9)).save(copy / "0_0.png")
    with pytest.raises(ExplorerError, match="are not those that its training began with"):
        _train(run)


def test_a_wrong_model_is_said(make: Make, model: Path, tmp_path: Path):
    """Neither a name that nobody knows nor a file that is no model makes a traceback."""
    with pytest.raises(ExplorerError):
        _train(make(plain(Path("vit_that_nobody_made"))))
    (tmp_path / "no.safetensors").write_bytes(b"nothing")
    run = make(plain(tmp_path / "no.safetensors"))
    with pytest.raises(ExplorerError, match=r"no\.safetensors"):
        _train(run)
    assert _problem(run)
    with pytest.raises(ExplorerError, match="needs CUDA"):
        _train(make(plain(model, precision="float16")))


def test_half_precision_learns(make: Make, model: Path):
    """In bfloat16, weights and their checkpoints stay float32."""
    run = make(plain(model, precision="bfloat16"))
    _train(run)
    last = read_tensors(run.last)[0]
    assert {tensor.dtype for name, tensor in last.items() if "model" in name} == {torch.float32}
    assert run.history().read().started["precision"] == "bfloat16"
