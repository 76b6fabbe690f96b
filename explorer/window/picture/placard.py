"""What stands in the middle where there is no picture."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from ..parts.accent_button import AccentButton

MARGIN = 24
HIGH = 270  # pixels: where there is less room, the words go without their drawing
_PATCHES = ((1, 2, 1, 0), (2, 4, 3, 1), (1, 3, 2, 1), (0, 1, 1, 0))  # how strong, 0..4


class PatchDrawing(QWidget):
    """A few patches, some looked at more than others: what this program is about."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(76, 76)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        for row, strengths in enumerate(_PATCHES):
            for column, strength in enumerate(strengths):
                painter.setBrush(_tinted(accent, 0.1 + 0.2 * strength))
                painter.drawRoundedRect(QRectF(column * 19 + 1, row * 19 + 1, 17, 17), 3, 3)


def _tinted(color: QColor, alpha: float) -> QColor:
    tinted = QColor(color)
    tinted.setAlphaF(alpha)
    return tinted


class Placard(QWidget):
    """A title, a sentence, a next step, and perhaps a button for it."""

    def __init__(self, action: str) -> None:
        super().__init__()
        # A window may be lower than all of this; what lies over it must not make it higher.
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)
        self._covered = 0  # pixels at the lower edge that something else lies on
        self._welcomes = False
        self.drawing = PatchDrawing()
        self._title = _line(17)
        self._title.setProperty("strong", True)
        self._text = _line()
        self._hint = _line()
        self._hint.setProperty("quiet", True)
        self.button = AccentButton(action)
        self._arrange()

    def _arrange(self) -> None:
        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.setSpacing(10)
        column.addStretch(1)
        middle = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(self.drawing, 0, middle)
        column.addSpacing(10)
        for line in (self._title, self._text, self._hint):
            column.addWidget(line)
        column.addSpacing(8)
        column.addWidget(self.button, 0, middle)
        column.addStretch(1)

    def tell(self, title: str, text: str, hint: str = "", has_action: bool = False) -> None:
        """Show these words; the drawing welcomes where there is something to begin."""
        for line, words in ((self._title, title), (self._text, text), (self._hint, hint)):
            line.setText(words)
            line.setVisible(bool(words))
        self.button.setVisible(has_action)
        self._welcomes = has_action
        self._fit_drawing()
        self.setAccessibleName(" ".join(words for words in (title, text, hint) if words))

    def leave_free(self, covered: int) -> None:
        """Stand above so many pixels of the lower edge."""
        if covered != self._covered:
            self._covered = covered
            bottom = max(MARGIN, covered)
            self._column.setContentsMargins(MARGIN, MARGIN, MARGIN, bottom)
            self._fit_drawing()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_drawing()

    def _fit_drawing(self) -> None:
        self.drawing.setVisible(self._welcomes and self.height() - self._covered >= HIGH)


def _line(pixels: int | None = None) -> QLabel:
    """Words in the middle that break into lines, and never make the window wider."""
    line = QLabel()
    line.setTextFormat(Qt.TextFormat.PlainText)
    line.setAlignment(Qt.AlignmentFlag.AlignCenter)
    line.setWordWrap(True)
    line.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    if pixels is not None:
        font = line.font()
        font.setPixelSize(pixels)
        line.setFont(font)
    return line
