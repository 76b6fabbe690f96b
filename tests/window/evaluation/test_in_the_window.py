"""From the menu to a mistake's attention: a real model on real pictures, by mouse and keys."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox

from explorer.records import Weights
from explorer.window.dialogs.evaluate_dialog import EvaluateDialog
from explorer.window.evaluation.matrix_view import MatrixView
from explorer.window.main_window import MainWindow
from explorer.window.panels.evaluation import EvaluationPanel
from explorer.window.thumbnails.thumbnail_grid import ThumbnailGrid

from ..whole_window import activate

LONG = 60_000  # ms; a thousand pictures on a busy machine
UNIT = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)  # the model sees 0..1


@pytest.fixture
def window(shared, open_real) -> MainWindow:
    """The window with the small CIFAR-10 model, at its test pictures."""
    weights = Weights(
        "", file=shared("data/weights/timm_vit_cifar10.safetensors"), normalisation=UNIT
    )
    return open_real(weights, shared("data/cifar10/test"))


def traced(window) -> Path | None:
    """The picture whose attention is shown."""
    state = window.store.state
    return state.picture.path if state.picture is not None and state.trace is not None else None


def evaluated(window) -> bool:
    evaluating = window.store.state.evaluating
    return evaluating is not None and evaluating.evaluation is not None


def test_from_the_menu_to_a_mistakes_attention(window, shared, qtbot):
    """Ctrl+E, Enter: the accuracy of the weights' own record; a cell's pictures, each traced."""
    activate(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    dialog = window.findChild(EvaluateDialog)
    box = dialog.findChild(QComboBox)
    qtbot.waitUntil(lambda: box.currentText() == "all: 1,000", timeout=LONG)
    beats: list[bool] = []
    timer = QTimer(window, interval=2, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(lambda: beats.append(evaluated(window)))
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    timer.start()
    qtbot.waitUntil(lambda: evaluated(window), timeout=LONG)
    timer.stop()
    assert beats.count(False) > 20  # the window goes on meanwhile
    evaluation = window.store.state.evaluating.evaluation
    assert evaluation.top1 == pytest.approx(0.559, abs=0.03)  # as models.json has it
    assert window.findChild(EvaluationPanel).isVisible()
    _open_a_cell(window, evaluation, qtbot)


def _open_a_cell(window, evaluation, qtbot) -> None:
    """Dogs that are taken for cats, in the folder panel, the surest traced; and the way back."""
    panel = window.findChild(EvaluationPanel)
    panel._result._tabs.setCurrentIndex(1)
    matrix, grid = panel.findChild(MatrixView), window.findChild(ThumbnailGrid)
    place = matrix.cell_rect(5, 3).center().toPoint()
    qtbot.mouseClick(matrix, Qt.MouseButton.LeftButton, pos=place)
    count = int(evaluation.matrix[5, 3])
    assert grid.model().rowCount() == count
    surest: Path = evaluation.answers.path(int(evaluation.cell(5, 3)[0]))
    state = window.store.state
    assert state.path == surest
    assert state.selection.title == "dog taken for cat"
    qtbot.waitUntil(lambda: traced(window) == surest)
    assert window.store.state.trace.probability.argmax() == 3
    grid.setFocus()
    qtbot.keyClick(grid, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: traced(window) == evaluation.answers.path(evaluation.cell(5, 3)[1]))
    activate(window, qtbot)  # the dialog had been
    qtbot.keyClick(grid, Qt.Key.Key_Backspace)
    assert grid.model().rowCount() == 1000
