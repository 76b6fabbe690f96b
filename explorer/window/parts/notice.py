"""The bar that tells an error, or an answer, in one sentence, until somebody has read it."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QSizePolicy

from ...errors import ExplorerError, WeightsMissing
from ..state import Wishes
from .flat_button import FlatButton

ABOVE = 5  # pixels over the first line, so that it stands beside the buttons' words
WIDE = 560  # pixels from which on the button stands beside the sentence, not below it


class Notice(QFrame):
    """A sentence with its next step; a newer one takes its place."""

    def __init__(self, wishes: Wishes) -> None:
        super().__init__()
        self._build()
        self._arrange()
        self._download.clicked.connect(wishes.download_wished)
        for button in (self._download, self._close):
            button.clicked.connect(self.hide)
        self.hide()

    def _build(self) -> None:
        self.setObjectName("notice")
        self._mark = QLabel()
        self._mark.setObjectName("notice_mark")
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        for label in (self._mark, self._text):
            label.setContentsMargins(0, ABOVE, 0, ABOVE)
        # A long sentence takes more lines, never a wider window.
        self._text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._download = QPushButton(self.tr("Download"))
        self._close = FlatButton("✕")
        self._close.setAccessibleName(self.tr("Dismiss"))
        self._close.setToolTip(self.tr("Dismiss"))

    def _arrange(self) -> None:
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 5, 6, 5)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(1, 1)
        self._grid.addWidget(self._mark, 0, 0, Qt.AlignmentFlag.AlignTop)
        self._grid.addWidget(self._text, 0, 1)
        self._grid.addWidget(self._download, 0, 2)
        self._grid.addWidget(self._close, 0, 3, Qt.AlignmentFlag.AlignTop)

    def resizeEvent(self, event: QResizeEvent) -> None:
        place = (0, 2) if self.width() >= WIDE else (1, 1)
        self._grid.addWidget(self._download, *place, Qt.AlignmentFlag.AlignLeft)

    def show_problem(self, error: ExplorerError) -> None:
        """Tell an error and its next step; missing weights can be fetched from here."""
        self._show("problem", self.tr("Problem"), str(error))
        self._download.setVisible(isinstance(error, WeightsMissing))

    def show_answer(self, text: str) -> None:
        """Tell what somebody asked for."""
        self._show("answer", self.tr("Note"), text)
        self._download.hide()

    def _show(self, kind: str, mark: str, text: str) -> None:
        self._mark.setText(mark)
        self._mark.setProperty("kind", kind)
        self._mark.style().polish(self._mark)
        self._text.setText(text)
        self.setAccessibleName(f"{mark}: {text}")
        self.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
        else:
            super().keyPressEvent(event)
