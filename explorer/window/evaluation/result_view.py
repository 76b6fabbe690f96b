"""An evaluation, page by page: classes, confusion matrix, calibration, mistakes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QStackedWidget,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from ...training.evaluation.evaluation import Evaluation
from ..parts.elided_label import ElidedLabel
from ..parts.flat_button import FlatButton
from ..state import Selection
from .calibration_view import CalibrationView
from .class_table import ClassTable
from .figures import Figures
from .matrix_view import MatrixView
from .mistake_list import MistakeList

WIDE = 760  # pixels from which on the matrix stands beside the other pages
HIGH = 420  # from which on there is room for where the numbers come from
MATRIX = 1  # place among the pages


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


Page = ClassTable | MatrixPage | CalibrationView | MistakeList


class ResultView(QWidget):
    """Figures above, pages below; a page is filled when somebody looks at it.

    Where there is room, the confusion matrix stands beside the pages.
    """

    selected = Signal(Selection)  # pictures to be shown in the folder's place
    picture_chosen = Signal(Path, tuple)  # path, neighbours
    saving_wished = Signal()
    another_wished = Signal()
    enlarging_wished = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self._evaluation: Evaluation | None = None
        self._filled: set[QWidget] = set()  # pages that show it
        self._is_wide = False
        self._build()
        self._arrange()
        self._connect()

    def _build(self) -> None:
        self._title = ElidedLabel()
        self._title.setProperty("quiet", True)
        self._unreadable = FlatButton("")
        self._unreadable.setToolTip(self.tr("Show the pictures that were left out"))
        self._unreadable.setAccessibleName(self._unreadable.toolTip())
        self._figures = Figures()
        self._tabs = QTabBar()
        self._tabs.setAccessibleName(self.tr("Pages of the evaluation"))
        self._tabs.setExpanding(False)
        self._tabs.setUsesScrollButtons(False)
        self._tabs.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._table = ClassTable()
        self._matrix = MatrixPage()
        self._calibration = CalibrationView()
        self._mistakes = MistakeList()
        self._said = QLabel()
        self._said.setProperty("quiet", True)
        self._said.setWordWrap(True)
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setContentsMargins(12, 4, 12, 8)
        self._said.hide()

    def _build_more(self) -> FlatButton:
        more = FlatButton(self.tr("More"))
        more.setPopupMode(FlatButton.ToolButtonPopupMode.InstantPopup)
        more.setMenu(menu := QMenu(more))
        menu.addAction(self.tr("&Evaluate other pictures…"), self.another_wished.emit)
        menu.addAction(self.tr("&Save…"), self.saving_wished.emit)
        menu.addSeparator()
        enlarge = menu.addAction(self.tr("In a window of its &own"))
        enlarge.setCheckable(True)
        enlarge.triggered.connect(self.enlarging_wished)
        menu.aboutToShow.connect(lambda: enlarge.setChecked(isinstance(self.window(), QDockWidget)))
        return more

    def _arrange(self) -> None:
        above = QHBoxLayout()
        above.setContentsMargins(12, 4, 8, 0)
        above.setSpacing(2)
        above.addWidget(self._title, 1)
        above.addWidget(self._unreadable)
        above.addWidget(self._build_more())
        self._stack = QStackedWidget()
        self._pages: list[Page] = [self._table, self._matrix, self._calibration, self._mistakes]
        names = (
            self.tr("Classes"),
            self.tr("Matrix"),
            self.tr("Calibration"),
            self.tr("Mistakes"),
        )
        for page, name in zip(self._pages, names, strict=True):
            self._stack.addWidget(page)
            self._tabs.addTab(name)
        pages = QVBoxLayout()
        pages.setSpacing(0)
        pages.addWidget(self._tabs)
        pages.addWidget(self._stack, 1)
        self._halves = QHBoxLayout()
        self._halves.setSpacing(8)
        self._halves.addLayout(pages, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(above)
        column.addWidget(self._figures)
        column.addLayout(self._halves, 1)
        column.addWidget(self._said)

    def _connect(self) -> None:
        self._tabs.currentChanged.connect(self._turn_to)
        self._table.class_chosen.connect(self._select_class)
        self._matrix.matrix.cell_chosen.connect(self._select_cell)
        self._mistakes.mistake_chosen.connect(self._open_mistake)
        self._unreadable.clicked.connect(self._select_unreadable)

    def show_evaluation(self, evaluation: Evaluation, title: str) -> None:
        """Show this, on the page that was looked at last."""
        self._evaluation = evaluation
        self._filled.clear()
        self._title.setText(title)
        self._figures.show_evaluation(evaluation)
        counts = len(evaluation.answers), len(evaluation.mistakes)
        count = self.tr("{0} pictures, {1} mistakes.").format(*(f"{each:,}" for each in counts))
        self._said.setText(" ".join([count, *evaluation.answers.said]))
        self._title.setAccessibleDescription(self._said.text())
        left_out = len(evaluation.answers.unreadable)
        self._unreadable.setVisible(left_out > 0)
        self._unreadable.setText(self.tr("{0} left out").format(f"{left_out:,}"))
        self._turn_to(self._tabs.currentIndex())

    def _turn_to(self, place: int) -> None:
        self._stack.setCurrentWidget(self._pages[place])
        self._fill(self._pages[place])
        if self._is_wide:
            self._fill(self._matrix)

    def _fill(self, page: Page) -> None:
        if self._evaluation is not None and page not in self._filled:
            self._filled.add(page)
            page.show_evaluation(self._evaluation)

    # Room

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._said.setVisible(self.height() >= HIGH)
        if (self.width() >= WIDE) != self._is_wide:
            self._is_wide = not self._is_wide
            self._place_matrix()

    def _place_matrix(self) -> None:
        """Beside the other pages, or as one of them."""
        if self._is_wide and self._tabs.currentIndex() == MATRIX:
            self._tabs.setCurrentIndex(0)
        self._tabs.setTabVisible(MATRIX, not self._is_wide)
        if self._is_wide:
            self._halves.insertWidget(0, self._matrix, 1)
            self._matrix.show()
        else:
            self._stack.insertWidget(MATRIX, self._matrix)
        self._turn_to(self._tabs.currentIndex())

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
