"""What a person sees of a training on the terminal."""

import io
import sys

import pytest

from explorer.commands.training.terminal import Terminal

STARTED = {
    "kind": "started", "epochs": 2, "processes": 1, "model": "tiny", "device": "CPU", "step": 0,
    "precision": "float32", "pictures": 30, "validation_pictures": 6, "steps": 8,
    "origin": "Random values.",
}  # fmt: skip
STEP = {"kind": "step", "step": 1, "epoch": 1, "pictures_per_second": 9.0, "eta_seconds": 3.0}
EPOCH = {"kind": "epoch", "epoch": 1, "top1": 0.5, "train_accuracy": 0.25, "is_best": True}


class _Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_an_epoch_is_a_line_and_a_file_gets_no_bar(capsys: pytest.CaptureFixture[str]):
    """Where the weights came from stands above."""
    with Terminal() as terminal:
        for event in (STARTED, {**STEP, "loss": 1.5}, {**EPOCH, "loss": 1.0, "train_loss": 2.0}):
            terminal.hear(event)
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "tiny on CPU, float32: 30 pictures, 6 to validate; 2 epochs, 8 steps.",
        "Random values.",
        "Epoch 1/2: 50.00% right, loss 1.000 (training: 25.00%, 2.000), the best so far",
    ]


def test_the_bar_of_loading_goes_when_the_training_begins(monkeypatch: pytest.MonkeyPatch):
    """A training lasts for hours; nobody is told meanwhile that its model is being loaded."""
    screen = _Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with Terminal() as terminal:
        terminal.progress("Loading tiny.pth", 0.5)
        for event in (STARTED, {**STEP, "loss": 1.5}):
            terminal.hear(event)
    shown = screen.getvalue().partition("tiny on CPU")[2]
    assert "loss 1.500" in shown
    assert "Loading" not in shown


def test_one_is_no_plural(capsys: pytest.CaptureFixture[str]):
    with Terminal() as terminal:
        terminal.hear({**STARTED, "epochs": 1, "steps": 1})
    assert "1 epoch, 1 step." in capsys.readouterr().err


def test_a_loss_that_is_no_number_is_shown_as_such(monkeypatch: pytest.MonkeyPatch):
    """In events it is null; the training's own sentence about it comes after."""
    screen = _Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with Terminal() as terminal:
        for event in (STARTED, {**STEP, "loss": None}, {**EPOCH, "loss": None, "train_loss": None}):
            terminal.hear(event)
    assert "loss NaN, 9.0 pictures/s, 00:03 left" in screen.getvalue()
    assert "50.00% right, loss NaN (training: 25.00%, NaN)" in screen.getvalue()


def test_no_time_is_told_before_it_is_known(monkeypatch: pytest.MonkeyPatch):
    """The first step is too slow to tell anything."""
    screen = _Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    with Terminal() as terminal:
        for event in (STARTED, {**STEP, "loss": 1.5, "eta_seconds": None}):
            terminal.hear(event)
    assert "loss 1.500, 9.0 pictures/s" in screen.getvalue()
    assert "left" not in screen.getvalue()


def test_pictures_that_are_passed_over_are_named_but_not_all_of_many(
    capsys: pytest.CaptureFixture[str],
):
    """Ten, and how many they are in all."""
    with Terminal() as terminal:
        for number in range(12):
            terminal.hear({"kind": "unreadable", "reason": f"{number}.jpg is cut off."})
    said = capsys.readouterr().err
    assert said.count("Passed over: ") == 10
    assert "In all 12 pictures were passed over: see events.jsonl." in said
