"""An evaluation, page by page: classes, confusion matrix, calibration, mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from ...training.evaluation import Evaluation
from ..parts.elided_label import ElidedLabel
from ..parts.flat_button import FlatButton
from ..state import Selection
from .calibration_view import CalibrationView
from .class_table import ClassTable
from .figures import Figures
from .matrix_view import MatrixView
from .mistake_list import MistakeList


class MatrixPage(QWidget):
    """The confusion matrix, and in words what one of its cells says."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix = MatrixView()
        self._reading = ElidedLabel()
        self._reading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.matrix.read.connect(self._reading.setText)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 4)
        column.setSpacing(2)
        column.addWidget(self.matrix, 1)
        column.addWidget(self._reading)
        self.setFocusProxy(self.matrix)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        self.matrix.show_evaluation(evaluation)


class ResultView(QWidget):
    """Figures above, pages below; a page is filled when somebody looks at it."""

    selected = Signal(Selection)  # pictures to be shown in the folder's place
    picture_chosen = Signal(Path, tuple)  # path, neighbours
    saving_wished = Signal()
    another_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._evaluation: Evaluation | None = None
        self._filled: set[int] = set()  # pages that show it
        self._build()
        self._arrange()
        self._connect()

    def _build(self) -> None:
        self._title = ElidedLabel()
        self._title.setProperty("quiet", True)
        self._save = FlatButton(self.tr("Save…"))
        self._save.setToolTip(self.tr("Save a report of it, or a table of its pictures"))
        self._another = FlatButton(self.tr("Evaluate…"))
        self._another.setToolTip(self.tr("Evaluate a model on labelled pictures"))
        self._figures = Figures()
        self._tabs = QTabBar()
        self._tabs.setAccessibleName(self.tr("Pages of the evaluation"))
        self._tabs.setExpanding(False)
        self._table = ClassTable()
        self._matrix = MatrixPage()
        self._calibration = CalibrationView()
        self._mistakes = MistakeList()
        self._pages = QStackedWidget()
        self._said = ElidedLabel()
        self._said.setProperty("quiet", True)
        self._unreadable = FlatButton("")
        self._unreadable.setToolTip(self.tr("Show the pictures that were left out"))

    def _arrange(self) -> None:
        pages: list[tuple[QWidget, str]] = [
            (self._table, self.tr("Classes")),
            (self._matrix, self.tr("Confusion")),
            (self._calibration, self.tr("Calibration")),
            (self._mistakes, self.tr("Mistakes")),
        ]
        for page, name in pages:
            self._pages.addWidget(page)
            self._tabs.addTab(name)
        above = QHBoxLayout()
        above.setContentsMargins(12, 4, 8, 0)
        above.setSpacing(2)
        above.addWidget(self._title, 1)
        above.addWidget(self._save)
        above.addWidget(self._another)
        below = QHBoxLayout()
        below.setContentsMargins(12, 2, 8, 4)
        below.addWidget(self._said, 1)
        below.addWidget(self._unreadable)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(above)
        column.addWidget(self._figures)
        column.addWidget(self._tabs)
        column.addWidget(self._pages, 1)
        column.addLayout(below)

    def _connect(self) -> None:
        self._tabs.currentChanged.connect(self._turn_to)
        self._table.class_chosen.connect(self._select_class)
        self._matrix.matrix.cell_chosen.connect(self._select_cell)
        self._mistakes.mistake_chosen.connect(self._open_mistake)
        self._unreadable.clicked.connect(self._select_unreadable)
        self._save.clicked.connect(self.saving_wished)
        self._another.clicked.connect(self.another_wished)

    def show_evaluation(self, evaluation: Evaluation, title: str) -> None:
        """Show this, on the page that was looked at last."""
        self._evaluation = evaluation
        self._filled.clear()
        self._title.setText(title)
        self._figures.show_evaluation(evaluation)
        count = f"{len(evaluation.answers):,}"
        said = [self.tr("{0} pictures.").format(count), *evaluation.answers.said]
        self._said.setText(" ".join(said))
        left_out = len(evaluation.answers.unreadable)
        self._unreadable.setVisible(left_out > 0)
        self._unreadable.setText(self.tr("{0} left out").format(f"{left_out:,}"))
        self._tabs.setTabText(3, self.tr("Mistakes {0}").format(f"{len(evaluation.mistakes):,}"))
        self._turn_to(self._tabs.currentIndex())

    def _turn_to(self, place: int) -> None:
        self._pages.setCurrentIndex(place)
        if self._evaluation is None or place in self._filled:
            return
        self._filled.add(place)
        fill: list[Callable[[Evaluation], None]] = [
            self._table.show_evaluation,
            self._matrix.show_evaluation,
            self._calibration.show_evaluation,
            self._mistakes.show_evaluation,
        ]
        fill[place](self._evaluation)

    # Pictures

    def _select_class(self, place: int) -> None:
        assert self._evaluation is not None
        name = self._evaluation.answers.classes[place]
        found = self._evaluation.of_class(place)
        if len(found):
            self._select(self.tr("{0}, the least recognised first").format(name), found)
        else:
            taken = np.flatnonzero(self._evaluation.predicted == place)
            self._select(self.tr("taken for {0}, wrongly").format(name), taken)

    def _select_cell(self, true: int, predicted: int) -> None:
        assert self._evaluation is not None
        classes = self._evaluation.answers.classes
        if true == predicted:
            title = self.tr("{0}, recognised").format(classes[true])
        else:
            title = self.tr("{0} taken for {1}").format(classes[true], classes[predicted])
        self._select(title, self._evaluation.cell(true, predicted))

    def _select(self, title: str, places: np.ndarray) -> None:
        assert self._evaluation is not None
        path = self._evaluation.answers.path
        self.selected.emit(Selection(title, tuple(path(place) for place in places.tolist())))

    def _select_unreadable(self) -> None:
        assert self._evaluation is not None
        answers = self._evaluation.answers
        paths = tuple(answers.folder / name for name in answers.unreadable)
        self.selected.emit(Selection(self.tr("left out, for they cannot be read"), paths))

    def _open_mistake(self, row: int) -> None:
        assert self._evaluation is not None
        around = self._evaluation.mistakes[[row]], self._evaluation.mistakes[row + 1 : row + 3]
        (path,), following = (
            [self._evaluation.answers.path(place) for place in places.tolist()] for places in around
        )
        self.picture_chosen.emit(path, tuple(following))
