"""What is being evaluated, how far that is, and a way to stop it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

_WIDEST = 260  # pixels of the bar
_WHOLE = 1000


class ProgressPage(QWidget):
    """Stands where the evaluation will stand."""

    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = QLabel()
        self._title.setProperty("quiet", True)
        self._title.setWordWrap(True)
        self._title.setTextFormat(Qt.TextFormat.PlainText)
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setMaximumWidth(_WIDEST)
        self._bar.setAccessibleName(self.tr("How far the evaluation is"))
        self._stop = QPushButton(self.tr("Cancel"))
        self._stop.clicked.connect(self.stopped)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addStretch(2)
        column.addWidget(self._title)
        bar = QVBoxLayout()
        bar.addWidget(self._bar)
        column.addLayout(bar)
        column.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def show_share(self, title: str, share: float | None) -> None:
        """Tell how much is done; None where nobody knows."""
        self._title.setText(title)
        self._bar.setMaximum(0 if share is None else _WHOLE)  # 0: it runs to and fro
        self._bar.setValue(round(_WHOLE * (share or 0.0)))
