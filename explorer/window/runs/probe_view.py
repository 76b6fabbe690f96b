"""How attention on one picture changes from epoch to epoch."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QSlider, QVBoxLayout, QWidget

from ...records import Heatmap, Patch
from ..comparison.map_view import SmallCanvas
from ..parts.elided_label import ElidedLabel
from ..parts.empty_state import EmptyState
from ..parts.numbers import significant
from ..parts.player import Player
from ..parts.sign_buttons import PlayButton
from ..state import Overlay
from ..words import name_patch
from .files import Story
from .words import percent

WHOLE = 6000  # milliseconds that all epochs take, if that is neither too quick nor too slow
QUICKEST, SLOWEST = 60, 500  # milliseconds of one epoch


class ProbeView(QWidget):
    """The probe with the map of an epoch, a slider over all of them, and a button that plays."""

    def __init__(self) -> None:
        super().__init__()
        self._story: Story | None = None
        self._overlay = Overlay()
        self._hovered: Patch | None = None
        self._build()
        self._arrange()
        self._connect()
        self.show_story(None)

    def _build(self) -> None:
        self._canvas = SmallCanvas(self.tr("Attention on the probe picture"))
        self._canvas.setMinimumSize(40, 24)
        self._play = PlayButton(self.tr("Play the epochs (Space)"))
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setAccessibleName(self.tr("Epoch"))
        self._slider.setPageStep(5)
        self._words = ElidedLabel()
        self._words.setProperty("quiet", True)
        self._player = Player(self)
        self._empty = EmptyState()

    def _arrange(self) -> None:
        self._below = QWidget()
        row = QHBoxLayout(self._below)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._play)
        row.addWidget(self._slider, 1)
        row.addWidget(self._words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._canvas, 1)
        column.addWidget(self._empty, 1)
        column.addWidget(self._below)

    def _connect(self) -> None:
        self._slider.valueChanged.connect(self._show_glance)
        self._slider.sliderPressed.connect(self._player.stop)
        self._play.clicked.connect(self._play_or_stop)
        self._player.stepped.connect(self._slider.setValue)
        self._player.playing_changed.connect(self._play.show_playing)
        self._canvas.patch_hovered.connect(self._hover)

    # Showing

    def show_story(self, story: Story | None) -> None:
        """Show the last epoch of a story; of one that goes on, the epoch that was looked at."""
        before, self._story = self._story, story
        for widget in (self._canvas, self._below):
            widget.setVisible(story is not None)
        self._empty.setVisible(story is None)
        if story is None:
            self._player.stop()
            return
        is_same = before is not None and before.folder == story.folder
        was_last = self._slider.value() == self._slider.maximum()
        last = len(story.glances) - 1
        with QSignalBlocker(self._slider):
            self._slider.setMaximum(last)
            if was_last or not is_same or self._slider.value() > last:
                self._slider.setValue(last)
        self._canvas.show_picture(story.picture, story.frame)
        self._show_glance(self._slider.value())

    def show_absence(self, has_several: bool) -> None:
        """Say why there may be nothing to see."""
        if has_several:
            self._empty.setText(self.tr("Choose one run to see how its attention changed."))
        else:
            self._empty.setText(self.tr("Where the model looks comes with its first epoch."))

    def show_overlay(self, overlay: Overlay) -> None:
        """Paint maps as on the large picture."""
        if overlay != self._overlay:
            self._overlay = overlay
            self._show_glance(self._slider.value())

    def _show_glance(self, place: int) -> None:
        if self._story is None:
            return
        glance = self._story.glances[place]
        title = self.tr("attention from {0} after epoch {1}")
        title = title.format(self._story.asked_from, glance.epoch)
        own = float(glance.values.max())
        high = self._story.highest if self._overlay.shared_scale else own
        heatmap = Heatmap(glance.values, 0.0, high, self.tr("attention"), title)
        self._canvas.show_heatmap(heatmap, self._overlay)
        self._canvas.setAccessibleDescription(title)
        self._say()

    def _say(self) -> None:
        """“epoch 7 · cat 93.1 %”, and what the patch under the mouse weighs."""
        if self._story is None:
            return
        glance = self._story.glances[self._slider.value()]
        told = self.tr("before training")
        if glance.epoch:
            told = self.tr("epoch {0}").format(glance.epoch)
        told += f" · {glance.answer} {percent(glance.probability)}"
        if self._hovered is not None:
            weight = significant(float(glance.values[self._hovered]), 2)
            told = f"{name_patch(self._hovered)} · {weight}"
        self._words.setText(told)

    def _hover(self, patch: Patch | None) -> None:
        self._hovered = patch
        self._canvas.show_marks(None, patch)
        self._say()

    # Playing

    def _play_or_stop(self) -> None:
        if self._player.is_playing:
            self._player.stop()
        elif self._story is not None:
            count = len(self._story.glances)
            place = self._slider.value()
            first = 0 if place == count - 1 else place
            each = min(max(WHOLE // count, QUICKEST), SLOWEST)
            self._player.play(first, count, each)
