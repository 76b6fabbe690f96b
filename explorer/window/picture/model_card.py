"""What happens with the model while there is none: it is loaded, or why it cannot be."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from ...errors import ExplorerError, WeightsMissing
from ..parts.accent_button import AccentButton
from ..parts.flow_layout import FlowLayout
from ..state import Activity, State, Wishes

WIDEST = 520
ROUND = 8


class ModelCard(QWidget):
    """A card that lies over the lower part of its neighbour, so that the picture stays in place."""

    def __init__(self, wishes: Wishes, parent: QWidget) -> None:
        super().__init__(parent)
        self._build(wishes)
        self._arrange()
        self.hide()

    def _build(self, wishes: Wishes) -> None:
        self._text, self._hint = QLabel(), QLabel()
        for line in (self._text, self._hint):
            line.setTextFormat(Qt.TextFormat.PlainText)
            line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            line.setWordWrap(True)
        self._hint.setProperty("quiet", True)
        self._progress = QProgressBar(textVisible=False, maximum=1000)
        self._progress.setAccessibleName(self.tr("Progress"))
        self._download = AccentButton(self.tr("Download"))
        self._choose = QPushButton(self.tr("Choose a model…"))
        self._open = QPushButton(self.tr("Open checkpoint…"))
        self._cancel = QPushButton(self.tr("Cancel"))
        self._download.clicked.connect(wishes.download_wished)
        self._choose.clicked.connect(wishes.model_dialog_wished)
        self._open.clicked.connect(wishes.checkpoint_dialog_wished)
        self._cancel.clicked.connect(wishes.cancel_wished)

    def _arrange(self) -> None:
        buttons = FlowLayout()
        for button in (self._download, self._choose, self._open, self._cancel):
            buttons.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(6)
        for line in (self._text, self._hint, self._progress):
            column.addWidget(line)
        column.addSpacing(4)
        column.addLayout(buttons)

    def display(self, state: State) -> None:
        """Tell why there is no model; hidden while there is one."""
        if state.model is not None or (state.model_problem is None and state.activity is None):
            self.hide()
        elif state.activity is not None:
            self._tell_activity(state.activity)
        elif state.model_problem is not None:
            self._tell_problem(state.model_problem)

    def _tell_activity(self, activity: Activity) -> None:
        self._say(activity.text, "")
        self._offer(self._cancel if activity.cancellable else None)
        self._progress.show()
        self._progress.setMaximum(0 if activity.done is None else 1000)
        self._progress.setValue(round((activity.done or 0) * 1000))
        self.show()

    def _tell_problem(self, problem: ExplorerError) -> None:
        self._say(problem.message, problem.hint)
        missing = isinstance(problem, WeightsMissing)
        self._offer(self._download if missing else None, self._choose, self._open)
        self._progress.hide()
        self.show()

    def _say(self, text: str, hint: str) -> None:
        self._text.setText(text)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.setAccessibleName(f"{text} {hint}".strip())

    def _offer(self, *offered: QPushButton | None) -> None:
        for button in (self._download, self._choose, self._open, self._cancel):
            button.setVisible(button in offered)

    def place(self, area: QRect) -> None:
        """Lie in the middle of the area's lower edge."""
        width = min(WIDEST, area.width() - 32)
        height = max(self.heightForWidth(width), self.minimumSizeHint().height())
        corner = QPoint(area.center().x() - width // 2, area.bottom() - height - 20)
        self.setGeometry(QRect(corner, QSize(width, height)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), ROUND, ROUND)
