"""Classes and their probabilities as a list of bars."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QPointF,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QAction,
    QColor,
    QFontMetrics,
    QGuiApplication,
    QKeySequence,
    QPainter,
    QPalette,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from .numbers import format_probability

Index = QModelIndex | QPersistentModelIndex

PADDING = 8  # of a row, left and right
TIGHT, LOOSE = 4, 9  # what a row is higher than its text
RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
BAR_RADIUS = 5.0
BAR_OPACITY = 0.3
WAITING_OPACITY = 0.35


@dataclass(frozen=True)
class Prediction:
    """One class and how probable the model finds it."""

    number: int  # of the class, counted from 0
    name: str
    probability: float  # 0..1
    is_true: bool = False  # the picture is known to show it
    second: float | None = None  # 0..1: what another model finds, where two are compared

    @property
    def probabilities(self) -> tuple[float, ...]:
        return (self.probability,) if self.second is None else (self.probability, self.second)


class PredictionModel(QAbstractListModel):
    """Predictions, the most probable first."""

    def __init__(self) -> None:
        super().__init__()
        self._predictions: tuple[Prediction, ...] = ()

    def replace(self, predictions: tuple[Prediction, ...]) -> None:
        self.beginResetModel()
        self._predictions = predictions
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._predictions)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        prediction = self._predictions[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return prediction.name
        if role == Qt.ItemDataRole.UserRole:
            return prediction
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"<p>{'<br>'.join(escape(line) for line in self._explain(prediction))}</p>"
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(self._words(prediction))
        return None

    def table(self) -> str:
        """What is shown, as text: a line for each class, columns apart by tabs."""
        return "\n".join("\t".join(self._words(prediction)) for prediction in self._predictions)

    def _words(self, prediction: Prediction) -> list[str]:
        words = [prediction.name, *map(format_probability, prediction.probabilities)]
        return [*words, self.tr("true class")] if prediction.is_true else words

    def _explain(self, prediction: Prediction) -> list[str]:
        exact = self.tr(" and ").join(f"{value:.6g}" for value in prediction.probabilities)
        numbers = self.tr("class {0} · probability {1}").format(prediction.number, exact)
        truth = self.tr("The picture's file name says that it is this class.")
        return (
            [prediction.name, numbers, truth] if prediction.is_true else [prediction.name, numbers]
        )


class PredictionDelegate(QStyledItemDelegate):
    """Paints a row: a bar as long as the probability, the name over it, the number at the end.

    Of two models, the first's bar and number come first: the bar above, the number left.
    """

    waiting = False  # whether newer predictions are on their way
    room = 0  # the height that each row can have if all are to be seen at once

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        text = option.fontMetrics.height()
        return QSize(0, min(max(self.room, text + TIGHT), text + LOOSE))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        prediction: Prediction = index.data(Qt.ItemDataRole.UserRole)
        row = QRectF(option.rect).adjusted(0, 1, 0, -1)
        column = number_width(option.fontMetrics)
        track = row.adjusted(0, 0, -column * len(prediction.probabilities), 0)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(WAITING_OPACITY if self.waiting else 1)
        # The list's own palette has the ground of chosen rows for it: the style sheet says so.
        accent = QGuiApplication.palette().color(QPalette.ColorRole.Highlight)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(accent, 1))
            painter.drawRoundedRect(row.adjusted(0.5, 0.5, -0.5, -0.5), BAR_RADIUS, BAR_RADIUS)
        quiet = option.palette.color(QPalette.ColorRole.PlaceholderText)
        _paint_bars(painter, track, prediction.probabilities, (accent, quiet))
        painter.setPen(option.palette.color(QPalette.ColorRole.Text))
        for place, value in enumerate(reversed(prediction.probabilities)):
            beside = row.adjusted(0, 0, -PADDING / 2 - place * column, 0)
            painter.drawText(beside, RIGHT, format_probability(value))
        self._paint_name(painter, track.adjusted(PADDING, 0, -PADDING, 0), option, prediction)
        painter.restore()

    def _paint_name(
        self,
        painter: QPainter,
        room: QRectF,
        option: QStyleOptionViewItem,
        prediction: Prediction,
    ) -> None:
        metrics = option.fontMetrics
        if prediction.is_true:
            mark = self.tr("true")
            painter.drawText(room, RIGHT, mark)
            room.setRight(room.right() - metrics.horizontalAdvance(mark) - PADDING / 2)
            room.setRight(_paint_check(painter, room, metrics.ascent() * 0.6) - PADDING)
        name = metrics.elidedText(prediction.name, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, LEFT, name)


def number_width(metrics: QFontMetrics) -> int:
    """The room for one number, and what keeps it from what stands before it."""
    return metrics.horizontalAdvance("<0.000") + PADDING


def _paint_bars(
    painter: QPainter, track: QRectF, probabilities: tuple[float, ...], colors: tuple[QColor, ...]
) -> None:
    """A bar over its part of the track for each probability, one below the other."""
    painter.setPen(Qt.PenStyle.NoPen)
    height = track.height() / len(probabilities)
    radius = BAR_RADIUS / len(probabilities)
    for place, (probability, color) in enumerate(zip(probabilities, colors, strict=False)):
        tint = QColor(color)
        tint.setAlphaF(BAR_OPACITY)
        painter.setBrush(tint)
        top = track.top() + place * height
        bar = QRectF(track.left(), top, track.width() * probability, height)
        painter.drawRoundedRect(bar, radius, radius)


def _paint_check(painter: QPainter, room: QRectF, side: float) -> float:
    """A check sign at the right end of the room, whatever signs the font has; its left end."""
    corner = QPointF(room.right() - side, room.center().y() - side / 2)
    steps = ((0.0, 0.55), (0.38, 0.92), (1.0, 0.1))
    text = painter.pen()
    painter.setPen(QPen(text.color(), side / 5))
    painter.drawPolyline([corner + QPointF(x, y) * side for x, y in steps])
    painter.setPen(text)
    return corner.x()


class PredictionList(QListView):
    """The predictions, walked by keys; Ctrl+C copies them as text."""

    def __init__(self) -> None:
        super().__init__()
        self._predictions = PredictionModel()
        self._delegate = PredictionDelegate()
        self.setModel(self._predictions)
        self.setItemDelegate(self._delegate)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setUniformItemSizes(True)
        self.setMinimumSize(120, 60)
        copy = QAction(self.tr("Copy as text"), self)
        copy.setShortcut(QKeySequence(QKeySequence.StandardKey.Copy))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self._copy)
        self.addAction(copy)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def show_predictions(self, predictions: tuple[Prediction, ...]) -> None:
        row = self.currentIndex().row()
        self._predictions.replace(predictions)
        self.setCurrentIndex(self._predictions.index(max(row, 0)))
        self._share_room()

    def show_waiting(self, waiting: bool) -> None:
        """Fade the predictions while newer ones are computed."""
        if waiting != self._delegate.waiting:
            self._delegate.waiting = waiting
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._share_room()
        super().resizeEvent(event)

    def _share_room(self) -> None:
        """Move rows closer together where that brings all of them into view."""
        rows = max(1, self._predictions.rowCount())
        self._delegate.room = self.viewport().height() // rows
        self.scheduleDelayedItemsLayout()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._predictions.table())
