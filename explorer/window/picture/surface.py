"""The picture, its map and its marks, painted in device pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import ClassVar, NamedTuple

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPalette,
    QPixmap,
    QResizeEvent,
)

from ...records import Frame, Heatmap, Patch, Picture
from ..parts.device_pixels import device_painter, update_pixels
from ..parts.key_focus import KeyFocus
from ..parts.numbers import significant, times_mean
from ..state import Overlay
from ..words import name_patch
from . import backdrop
from .heat_layer import HeatLayer
from .patch_marks import LABEL_PIXELS, Label, corners, marked, paint_outline, paint_query
from .viewport import Rect, Viewport

MARGIN = 24  # around a picture that fits
CORNER = 4  # radius


def scene_of(picture: Picture, frame: Frame | None) -> Rect:
    """All there is to see, in picture pixels: the picture, and where it was padded."""
    left, top, right, bottom = frame.seen if frame is not None else (0, 0, *picture.size)
    width, height = picture.size
    return min(0, left), min(0, top), max(width, right), max(height, bottom)


@dataclass(frozen=True)
class _Look:
    """All that a backdrop hangs on, but the picture and the palette."""

    viewport: Viewport
    frame: Frame | None  # None where it leaves out nothing, and pads nothing
    is_grey: bool


class _Backdrop(NamedTuple):
    """The picture without its map, and what is cut off to round it, and the map with it."""

    pixmap: QPixmap
    corners: QPainterPath


class Surface(KeyFocus):
    """Shows a picture and a heatmap over it. What moves, and who moves it, is not its business."""

    margin: ClassVar[int] = MARGIN
    corner: ClassVar[int] = CORNER

    def __init__(self) -> None:
        super().__init__()
        self._picture: Picture | None = None
        self._pyramid: backdrop.Pyramid | None = None
        self._own_frame: Frame | None = None  # where the picture's own maps lie
        self._other_frame: Frame | None = None  # where the map lies that is shown, if not there
        self._heatmap: Heatmap | None = None
        self._heat = HeatLayer()
        self._query: Patch | None = None
        self._hovered: Patch | None = None
        self._words: Callable[[Patch], str] = self._describe_weight
        self._label: Label | None = None
        self._viewport = Viewport()
        self._backdrops: dict[_Look, _Backdrop] = {}  # the latest ones, none of another viewport
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(160, 120)

    def sizeHint(self) -> QSize:
        return QSize(720, 640)

    # What is shown

    @property
    def viewport(self) -> Viewport:
        return self._viewport

    def show_picture(self, picture: Picture | None, frame: Frame | None) -> None:
        """Show a picture; `frame` says where its own maps lie, or will lie."""
        if picture is self._picture and frame == self._own_frame:
            return
        is_alike = picture and self._picture and picture.size == self._picture.size
        viewport = self._viewport if is_alike else self._viewport.fit()
        if picture is not self._picture:
            self._pyramid = backdrop.pyramid_of(picture) if picture else None
            self._other_frame = None
            self._forget_backdrop()
        self._picture, self._own_frame = picture, frame
        if picture is not None:
            viewport = viewport.showing(scene_of(picture, frame))
        self._show_viewport(viewport)

    def show_heatmap(
        self,
        heatmap: Heatmap | None,
        overlay: Overlay,
        words: Callable[[Patch], str] | None = None,
        frame: Frame | None = None,
    ) -> None:
        """Show a map where the picture's frame says; without one the picture is shown as it is.

        `words` says what the label of a hovered patch reads; None = its place and what it weighs.
        `frame`: where this map lies, if it is none of the picture's own; the picture stays in
        place, and what is chosen is still a patch of its own.
        """
        self._words = words or self._describe_weight
        before = self._frame, self._look()
        self._heatmap, self._other_frame = heatmap, frame
        self._heat.show(heatmap, overlay)
        if (self._frame, self._look()) != before:
            self.update()
        elif self._frame is not None:
            update_pixels(self, self._rect_of(self._frame.seen))
        self._place_label()

    def show_marks(self, query: Patch | None, hovered: Patch | None) -> None:
        """Mark the patch that looks and the patch under the mouse."""
        if (query, hovered) == (self._query, self._hovered):
            return
        self._update_marks()
        self._query, self._hovered = query, hovered
        self._place_label()
        self._update_marks()

    def _show_viewport(self, viewport: Viewport) -> None:
        self._viewport = viewport
        self.update()
        self._place_label()

    def _forget_backdrop(self) -> None:
        self._backdrops = {}
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fill_view()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._forget_backdrop()
        super().changeEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._fill_view()
        return super().event(event)

    def _fill_view(self) -> None:
        ratio = self.devicePixelRatioF()
        beyond = 0 if ratio.is_integer() else 1  # a pixel of which a part is the widget's
        width, height = ceil(self.width() * ratio), ceil(self.height() * ratio)
        size = max(1, width) + beyond, max(1, height) + beyond
        margin = min(round(self.margin * ratio), min(size) // 16)
        self._show_viewport(self._viewport.resized(*size, margin))

    # Where things lie

    @property
    def _frame(self) -> Frame | None:
        """Where the map lies that is shown."""
        return self._own_frame if self._other_frame is None else self._other_frame

    @property
    def _marked_query(self) -> Patch | None:
        """The patch that looks, where it is one of the map that is shown."""
        if self._query is None or self._other_frame is not None or not self._exists(self._query):
            return None
        return self._query

    @property
    def _unit(self) -> int:
        """Device pixels of a fine line."""
        return max(1, round(self.devicePixelRatioF()))

    def _to_view(self, position: QPointF) -> tuple[float, float]:
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def _rect_of(self, rect: Rect) -> QRect:
        left, top, right, bottom = self._viewport.rect_to_view(rect)
        return QRect(left, top, right - left, bottom - top)

    def _patch_rect(self, patch: Patch) -> QRect:
        """A patch's pixels in the view, as its map is painted."""
        assert self._frame is not None
        rows, columns = self._viewport.patch_edges(self._frame)
        row, column = patch
        left, top = int(columns[column]), int(rows[row])
        return QRect(left, top, int(columns[column + 1]) - left, int(rows[row + 1]) - top)

    def patch_center(self, row: int, column: int) -> QPointF:
        """The middle of a patch in the widget."""
        return QRectF(self._patch_rect((row, column))).center() / self.devicePixelRatioF()

    def patch_at(self, position: QPointF) -> Patch | None:
        """The patch at a place in the widget; None where the model saw nothing."""
        if self._frame is None or self._heatmap is None:
            return None
        return self._frame.patch_at(*self._viewport.to_picture(*self._to_view(position)))

    def own_patch_at(self, position: QPointF) -> Patch | None:
        """The patch at a place that the picture's own maps have there, whatever map is shown."""
        if self._own_frame is None or self._heatmap is None:
            return None
        return self._own_frame.patch_at(*self._viewport.to_picture(*self._to_view(position)))

    def _exists(self, patch: Patch) -> bool:
        """Whether there is such a patch: marks may be older than the map."""
        if self._frame is None or self._heatmap is None:
            return False
        return patch[0] < self._frame.rows and patch[1] < self._frame.columns

    def value_of(self, patch: Patch | None) -> float | None:
        """What a patch weighs in the map; None where there is no such patch, or no map."""
        if patch is None or self._heatmap is None or not self._exists(patch):
            return None
        return float(self._heatmap.values[patch])

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = device_painter(self)
        shown = self._backdrop()
        painter.drawPixmap(0, 0, shown.pixmap)
        if self._frame is not None:
            self._heat.paint(painter, self._viewport, self._frame)
        if self._picture is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillPath(shown.corners, self.palette().window())
        self._paint_marks(painter)

    def _look(self) -> _Look:
        frame = self._frame if self._heat.visible else None
        if frame is not None and self._picture is not None:
            is_whole = self._rect_of(frame.seen) == self._rect_of((0, 0, *self._picture.size))
            frame = None if is_whole else frame
        return _Look(self._viewport, frame, self._heat.wants_grey)

    def _backdrop(self) -> _Backdrop:
        """The one that is to be seen; rendered where it is none of the latest."""
        look = self._look()
        if look not in self._backdrops:
            alike = [kept for kept in self._backdrops.items() if kept[0].viewport == look.viewport]
            # Two: the mouse that comes to words and leaves them changes from one to the other.
            self._backdrops = dict([*alike[-1:], (look, self._render_backdrop(look))])
        return self._backdrops[look]

    def _render_backdrop(self, look: _Look) -> _Backdrop:
        if self._picture is None or self._pyramid is None:
            empty = QPixmap(*look.viewport.view)
            empty.fill(self.palette().color(QPalette.ColorRole.Window))
            return _Backdrop(empty, QPainterPath())
        whole = self._rect_of(scene_of(self._picture, look.frame))
        seen = look.frame, look.viewport
        pixmap = backdrop.render(
            self._pyramid, self._picture.size, *seen, self.palette(), look.is_grey
        )
        return _Backdrop(pixmap, corners(whole, self.corner * self._unit))

    def _paint_marks(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        if self._marked_query is not None:
            accent = self.palette().color(QPalette.ColorRole.Highlight)
            paint_query(painter, self._patch_rect(self._marked_query), self._unit, accent)
        if self._hovered is not None and self._exists(self._hovered):
            paint_outline(painter, self._patch_rect(self._hovered), self._unit)
        if self._label is not None:
            self._label.paint(painter, self._label_font(), self.devicePixelRatioF())

    def _update_marks(self) -> None:
        """Have everything painted again that marks and label cover."""
        for patch in (self._marked_query, self._hovered):
            if patch is not None and self._exists(patch):
                update_pixels(self, marked(self._patch_rect(patch), self._unit))
        if self._label is not None:
            update_pixels(self, self._label.rect)

    def _label_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(round(LABEL_PIXELS * self.devicePixelRatioF()))
        return font

    def _place_label(self) -> None:
        """Put the label beside the hovered patch, with what it weighs now."""
        old, self._label = self._label, None
        if self._hovered is not None and self._exists(self._hovered):
            self._label = Label.beside(
                self.describe(self._hovered),
                self._patch_rect(self._hovered),
                QSize(*self._viewport.view),
                self._label_font(),
                self.devicePixelRatioF(),
            )
        for label in (old, self._label):
            if label is not None:
                update_pixels(self, label.rect)

    def describe(self, patch: Patch) -> str:
        """What the label of a hovered patch reads."""
        return self._words(patch)

    def _describe_weight(self, patch: Patch) -> str:
        """“row 10, column 15 · 0.0214 · 12× mean”."""
        assert self._heatmap is not None
        value, mean = float(self._heatmap.values[patch]), float(self._heatmap.values.mean())
        times = self.tr("{0} mean").format(times_mean(value, mean))
        return f"{name_patch(patch)} · {significant(value)} · {times}"
