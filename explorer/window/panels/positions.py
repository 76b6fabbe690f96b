"""What the position embeddings learned: every patch's map, and all of them at once."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedLayout, QVBoxLayout, QWidget

from ...errors import ExplorerError
from ...explain.positions import Source, sources_of
from ...records import ModelInfo, Patch, Positions
from ..parts.empty_state import EmptyState
from ..parts.words_line import WordsLine
from ..positions import scene
from ..positions.body import Body, Companion
from ..positions.mosaic_shades import is_signed
from ..positions.scene import Look
from ..positions.source_bar import SourceBar
from ..positions.study import Study
from ..positions.tile import Ground, TileContent
from ..positions.views import OF_FIELDS, Link, View
from ..state import PINS, State, Wishes
from ..words import name_model
from .base import Panel

_COMPANIONS: dict[View, Companion | None] = {"similarity": "mosaic", "prefix": None, "norms": None}
LOW, TALL, WIDE = 220, 310, 640  # pixels: of panels that have room for a second line of words


class PositionsPanel(Panel):
    """The map of the patch that somebody looks at, beside the mosaic of all maps, or curves.

    Hovered and pinned patches are the window's: the picture, the maps and the mosaic show the same.
    """

    key: ClassVar[str] = "positions"
    area: ClassVar[Qt.DockWidgetArea] = Qt.DockWidgetArea.RightDockWidgetArea
    order: ClassVar[int] = 1

    def __init__(self, wishes: Wishes) -> None:
        super().__init__(wishes)
        self._state = State()
        self._source = Source("table")
        self._view: View = "similarity"
        self._own_scale = False
        self._over_picture = False
        self._ground: Ground | None = None  # the picture and where its patches lie, once traced
        self._last: Patch | None = None  # the patch of the model's grid that was hovered last
        self._link = Link((1, 1), (1, 1))  # to the field's grid, where it is not the model's
        self._pins_before: tuple[Patch, ...] = ()
        self._tiled: Look | None = None  # whose tiles and curves are shown
        self._tiles: list[TileContent] = []
        self._study = Study(self)
        self._build()
        self._arrange()
        self._connect()
        self._show_absence(self._why_empty())

    def title(self) -> str:
        return self.tr("Positions")

    def keys(self) -> tuple[tuple[str, str], ...]:
        return (
            (self.tr("Arrow keys"), self.tr("the next patch")),
            (self.tr("Home, End"), self.tr("the first patch of the row, the last")),
            (self.tr("Page Up, Page Down"), self.tr("the first patch of the column, the last")),
            (self.tr("Enter, Space"), self.tr("pin the patch, or free it; two are compared")),
            (self.tr("Esc"), self.tr("free what is pinned")),
            (self.tr("Left, Right"), self.tr("curves: read them at the next place")),
            (self.tr("+, −, 0"), self.tr("mosaic: nearer, farther, all of it")),
            (self.tr("Shift+arrow keys"), self.tr("mosaic: move it, where it is near")),
        )

    def _build(self) -> None:
        self.setAccessibleName(self.title())
        self._bar = SourceBar()
        self._body = Body()
        self._words = WordsLine()
        self._words.setAccessibleName(self.tr("Patch and value"))
        self._words.setContentsMargins(12, 2, 12, 6)
        self._empty = EmptyState()

    def _arrange(self) -> None:
        shown = QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self._body, 1)
        column.addWidget(self._words)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(shown)

    def _connect(self) -> None:
        self._bar.view_chosen.connect(self._choose_view)
        self._bar.source_chosen.connect(self._choose_source)
        self._bar.own_scale_chosen.connect(self._choose_scale)
        self._bar.ground_chosen.connect(self._choose_ground)
        for views in (self._body.tiles, self._body.mosaic):
            views.patch_hovered.connect(self._hover)
            views.patch_pinned.connect(self._pin)
            views.pins_freed.connect(lambda: self.wishes.pins_chosen.emit(()))
        self._body.mosaic.pinning_undone.connect(self._undo_pinning)
        for chart in self._body.charts:
            chart.read.connect(self._show_reading)
        self._study.opened.connect(self._show_source)
        self._study.shaded.connect(self._show_mosaic)
        self._study.analysed.connect(self._show_patches)
        self._study.failed.connect(lambda error: self._show_absence(str(error)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit_words()

    def _fit_words(self) -> None:
        """A second line where there is room for it, or much to say."""
        opened = self._study.current
        is_long = opened is not None and (opened.second is not None or bool(opened.problem))
        has_room = self.width() < WIDE and self.height() > (LOW if is_long else TALL)
        self._words.show_lines(2 if has_room else 1)

    # Showing

    def display(self, old: State, new: State) -> None:
        before, self._state = self._state, new
        if new.hovered is not None:
            self._last = new.hovered
        if new.positions is not before.positions or _second(new) is not _second(before):
            self._open(anew=new.positions is not before.positions)
        elif new.positions is None and _model_of(new) != _model_of(before):
            self._show_absence(self._why_empty())
        self._find_ground()
        if new.overlay != before.overlay:
            self._tiled = None
            self._show_colors()
        self._show_patches()

    def _why_empty(self) -> str:
        if self._state.model is None and self._state.model_problem is None:
            return self.tr("Waiting for the model…")
        if self._state.model is None:
            return self.tr("Load a model to see what it knows of positions.")
        return self.tr("This model has no positions: nothing tells it where a patch lies.")

    def _show_absence(self, why: str) -> None:
        self._study.forget()
        self._empty.setText(why)
        self._pages.setCurrentIndex(0)

    def _open(self, *, anew: bool) -> None:
        """Look at the state's positions; of another model, at what is its own first."""
        positions = self._state.positions
        found = sources_of(positions) if positions is not None else ()
        if anew:
            self._last = self._state.hovered
            if self._source.kind not in [source.kind for source in found]:
                self._source = found[0] if found else Source("table")
        if positions is None or not found:
            self._show_absence(self._why_empty())
        else:
            self._link_grids(positions)
            self._study.open(positions, _second(self._state), self._source)

    def _link_grids(self, positions: Positions) -> None:
        """Find the model's patches in the field that is shown, until another one is opened."""
        if self._study.current is not None:
            self._link = Link((positions.rows, positions.columns), self._study.current.grid)

    def _show_source(self) -> None:
        """Another source was opened: show it from the start."""
        opened, positions = self._study.current, self._state.positions
        if opened is None or positions is None:
            return
        self._source = opened.source
        self._link_grids(positions)
        self._tiled = None
        if self._view not in opened.views:
            self._view = "similarity"
        self._bar.display(positions, opened, self._view)
        self._find_ground()
        self._show_colors()
        self._fit_words()
        self._show_mosaic()
        self._show_view()
        self._pages.setCurrentIndex(1)

    def _show_mosaic(self) -> None:
        opened, shades = self._study.current, self._study.shades
        if opened is None:
            return
        if shades is None:
            self._body.caption.setText(self.tr("computing all maps…"))
            return
        self._body.caption.setText(self.tr("{0} × {1} maps").format(*opened.grid))
        self._body.mosaic.show_maps(shades, opened.grid)
        self._body.place()

    def _show_colors(self) -> None:
        if self._study.current is not None:
            signed, overlay = is_signed(self._study.current.field), self._state.overlay
            self._body.mosaic.show_colors(overlay.diverging if signed else overlay.colormap)

    def _show_view(self) -> None:
        self._study.analyse(self._view)
        self._body.show_companion(_COMPANIONS.get(self._view, "charts"))
        self._tiled = None
        self._show_patches()

    def _show_patches(self) -> None:
        """Show the maps of the patches that somebody looks at, and mark these."""
        look = self._look()
        if look is None:
            return
        self._show_tiles(look)
        pins = tuple(enumerate(look.subjects if look.is_pinned else (), 1))
        rests = look.subjects[0] if self._view in OF_FIELDS and not look.is_pinned else None
        self._body.tiles.show_marks(look.hovered or rests, pins)
        self._body.mosaic.show_marks(look.hovered or rests, pins)
        self._say(scene.words(look, self._tiles))

    def _show_tiles(self, look: Look) -> None:
        """Make only those maps and curves anew that are others now."""
        if self._tiled is not None and _is_alike(look, self._tiled):
            return
        count = len(self._body.tiles.shown)
        self._tiles, charts = scene.tiles(look), scene.charts(look)
        self._body.tiles.show_contents(self._tiles, self._state.overlay, self._ground)
        self._body.show_curves([curve for _, curve in charts], [name for name, _ in charts])
        if len(self._tiles) != count:
            self._body.place()
        self._tiled = look

    def _say(self, words: str) -> None:
        if words != self._words.text():
            self._words.setText(words)
            self._body.setAccessibleDescription(words)

    def _show_reading(self, reading: str) -> None:
        """What a chart says where it is read; else what is said of the patch."""
        look = self._look()
        if reading or look is None:
            self._say(reading)
        else:
            self._say(scene.words(look, self._tiles))

    def _look(self) -> Look | None:
        """How the state looks at what is computed."""
        opened, positions, state = self._study.current, self._state.positions, self._state
        if opened is None or positions is None:
            return None
        to_field = self._link.to_field
        pins = tuple(to_field(pin) for pin in state.pins)
        middle = positions.rows // 2, positions.columns // 2
        names = name_model(state.wanted, state.model), ""
        if state.second is not None:
            names = names[0], name_model(state.second.wanted, state.second.model)
        return Look(
            opened,
            self._view,
            self._study.analysis(self._view),
            self._own_scale,
            pins or (to_field(self._last or middle),),
            bool(pins),
            to_field(state.hovered) if state.hovered else None,
            names,
        )

    def _find_ground(self) -> None:
        """The picture with its patches, where maps are to lie on it; it stays for the next one."""
        state, opened = self._state, self._study.current
        before = self._ground
        if not self._over_picture or opened is None or state.picture is None:
            self._ground = None
        elif state.trace is not None:
            rows, columns = opened.grid
            self._ground = state.picture, replace(state.trace.frame, rows=rows, columns=columns)
        if self._ground != before:
            self._tiled = None

    # Choices and wishes

    def _choose_view(self, view: View) -> None:
        self._view = view
        self._show_view()

    def _choose_source(self, source: Source) -> None:
        positions = self._state.positions
        if positions is not None:
            self._study.open(positions, _second(self._state), source)

    def _choose_scale(self, own_scale: bool) -> None:
        self._own_scale = own_scale
        self._study.shade(own_scale)
        self._tiled = None
        self._show_patches()

    def _choose_ground(self, over_picture: bool) -> None:
        self._over_picture = over_picture
        self._find_ground()
        self._show_patches()

    def _hover(self, patch: Patch | None) -> None:
        wanted = patch and self._link.to_model(patch)
        if wanted == self._state.hovered:
            self._show_patches()  # another patch of a field that is finer than the model's grid
        self.wishes.patch_hovered.emit(wanted)

    def _pin(self, row: int, column: int) -> None:
        """Pin a patch, or free it; of three, the first and the newest stay."""
        patch, pins = self._link.to_model((row, column)), self._state.pins
        self._pins_before = pins
        if patch in pins:
            wanted = tuple(pin for pin in pins if pin != patch)
        else:
            wanted = (*pins[: PINS - 1], patch)
        self.wishes.pins_chosen.emit(wanted)

    def _undo_pinning(self) -> None:
        self.wishes.pins_chosen.emit(self._pins_before)


def _model_of(state: State) -> tuple[ModelInfo | None, ExplorerError | None]:
    return state.model, state.model_problem


def _second(state: State) -> Positions | None:
    return state.second.positions if state.second is not None else None


def _is_alike(look: Look, other: Look) -> bool:
    """Whether both show the same maps and curves, whatever is hovered on them."""
    return (
        look.opened is other.opened
        and look.analysis is other.analysis
        and (look.view, look.own_scale) == (other.view, other.own_scale)
        and (look.subjects, look.models) == (other.subjects, other.models)
    )
