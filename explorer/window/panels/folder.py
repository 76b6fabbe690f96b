"""The pictures of the open folder, or some that were selected: find one, choose it, go on."""

from __future__ import annotations

from bisect import bisect_left
from functools import partial
from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QCoreApplication, QLocale, QSignalBlocker, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
)

from ...errors import ExplorerError
from ...images.folder import Listing, Order, below, find, list_chosen, matching
from ...images.thumbnails import ThumbnailStore
from ..parts.invitation import Invitation
from ..state import Selection, State, Wishes
from ..thumbnails.filter_field import FilterField
from ..thumbnails.folder_source import FolderSource
from ..thumbnails.selection_bar import SelectionBar
from ..thumbnails.thumbnail_grid import ThumbnailGrid
from ..thumbnails.thumbnail_layout import MARGIN
from ..thumbnails.thumbnail_loader import ThumbnailLoader
from ..worker import Worker
from .base import Panel


class FolderPanel(Panel):
    """Thumbnails with a filter; the state's path is the one that stands out.

    A selection stands in the folder's place until somebody goes back to the folder.
    """

    key: ClassVar[str] = "folder"
    area: ClassVar[Qt.DockWidgetArea] = Qt.DockWidgetArea.LeftDockWidgetArea
    in_background: ClassVar[bool] = True  # who closes it still sees the folder's first picture

    def __init__(self, wishes: Wishes) -> None:
        super().__init__(wishes)
        self._state = State()
        self._order: Order = "name"
        self._listing: Listing | None = None  # of the folder
        self._selected: Listing | None = None  # of the selection, which is shown instead
        self._shown: Listing | None = None  # what the grid shows a part of
        self._problem: ExplorerError | None = None
        self._chosen_row: str | None = None  # of the chosen picture, since it was seen in the list
        # Children, so that they go with the panel: the garbage collector would, on any thread.
        self._source = FolderSource(self)
        self._filtering = Worker("filter", self)
        self._loader = ThumbnailLoader(ThumbnailStore(), self)
        self._build()
        self._arrange()
        self._connect()
        self._say()

    def title(self) -> str:
        return self.tr("Folder")

    def corner(self) -> QLabel:
        return self._count

    def keys(self) -> tuple[tuple[str, str], ...]:
        find = QKeySequence(QKeySequence.StandardKey.Find)
        return (
            (find.toString(QKeySequence.SequenceFormat.NativeText), self.tr("filter by name")),
            (self.tr("Down, in the filter"), self.tr("to the pictures")),
            (self.tr("Esc, in the filter"), self.tr("all pictures again")),
            (self.tr("Arrow keys"), self.tr("the next picture or line")),
            (self.tr("Page Up, Page Down"), self.tr("a screen up or down")),
            (self.tr("Home, End"), self.tr("the first picture, the last")),
            (self.tr("Letters"), self.tr("the next picture whose name begins so")),
            (self.tr("Enter"), self.tr("read the picture again")),
            (self.tr("Backspace"), self.tr("from selected pictures back to the folder")),
        )

    def display(self, old: State, new: State) -> None:
        before, self._state = self._state, new
        is_selected_anew = new.selection is not before.selection
        if is_selected_anew:
            self._select(new.selection)
        if (new.folder, new.include_subfolders) != (before.folder, before.include_subfolders):
            self._open(anew=new.folder != before.folder)
        elif is_selected_anew:
            self._show_other()
        elif new.path != before.path:
            self._select_chosen()

    def _build(self) -> None:
        self.setAccessibleName(self.title())
        self._count = QLabel()
        self._count.setProperty("quiet", True)
        self._filter = FilterField(self.tr("Filter pictures…"), self.tr("Filter"))
        self._arranged = self._build_arranged()
        self._bar = SelectionBar()
        self._grid = ThumbnailGrid(self._loader)
        self._grid.setAccessibleName(self.tr("Pictures"))
        self._invitation = Invitation()

    def _build_arranged(self) -> QToolButton:
        """The button that tells and changes how pictures are sorted and which are included."""
        button = QToolButton()
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setToolTip(self.tr("Sorting and sub-folders"))
        button.setAccessibleName(self.tr("Sorting and sub-folders"))
        button.setMenu(menu := QMenu(button))
        self._orders = QActionGroup(self)
        names: dict[Order, str] = {"name": self.tr("Name"), "date": self.tr("Date")}
        for order, name in names.items():
            action = self._orders.addAction(name)
            action.setCheckable(True)
            action.setChecked(order == self._order)
            action.setData(order)
            menu.addAction(action)
        menu.addSeparator()
        self._include = menu.addAction(self.tr("Include sub-folders"))
        self._include.setCheckable(True)
        button.setText(names[self._order])
        return button

    def _arrange(self) -> None:
        tools = QHBoxLayout()
        tools.setContentsMargins(MARGIN, 8, MARGIN, 6)
        tools.setSpacing(6)
        tools.addWidget(self._filter, 1)
        tools.addWidget(self._arranged)
        self._pages = QStackedLayout()
        self._pages.addWidget(self._grid)
        self._pages.addWidget(self._invitation)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addLayout(tools)
        column.addLayout(self._pages, 1)
        self.setFocusProxy(self._grid)

    def _connect(self) -> None:
        self._source.listed.connect(self._take)
        self._source.failed.connect(self._fail)
        self._filter.wanted.connect(self._narrow)
        self._filter.list_wanted.connect(self._enter_list)
        self._orders.triggered.connect(self._sort)
        self._include.toggled.connect(self.wishes.subfolders_chosen)
        self._grid.chosen.connect(self._choose)
        self._grid.confirmed.connect(lambda place: self._voice(place, always=True))
        self._bar.left.connect(self._leave_selection)
        QShortcut(QKeySequence.StandardKey.Find, self, self._filter.setFocus)
        QShortcut(
            Qt.Key.Key_Backspace,
            self._grid,
            self._leave_selection,
            context=Qt.ShortcutContext.WidgetShortcut,
        )
        self.destroyed.connect(partial(_end, self._source, self._filtering, self._loader))
        if (app := QCoreApplication.instance()) is not None:
            app.aboutToQuit.connect(self._end)

    # Selected pictures:

    def _select(self, selection: Selection | None) -> None:
        """Take other pictures in the folder's place, or none; they are not shown yet."""
        self._selected = None if selection is None else list_chosen(selection.paths)
        self._bar.show_selection(selection)
        self._arranged.setVisible(selection is None)  # they have an order, and a reason

    def _show_other(self) -> None:
        """Show what now stands in the place of other pictures."""
        self._forget_shown()
        self._narrow()
        self._say()

    def _leave_selection(self) -> None:
        if self._state.selection is not None:
            self._grid.setFocus(Qt.FocusReason.OtherFocusReason)  # the bar is about to go
            self.wishes.selection_chosen.emit(None)

    def _forget_shown(self) -> None:
        """Show nothing, unfiltered, of what comes next."""
        self._shown = self._chosen_row = None
        with QSignalBlocker(self._filter):
            self._filter.clear()
        self._filtering.cancel("filter")
        self._grid.replace(self._state.folder or Path(), [], self._order, keep=False)

    @property
    def _wanted(self) -> Listing | None:
        """What is to be shown, before it is filtered."""
        return self._listing if self._selected is None else self._selected

    # Which folder, in which order:

    def _open(self, *, anew: bool) -> None:
        """List the state's folder; `anew` forgets the last one."""
        self._chosen_row = None
        with QSignalBlocker(self._include):
            self._include.setChecked(self._state.include_subfolders)
        if anew:
            self._listing = self._problem = None
            self._forget_shown()
            self._say()
        if self._state.folder is None:
            self._source.stop()
        else:
            self._source.open(self._state.folder, self._state.include_subfolders, self._order)

    def _sort(self, action: QAction) -> None:
        if action.data() == self._order:
            return
        self._order = action.data()
        self._arranged.setText(action.text())
        if self._state.folder is not None:
            self._open(anew=False)

    # What is in it:

    def _take(self, listing: Listing) -> None:
        known = self._listing
        if known is not None and not listing.complete and len(listing.rows) < len(known.rows):
            return  # the same pictures are being read in another order
        self._listing, self._problem = listing, None
        if self._selected is None:
            self._narrow()

    def _fail(self, problem: ExplorerError) -> None:
        self._problem = problem
        self._say()

    def _narrow(self) -> None:
        """Show the listed pictures whose names are wanted."""
        listing, text = self._wanted, self._filter.text().strip()
        self._filtering.cancel("filter")
        if listing is None:
            return
        if not text:
            self._show(listing, listing.rows)
            return
        self._filtering.submit(
            "filter",
            lambda task: matching(listing.rows, text),
            partial(self._show, listing),
            self._fail,
        )

    def _show(self, listing: Listing, rows: list[str]) -> None:
        same = self._shown is not None and self._shown.order == listing.order
        seen = same and self._grid.currentIndex().isValid()
        self._shown = listing
        self._grid.replace(listing.folder, rows, listing.order, keep=same)
        place = self._place_to_choose(listing, rows)
        if place is not None:
            self._grid.make_current(place, reveal=not seen)
        self._say()

    def _place_to_choose(self, listing: Listing, rows: list[str]) -> int | None:
        """Of the chosen picture; of its successor where it vanished; else of the first one."""
        path = self._state.path
        place = self._grid.pictures.place(path) if path is not None else None
        if place is not None or not rows or not listing.complete:
            return place
        if self._is_listed(path):  # but not what the filter wants
            return None
        if self._chosen_row is not None:
            return min(bisect_left(rows, self._chosen_row), len(rows) - 1)
        elsewhere = path is None or below(listing.folder, path) is None
        return 0 if elsewhere or listing is self._selected else None

    def _is_listed(self, path: Path | None) -> bool:
        listing = self._wanted
        if path is None or listing is None:
            return False
        name = below(listing.folder, path)
        return name is not None and find(listing.rows, name, listing.order) is not None

    # Which one is chosen:

    def _select_chosen(self) -> None:
        """Make the state's path the current picture."""
        path, current = self._state.path, self._grid.currentIndex().row()
        if current >= 0 and path is not None and self._path(current) == path:
            return
        place = self._grid.pictures.place(path) if path is not None else None
        self._grid.make_current(-1 if place is None else place, reveal=True)

    def _choose(self, place: int) -> None:
        self._chosen_row = self._grid.pictures.rows[place]
        self._voice(place)

    def _voice(self, place: int, *, always: bool = False) -> None:
        """Wish for a picture, unless the state has it and knows its neighbours."""
        path = self._path(place)
        neighbours = tuple(map(self._path, self._grid.neighbours(place)))
        whole = self._shown is not None and self._shown.complete
        known = self._state.path == path and (neighbours == self._state.neighbours or not whole)
        if always or not known:
            self.wishes.picture_chosen.emit(path, neighbours)

    def _path(self, place: int) -> Path:
        return Path(self._grid.pictures.path(place))

    def _enter_list(self) -> None:
        if not self._grid.pictures.rows:
            return
        self._grid.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self._grid.currentIndex().isValid():
            self._grid.make_current(0, reveal=True)

    def _end(self) -> None:
        _end(self._source, self._filtering, self._loader)

    # What is said:

    def _say(self) -> None:
        """Tell how many pictures there are, and why where there are none."""
        self._count.setText(self._counted())
        problem = self._problem if self._selected is None else None
        empty = problem is not None or not self._grid.pictures.rows
        blank = self._state.folder is not None and self._wanted is None and problem is None
        self._pages.setCurrentIndex(1 if empty and not blank else 0)
        if empty and not blank:
            self._explain()

    def _counted(self) -> str:
        listing = self._wanted
        if listing is None or (self._selected is None and self._problem is not None):
            return ""
        total, shown = len(listing.rows), len(self._grid.pictures.rows)
        if not listing.complete:
            return _grouped(total) + "…"
        if self._filter.text().strip():
            return self.tr("{} of {}").format(_grouped(shown), _grouped(total))
        return _grouped(total) if total else ""

    def _explain(self) -> None:
        say, text = self._invitation.say, self._filter.text().strip()
        listing = self._wanted
        if self._problem is not None and self._selected is None:
            say(str(self._problem))
        elif listing is None:
            sentence = self.tr("Open a folder of pictures, or drop one here.")
            say(sentence, (self.tr("Open folder…"), self.wishes.folder_dialog_wished.emit))
        elif not listing.complete:
            say(self.tr("Looking for pictures…"))
        elif text and listing.rows:
            sentence = self.tr("No picture here has “{}” in its name.").format(text)
            say(sentence, (self.tr("Clear filter"), self._filter.clear))
        elif self._state.include_subfolders:
            say(self.tr("There are no pictures in this folder and its sub-folders."))
        else:
            sentence = self.tr("There are no pictures in this folder.")
            say(sentence, (self.tr("Include sub-folders"), self._include.toggle))


def _grouped(number: int) -> str:
    """3,680 in the reader's way of writing."""
    locale = QLocale()
    locale.setNumberOptions(QLocale.NumberOption.DefaultNumberOptions)
    return locale.toString(number)


def _end(source: FolderSource, filtering: Worker, loader: ThumbnailLoader) -> None:
    """End the threads; holds nothing of the panel, which may be gone already."""
    source.close()
    filtering.close(timeout=2.0)
    loader.close(timeout=2.0)
