"""The Evaluate dialog: which model, what is recognised, which half is taken; that it is told."""

from collections.abc import Callable
from pathlib import Path

import PIL.Image
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QPushButton, QToolButton

from explorer.records import Weights
from explorer.training.data.examples import LabelledPictures
from explorer.window.dialogs.checkpoint_dialog import CheckpointDialog
from explorer.window.dialogs.evaluate_dialog import EvaluateDialog
from explorer.window.dialogs.model_dialog import ModelDialog

BEST = Weights("", Path("runs", "fish", "best.safetensors"))  # of a run
MODELS = [("first", "my model"), ("second", "another"), (BEST, "fish/best")]


@pytest.fixture
def fish(tmp_path: Path) -> Path:
    """Two classes, divided."""
    for half, count in (("train", 3), ("val", 2)):
        for kind in ("tench", "goldfish"):
            for number in range(count):
                path = tmp_path / "fish" / half / kind / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                PIL.Image.new("RGB", (8, 8)).save(path)
    return tmp_path / "fish"


@pytest.fixture
def open_dialog(qtbot, controller) -> Callable[..., EvaluateDialog]:
    """Opens it at a folder, and waits until that was looked at."""

    def open_one(place: Path | None, models=MODELS) -> EvaluateDialog:
        made = EvaluateDialog(models, place, controller, "*.pth")
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(made)
        made.told = []
        made.chosen.connect(lambda *what: made.told.append(what))
        made.open()
        qtbot.waitExposed(made)
        return made

    return open_one


def begin(dialog: EvaluateDialog) -> QPushButton:
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == "Evaluate")


def entry(dialog: EvaluateDialog, button: str, text: str) -> QAction:
    """What a button's menu offers."""
    (found,) = (b for b in dialog.findChildren(QToolButton) if b.accessibleName() == button)
    found.menu().aboutToShow.emit()
    return next(a for a in found.menu().actions() if a.text().replace("&", "").startswith(text))


def close(dialog: EvaluateDialog, qtbot) -> None:
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_the_open_folder_is_recognised_at_once(open_dialog, fish, texts, qtbot):
    """Its classes, how they are told, and how many pictures validate."""
    dialog = open_dialog(fish)
    qtbot.waitUntil(begin(dialog).isEnabled)
    assert "my model" in texts(dialog)
    assert "2 classes. Classes are told by folders; “val” validates." in texts(dialog)
    assert dialog.focusWidget() is begin(dialog)  # where Enter and Space go on
    assert dialog.findChild(QComboBox).currentText() == "those that validate: 4"
    close(dialog, qtbot)


def test_enter_evaluates_what_validates(open_dialog, fish, qtbot):
    """The pictures are told; the dialog is gone."""
    dialog = open_dialog(fish)
    qtbot.waitUntil(begin(dialog).isEnabled)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    ((pictures, model),) = dialog.told
    assert isinstance(pictures, LabelledPictures)
    assert (pictures.half, len(pictures.examples), model) == ("validation", 4, "first")
    assert not dialog.isVisible()


def test_another_half_is_chosen_by_keys(open_dialog, fish, qtbot):
    """All of them."""
    dialog = open_dialog(fish)
    qtbot.waitUntil(begin(dialog).isEnabled)
    box = dialog.findChild(QComboBox)
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_End)
    qtbot.mouseClick(begin(dialog), Qt.MouseButton.LeftButton)
    ((pictures, _model),) = dialog.told
    assert (pictures.half, len(pictures.examples)) == ("all", 10)


def test_a_folder_that_is_not_labelled_says_why(open_dialog, tmp_path, texts, qtbot):
    """Nothing can be evaluated, and what was looked for is told."""
    PIL.Image.new("RGB", (8, 8)).save(tmp_path / "holiday.png")
    dialog = open_dialog(tmp_path)
    qtbot.waitUntil(lambda: "are not told. Looked for" in texts(dialog))
    assert not begin(dialog).isEnabled()
    close(dialog, qtbot)


def test_a_folder_is_dropped(open_dialog, fish, texts, qtbot):
    """Where none was open: it is looked at."""
    dialog = open_dialog(None)
    assert "drop one here" in texts(dialog)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(fish / "train"))])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    no_key = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(9, 9), copy, data, left, no_key)
    QApplication.sendEvent(dialog, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(dialog, QDropEvent(QPointF(9, 9), copy, data, left, no_key))
    qtbot.waitUntil(begin(dialog).isEnabled)
    assert dialog.findChild(QComboBox).currentText() == "all: 6"
    close(dialog, qtbot)


@pytest.mark.parametrize(("model", "name"), MODELS)
def test_any_model_at_hand_is_measured(open_dialog, fish, texts, qtbot, model, name):
    """The two that are open, and the best one of a run."""
    dialog = open_dialog(fish)
    entry(dialog, "Change the model", name).trigger()
    assert name in texts(dialog)
    qtbot.waitUntil(begin(dialog).isEnabled)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    ((_pictures, told),) = dialog.told
    assert told == model


def test_without_a_model_one_is_chosen_first(open_dialog, fish, texts, monkeypatch, qtbot):
    """From the list, or a checkpoint, by the dialogs that open them elsewhere."""
    dialog = open_dialog(fish, [])
    qtbot.waitUntil(dialog.findChild(QComboBox).isEnabled)
    assert "none yet" in texts(dialog)
    assert not begin(dialog).isEnabled()
    entry(dialog, "Change the model", "Choose from the list").trigger()
    found = dialog.findChild(ModelDialog)
    found.chosen.emit(Weights("vit_tiny_patch16_224"))
    found.close()
    assert "vit_tiny_patch16_224" in texts(dialog)
    assert begin(dialog).isEnabled()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("mine.pth", ""))
    entry(dialog, "Change the model", "Checkpoint file").trigger()
    found = dialog.findChild(CheckpointDialog)
    found.chosen.emit(Weights("", Path("mine.pth")))
    found.close()
    assert "mine.pth" in texts(dialog)
    close(dialog, qtbot)


def test_other_pictures_validate_and_a_file_names_them(
    open_dialog, fish, texts, monkeypatch, tmp_path, qtbot
):
    """As on the command line: --validation and --names."""
    names = tmp_path / "kinds.txt"
    names.write_text("goldfish Gold\ntench Schleie\n")
    train, val = str(fish / "train"), str(fish / "val")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: val)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(names), ""))
    dialog = open_dialog(Path(train))
    qtbot.waitUntil(begin(dialog).isEnabled)
    entry(dialog, "Choose the labelled pictures", "Validate with").trigger()
    qtbot.waitUntil(lambda: "“val” validates" in texts(dialog))
    entry(dialog, "Choose the labelled pictures", "Names of the classes from").trigger()
    qtbot.waitUntil(lambda: "their names by kinds.txt; “val” validates" in texts(dialog))
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    ((pictures, _model),) = dialog.told
    assert (len(pictures.examples), set(pictures.classes)) == (4, {"Gold", "Schleie"})
