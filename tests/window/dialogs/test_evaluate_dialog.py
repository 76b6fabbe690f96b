"""The Evaluate dialog: what is recognised, which half is taken, and that it is told."""

from collections.abc import Callable
from pathlib import Path

import PIL.Image
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QPushButton

from explorer.training.data.examples import LabelledPictures
from explorer.window.dialogs.evaluate_dialog import EvaluateDialog


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
def open_dialog(qtbot) -> Callable[..., EvaluateDialog]:
    """Opens it at a folder, and waits until that was looked at."""

    def open_one(place: Path | None) -> EvaluateDialog:
        made = EvaluateDialog("my model", place)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(made)
        made.chosen_pictures = []
        made.chosen.connect(made.chosen_pictures.append)
        made.open()
        qtbot.waitExposed(made)
        return made

    return open_one


def begin(dialog: EvaluateDialog) -> QPushButton:
    return next(b for b in dialog.findChildren(QPushButton) if b.text() == "Evaluate")


def close(dialog: EvaluateDialog, qtbot) -> None:
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_the_open_folder_is_recognised_at_once(open_dialog, fish, texts, qtbot):
    """Its classes, how they are told, and how many pictures validate."""
    dialog = open_dialog(fish)
    qtbot.waitUntil(begin(dialog).isEnabled)
    assert "my model" in texts(dialog)
    assert "2 classes. Classes are told by folders; “val” validates." in texts(dialog)
    assert dialog.findChild(QComboBox).currentText() == "those that validate: 4"
    close(dialog, qtbot)


def test_enter_evaluates_what_validates(open_dialog, fish, qtbot):
    """The pictures are told; the dialog is gone."""
    dialog = open_dialog(fish)
    qtbot.waitUntil(begin(dialog).isEnabled)
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    (pictures,) = dialog.chosen_pictures
    assert isinstance(pictures, LabelledPictures)
    assert (pictures.half, len(pictures.examples)) == ("validation", 4)
    assert not dialog.isVisible()


def test_another_half_is_chosen_by_keys(open_dialog, fish, qtbot):
    """All of them."""
    dialog = open_dialog(fish)
    qtbot.waitUntil(begin(dialog).isEnabled)
    box = dialog.findChild(QComboBox)
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_End)
    qtbot.mouseClick(begin(dialog), Qt.MouseButton.LeftButton)
    (pictures,) = dialog.chosen_pictures
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
