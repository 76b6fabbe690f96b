"""A training from Ctrl+T to its model in the window: real pictures, a real process, real keys."""

import shutil
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QToolButton, QWidget
from torch import Tensor, nn

from explorer import paths
from explorer.records import Weights
from explorer.training.data.examples import Examples
from explorer.training.engine.learner import load_learner
from explorer.training.runs.run import Run
from explorer.window.dialogs.fine_tune_dialog import FineTuneDialog
from explorer.window.main_window import MainWindow
from explorer.window.panels.runs import RunsPanel
from explorer.window.parts.sign_buttons import SignButton
from explorer.window.training.seen import RunSeen

from ..whole_window import activate

LONG = 60_000  # ms, on a busy machine
UNIT = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)  # the model sees 0..1
CONTROL = Qt.KeyboardModifier.ControlModifier
TYPED = {"Epochs": "2", "Batch size": "20", "Learning rate": "5e-4", "Name of the run": "first"}


@pytest.fixture
def small_cifar(shared, tmp_path) -> Path:
    """Of each of ten classes, 50 pictures to learn from and 40 to validate."""
    for ours, theirs, each in (("train", "train", 50), ("val", "test", 40)):
        folder = tmp_path / "cifar" / ours
        folder.mkdir(parents=True)
        for label in range(10):
            found = sorted(shared(f"data/cifar10/{theirs}").glob(f"{label}_*.jpg"))
            for picture in found[:each]:
                shutil.copy(picture, folder)
    return tmp_path / "cifar"


@pytest.fixture
def window(shared, small_cifar, open_real) -> MainWindow:
    """The window with the small model, at the pictures that will be learned from."""
    file = shared("data/weights/timm_vit_cifar10.safetensors")
    return open_real(Weights("", file, normalisation=UNIT), small_cifar / "train")


def named(parent: QWidget, kind: type[QWidget], name: str) -> QWidget:
    """What is visible of this kind and this accessible name."""
    found = [one for one in parent.findChildren(kind) if one.accessibleName() == name]
    return next(one for one in found if one.isVisible())


def choose(qtbot, menu: QMenu, text: str) -> None:
    """Go down an open menu to an entry, and take it."""
    for _ in menu.actions():
        qtbot.keyClick(menu, Qt.Key.Key_Down)
        if menu.activeAction().text().replace("&", "").startswith(text):
            break
    assert menu.activeAction().text().replace("&", "").startswith(text)
    qtbot.keyClick(menu, Qt.Key.Key_Return)


def set_up(window: MainWindow, qtbot) -> FineTuneDialog:
    """The open folder, the open model, and some numbers typed over those of the recipe."""
    activate(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_T, CONTROL)
    dialog = window.findChild(FineTuneDialog)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    menu = named(dialog, QToolButton, "Change the model").menu()
    menu.popup(dialog.mapToGlobal(dialog.rect().center()))  # a click would wait for its end
    choose(qtbot, menu, "The open model")
    for name, text in TYPED.items():
        line = named(dialog, QLineEdit, name)
        qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
        qtbot.keyClick(line, Qt.Key.Key_A, CONTROL)
        qtbot.keyClicks(line, text)
    assert named(dialog, QLineEdit, "Image size").text() == "32"  # as the model is open
    qtbot.waitUntil(lambda: dialog._start.isEnabled(), timeout=LONG)
    return dialog


def seen(window: MainWindow) -> RunSeen | None:
    runs = window.store.state.runs
    return runs[0] if runs else None


def in_memory(examples: Examples) -> tuple[Tensor, Tensor]:
    """Pictures as float32 (pictures, 3, 32, 32) in 0..1, and their labels."""
    files = [examples.path(place) for place in range(len(examples))]
    pixels = np.stack([np.asarray(PIL.Image.open(file).convert("RGB")) for file in files])
    return torch.tensor(pixels).permute(0, 3, 1, 2) / 255, torch.tensor(examples.labels)


def plain_loop(run: Run) -> float:
    """What one would write by hand, with the run's settings and seed; its best accuracy."""
    pixels, labels = in_memory(run.dataset.train)
    test, truth = in_memory(run.dataset.validation)
    network = load_learner(run.recipe, run.dataset.classes).network
    optimiser = torch.optim.Adam(network.parameters(), lr=5e-4, betas=(0.9, 0.98))
    chance, best = torch.Generator().manual_seed(run.recipe.seed), 0.0
    for _ in range(2):
        network.train()
        for batch in torch.randperm(len(pixels), generator=chance).split(20):
            loss = nn.functional.cross_entropy(network(pixels[batch]), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        network.eval()
        with torch.inference_mode():
            best = max(best, (network(test).argmax(1) == truth).float().mean().item())
    return best


def test_a_training_from_the_dialog_to_its_model(window, qtbot, capsys):
    """It learns what a plain loop learns, is seen to, and its best model opens in the window."""
    dialog = set_up(window, qtbot)
    qtbot.mouseClick(dialog._start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: seen(window) is not None and seen(window).is_alive, timeout=LONG)
    panel = window.findChild(RunsPanel)
    assert panel.isVisible()
    said = set()

    def has_finished() -> bool:
        said.add(panel.corner().text())
        return seen(window).doing not in ("new", "starting", "running")

    qtbot.waitUntil(has_finished, timeout=LONG)
    run, now = Run(paths.runs() / "first"), seen(window)
    assert now.doing == "finished", now.problem
    assert [epoch.epoch for epoch in now.epochs] == [1, 2]
    plain = plain_loop(run)
    with capsys.disabled():
        print(f"\nvalidation accuracy: {now.best.top1:.3f}, of the plain loop {plain:.3f}")
    assert now.best.top1 == pytest.approx(plain, abs=0.08)  # 400 pictures: 2.5 % is one deviation
    assert now.best.top1 > 0.35
    assert len(said) > 2, said  # it was followed while it went on
    use_it(window, panel, run, qtbot)


def use_it(window: MainWindow, panel: RunsPanel, run: Run, qtbot) -> None:
    """The model in the window is the best one of the run, and knows the names of its classes."""
    before = window.store.state.model
    qtbot.mouseClick(named(panel, SignButton, "More"), Qt.MouseButton.LeftButton)
    choose(qtbot, QApplication.activePopupWidget(), "Use this model")
    assert window.store.state.wanted.file == run.best
    qtbot.waitUntil(lambda: window.store.state.model is not before, timeout=LONG)
    qtbot.waitUntil(lambda: window.store.state.trace is not None, timeout=LONG)
    state = window.store.state
    assert state.model.labels == run.dataset.classes
    assert state.model.input_size == (32, 32)
