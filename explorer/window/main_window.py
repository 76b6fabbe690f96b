"""The window: menus, the picture in the middle, panels around it, what is happening below."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QMainWindow,
    QMenu,
    QTabBar,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from ..errors import ExplorerError
from ..records import Weights
from .controller import Controller
from .dialogs.evaluate_dialog import EvaluateDialog
from .dialogs.facts import about, information, keyboard
from .dialogs.fine_tune_dialog import FineTuneDialog
from .dialogs.leaving_dialog import LeavingDialog
from .dialogs.log_dialog import LogDialog
from .menus import Menus, shortcuts
from .openings import CHECKPOINT_KINDS, Openings
from .panels import find_panels
from .panels.caption import CaptionPanel
from .panels.compare import ComparePanel
from .panels.evaluation import EvaluationPanel
from .panels.folder import FolderPanel
from .panels.runs import RunsPanel
from .parts.notice import Notice
from .parts.panel_dock import PanelDock
from .parts.status_line import StatusLine
from .picture_view import PictureView
from .settings import Settings
from .state import Captioning, Evaluating, Second, State, Store, Which, Wishes
from .theme import Theme
from .training.seen import RunSeen
from .words import name_model

TITLE_BAR = 40  # pixels at the top of a screen that a window's frame may take
LAYOUT_VERSION = 4  # of the docks; another one means that saved layouts no longer fit
LOW = 1000  # pixels: a window that is lower has no room for a row of runs
LARGE = QSize(1080, 680)  # of a panel in a window of its own
_LEFT = Qt.DockWidgetArea.LeftDockWidgetArea
_RIGHT = Qt.DockWidgetArea.RightDockWidgetArea
_BOTTOM = Qt.DockWidgetArea.BottomDockWidgetArea
_SHARES = {0: 10, 1: 7, 2: 6}  # of the height of a column, by a panel's order


class MainWindow(QMainWindow):
    """Shows the state through its parts; what menus and drops open is asked for beside it."""

    appeared = Signal()  # once, when the window has been painted for the first time

    def __init__(
        self,
        store: Store,
        wishes: Wishes,
        controller: Controller,
        settings: Settings,
        theme: Theme,
    ) -> None:
        super().__init__()
        self._store = store
        self._wishes = wishes
        self._controller = controller
        self._settings = settings
        self._has_appeared = False
        self.openings = Openings(store, wishes, controller, settings, self)
        self._may_leave = False  # what becomes of living trainings was asked
        self._build()
        self._menus = Menus(self, wishes, settings, theme)
        self._connect()
        self._restore_layout()

    def _build(self) -> None:
        self.setWindowTitle("ViT Explorer")
        self.setAcceptDrops(True)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.picture_view = PictureView(self._store, self._wishes)
        self._notice = Notice(self._wishes)
        self.setCentralWidget(_stacked(self._notice, self.picture_view))
        self._status = StatusLine(self._wishes)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().addWidget(self._status, 1)
        self.docks = [PanelDock(panel(self._wishes), State()) for panel in find_panels()]
        self._place_docks()

    def _connect(self) -> None:
        fixed = [self.display, self._menus.display, self._status.display]
        for display in [*fixed, self.picture_view.display, *(dock.display for dock in self.docks)]:
            self._store.changed.connect(display)
            display(State(), self._store.state)
        self._store.changed.connect(self._enter_first_folder)  # once all show it
        for dock in self.docks:
            dock.dockLocationChanged.connect(self._retitle_soon)
            dock.topLevelChanged.connect(self._retitle_soon)
            dock.toggleViewAction().toggled.connect(self._retitle_soon)
        self._store.changed.connect(self._settings.remember)
        self._controller.problem.connect(self._notice.show_problem)
        self._controller.told.connect(self._notice.show_answer)
        self._wishes.run_begun.connect(lambda _folder: self._show_dock(RunsPanel.key))
        for panel in (dock.panel for dock in self.docks):
            if isinstance(panel, RunsPanel | EvaluationPanel):
                panel.enlarging_wished.connect(partial(self._enlarge, panel.key))
        self._wishes.fine_tune_dialog_wished.connect(self.ask_to_fine_tune)
        self._wishes.evaluation_dialog_wished.connect(self.ask_to_evaluate)

    def display(self, old: State, new: State) -> None:
        if new.path != old.path:
            self.setWindowTitle(f"{new.path.name} – ViT Explorer" if new.path else "ViT Explorer")
        if new.folder is not None and new.folder != old.folder:
            self._settings.add_recent_folder(new.folder)
        self._greet(old, new)
        if new.second is not None:
            self._greet(old.second, new.second)
            if old.second is None:
                self._dock(ComparePanel.key).raise_()
        if new.captioning is not None:
            self._greet_captioner(old.captioning, new.captioning)
        if new.selection is not None and new.selection is not old.selection:
            self._dock(FolderPanel.key).show()
        self._greet_evaluation(old.evaluating, new.evaluating)

    def _dock(self, key: str) -> PanelDock:
        """The dock of a panel."""
        return next(dock for dock in self.docks if dock.panel.key == key)

    def _show_dock(self, key: str) -> None:
        """Bring a panel before those that share its place, also where it was closed."""
        dock = self._dock(key)
        dock.show()
        dock.raise_()

    def _enlarge(self, key: str, is_large: bool) -> None:
        """Give a panel a window of its own, with room for all there is to see; or end that."""
        dock, room = self._dock(key), self.screen().availableGeometry()
        dock.setFloating(is_large)
        if is_large:
            dock.resize(LARGE.boundedTo(room.size()))
            place = dock.rect()
            place.moveCenter(self.geometry().center())
            dock.move(place.topLeft())

    def _greet(self, old: State | Second | None, new: State | Second) -> None:
        """Remember a model's file; what the notice told was about the last model."""
        if new.model is None or (old is not None and new.model is old.model):
            return
        self._notice.hide()
        if new.wanted.file is not None:
            self._settings.add_recent_checkpoint(new.wanted)

    def _greet_captioner(self, old: Captioning | None, new: Captioning) -> None:
        """Show the panel of a captioner that somebody opens; remember its file."""
        if old is None or new.wanted != old.wanted:
            self._show_dock(CaptionPanel.key)
        if new.captioner is None or (old is not None and new.captioner is old.captioner):
            return
        self._notice.hide()
        if new.wanted.file is not None:
            self._settings.add_recent_checkpoint(new.wanted)

    def _greet_evaluation(self, old: Evaluating | None, new: Evaluating | None) -> None:
        """Show the panel of an evaluation that somebody wishes for."""
        if new is not None and (old is None or new.source is not old.source):
            self._show_dock(EvaluationPanel.key)

    def show_problem(self, error: ExplorerError) -> None:
        """Tell an error in the window."""
        self._notice.show_problem(error)

    # Layout

    def _place_docks(self) -> None:
        """Docks of one area one below the other; those of equal order as tabs of one place."""
        places: dict[tuple[Qt.DockWidgetArea, int], PanelDock] = {}
        for dock in self.docks:
            place = dock.panel.area, dock.panel.order
            self.addDockWidget(dock.panel.area, dock)
            if place in places:
                self.tabifyDockWidget(places[place], dock)
            dock.show()
            places.setdefault(place, dock)
        for dock in places.values():
            dock.raise_()
        self._retitle_soon()

    def _size_docks(self) -> None:
        """The picture gets the most; folder two columns, maps a quarter, caption three lines."""
        self._spare_a_row()
        wide = self.width() >= 1200
        widths = {_LEFT: 236 if wide else 190, _RIGHT: 420 if wide else 300}
        for side, width in widths.items():
            column = [dock for dock in self.docks if self.dockWidgetArea(dock) == side]
            self.resizeDocks(column, [width] * len(column), Qt.Orientation.Horizontal)
            heights = [_SHARES[dock.panel.order] for dock in column]
            self.resizeDocks(column, [100 * h for h in heights], Qt.Orientation.Vertical)
        below = [dock for dock in self.docks if self.dockWidgetArea(dock) == _BOTTOM]
        height = 124 if self.height() >= 800 else 108
        self.resizeDocks(below, [height] * len(below), Qt.Orientation.Vertical)

    def _spare_a_row(self) -> None:
        """In a low window the runs are a tab of the place above them, behind the others."""
        runs = self._dock(RunsPanel.key)
        above = [dock for dock in self.docks if dock.panel.area == _RIGHT and dock.panel.order == 1]
        if self.height() < LOW and above:
            self.tabifyDockWidget(above[-1], runs)
            above[0].raise_()
            self._retitle_soon()

    def reset_layout(self) -> None:
        """Put every panel back where it was at first."""
        for dock in self.docks:
            dock.setFloating(False)
            self.removeDockWidget(dock)
        self._place_docks()
        self._size_docks()

    def _restore_layout(self) -> None:
        geometry, docks = self._settings.layout()
        if not self.restoreGeometry(geometry):
            room = self.screen().availableSize()
            self.resize(min(1440, room.width()), min(900, room.height() - TITLE_BAR))
        if not self.restoreState(docks, LAYOUT_VERSION):
            self._size_docks()

    def _retitle_soon(self) -> None:
        QTimer.singleShot(0, self, self._retitle)  # Qt makes the tabs only after it has told

    def _retitle(self) -> None:
        for dock in self.docks:
            dock.show_as_tab(bool(self.tabifiedDockWidgets(dock)) and not dock.isFloating())
        for tabs in self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            tabs.setExpanding(False)
            tabs.setElideMode(Qt.TextElideMode.ElideNone)
            tabs.setAccessibleName(self.tr("Panels"))

    # Dialogs that only tell, and drops

    def ask_to_fine_tune(self) -> None:
        """Set up a training beside the window, in one dialog at a time."""
        open_one = self.findChild(FineTuneDialog)
        if open_one is not None:
            open_one.activateWindow()
            return
        dialog = FineTuneDialog(
            self._store, self._controller, self._settings, CHECKPOINT_KINDS, self
        )
        dialog.made.connect(self._wishes.run_resumed)  # begins a new one
        dialog.made.connect(self._wishes.run_begun)
        dialog.show()

    def ask_to_evaluate(self) -> None:
        """Ask which model is to be measured, and by which labelled pictures."""
        state = self._store.state
        dialog = EvaluateDialog(
            self._models_at_hand(state), state.folder, self._controller, CHECKPOINT_KINDS, self
        )
        dialog.chosen.connect(self._wishes.model_evaluated)
        dialog.open()

    def _models_at_hand(self, state: State) -> list[tuple[Which | Weights, str]]:
        """Those that are open, then the best ones of runs; and what they are called."""
        at_hand: list[tuple[Which | Weights, str]] = []
        if state.model is not None:
            at_hand.append(("first", name_model(state.wanted, state.model)))
        if state.second is not None and state.second.model is not None:
            at_hand.append(("second", name_model(state.second.wanted, state.second.model)))
        runs = [seen for seen in state.runs if seen.best is not None]
        best = [Weights("", seen.run.best) for seen in runs]
        return [*at_hand, *((weights, name_model(weights, None)) for weights in best)]

    def show_information(self) -> None:
        """Tell what is known of the model, and of the captioner that is open."""
        state = self._store.state
        captioner = state.captioning.captioner if state.captioning is not None else None
        if state.model is not None or captioner is not None:
            information(state.model, captioner, self).open()

    def show_keyboard(self) -> None:
        listed = [
            action for menu in self.menuBar().findChildren(QMenu) for action in menu.actions()
        ]
        others = [action for action in self.findChildren(QAction) if action not in listed]
        keys = shortcuts([*listed, *others])
        keys += self.picture_view.keys()
        for dock in self.docks:
            keys += dock.panel.keys()
        keyboard(list(dict.fromkeys(keys)), self).open()  # some widgets are there twice

    def show_log(self) -> None:
        LogDialog(self).open()

    def show_about(self) -> None:
        about(self).open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = _dropped(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.openings.open_path(path)

    # Life

    def begin(self, path: Path | None) -> None:
        """Load the model and open a path, else what was open last: when the window is seen."""
        self._controller.start()
        state = self._store.state
        if path is not None:
            self.openings.open_path(path)
        elif state.path is not None:
            self._wishes.picture_chosen.emit(state.path, state.neighbours)
        self._begin_with_pictures()

    def _begin_with_pictures(self) -> None:
        """Keys go to the pictures at first, or to what opens some; else Qt takes any button."""
        folder, stage = self._dock(FolderPanel.key).panel, self.picture_view.stage
        if self._store.state.folder is None:
            stage.placard.button.setFocus()
        elif folder.isVisible():
            folder.setFocus()
        else:
            stage.canvas.setFocus()

    def _enter_first_folder(self, old: State, new: State) -> None:
        """The button that asked for it is gone, and Qt has given its keys to any other."""
        if old.folder is None and new.folder is not None:
            self._begin_with_pictures()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.Paint and not self._has_appeared:
            self._has_appeared = True
            QTimer.singleShot(0, self.appeared.emit)  # the rest of the window is painted by then
        return handled

    def closeEvent(self, event: QCloseEvent) -> None:
        alive = [seen for seen in self._store.state.runs if seen.is_alive]
        if alive and not self._may_leave:
            event.ignore()
            self._ask_before_leaving(alive)
            return
        self._settings.remember_layout(self.saveGeometry(), self.saveState(LAYOUT_VERSION))
        super().closeEvent(event)

    def _ask_before_leaving(self, alive: list[RunSeen]) -> None:
        """Ask what is to become of trainings that live, then close."""
        dialog = LeavingDialog([seen.name for seen in alive], self)
        dialog.going_on_chosen.connect(self._leave)
        dialog.stopping_chosen.connect(lambda: self._controller.runs.stop_all(self._leave))
        dialog.open()

    def _leave(self) -> None:
        self._may_leave = True
        self.close()


def _stacked(*widgets: QWidget) -> QWidget:
    """Widgets one below the other; the last one gets the room."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget, 1 if widget is widgets[-1] else 0)
    return whole


def _dropped(data: QMimeData) -> Path | None:
    """The first file or folder of what was dropped."""
    local = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return Path(local[0]) if local else None
