"""The menu bar: every wish that is no panel's own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QLabel, QMenu, QMenuBar

from ..records import CaptionerWeights, Weights
from .settings import Settings
from .state import Options, State, Wishes
from .theme import Choice, Theme

if TYPE_CHECKING:
    from .main_window import MainWindow


class _Choices(QObject):
    """A sub-menu of which one entry is checked."""

    def __init__(
        self, menu: QMenu, choices: Sequence[tuple[Any, str]], chosen: Callable[[Any], None]
    ) -> None:
        super().__init__(menu)
        self._group = QActionGroup(self)
        for value, text in choices:
            action = self._group.addAction(text)
            action.setCheckable(True)
            action.setData(value)
        menu.addActions(self._group.actions())
        self._group.triggered.connect(lambda action: chosen(action.data()))

    def show(self, value: object) -> None:
        for action in self._group.actions():
            action.setChecked(action.data() == value)


class Menus(QObject):
    """Builds the menus, keeps their marks in step with the state, and voices their wishes."""

    def __init__(
        self, window: MainWindow, wishes: Wishes, settings: Settings, theme: Theme
    ) -> None:
        super().__init__(window)
        self._wishes = wishes
        self._settings = settings
        self._theme = theme
        self._state = State()
        bar = window.menuBar()
        self._add_name(bar)
        self._build_file(bar.addMenu(self.tr("&File")), window)
        self._build_view(bar.addMenu(self.tr("&View")), window)
        self._build_model(bar.addMenu(self.tr("&Model")), window)
        self._build_training(bar.addMenu(self.tr("&Training")))
        self._build_help(bar.addMenu(self.tr("&Help")), window)

    def display(self, _old: State, new: State) -> None:
        self._state = new
        self._subfolders.setChecked(new.include_subfolders)
        self._devices.show(new.options.device)
        self._precisions.show(new.options.precision)
        self._framings.show(new.options.framing)
        is_captioner = new.captioning is not None and new.captioning.captioner is not None
        self._information.setEnabled(new.model is not None or is_captioner)
        self._close_captioner.setEnabled(new.captioning is not None)
        self._self_check.setEnabled(new.model is not None and new.picture is not None)
        self._display_comparison(new)

    def _display_comparison(self, new: State) -> None:
        for entry in self._comparing:
            entry.setEnabled(new.model is not None)
        are_two = new.second is not None and new.second.model is not None
        self._swap.setEnabled(are_two)
        self._difference.setEnabled(are_two)
        self._difference.setChecked(new.shows_difference)
        self._close_second.setEnabled(new.second is not None)

    def _add_name(self, bar: QMenuBar) -> None:
        name = QLabel("ViT Explorer", bar)
        name.setProperty("strong", True)
        name.setContentsMargins(13, 0, 4, 0)
        bar.setCornerWidget(name, Qt.Corner.TopLeftCorner)

    def _build_file(self, menu: QMenu, window: MainWindow) -> None:
        _add(menu, self.tr("&Open folder…"), window.openings.ask_for_folder, "Ctrl+O")
        _add(menu, self.tr("Open &picture…"), window.openings.ask_for_picture, "Ctrl+Shift+O")
        recent = menu.addMenu(self.tr("&Recent folders"))
        recent.aboutToShow.connect(partial(self._fill_recent_folders, recent))
        self._subfolders = _add(menu, self.tr("Include &sub-folders"), None)
        self._subfolders.setCheckable(True)
        self._subfolders.triggered.connect(self._wishes.subfolders_chosen)
        menu.addSeparator()
        _add(menu, self.tr("&Quit"), window.close, "Ctrl+Q").setMenuRole(QAction.MenuRole.QuitRole)

    def _build_view(self, menu: QMenu, window: MainWindow) -> None:
        for dock in window.docks:
            menu.addAction(dock.toggleViewAction())
        _add(menu, self.tr("&Reset layout"), window.reset_layout)
        menu.addSeparator()
        menu.addActions(window.picture_view.actions())
        menu.addSeparator()
        choices = [
            ("system", self.tr("Like the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ]
        self._themes = _Choices(menu.addMenu(self.tr("&Theme")), choices, self._choose_theme)
        self._themes.show(self._theme.choice)

    def _build_model(self, menu: QMenu, window: MainWindow) -> None:
        _add(menu, self.tr("&Choose model…"), window.openings.ask_for_model, "Ctrl+M")
        _add(menu, self.tr("&Open checkpoint…"), window.openings.ask_for_checkpoint, "Ctrl+Shift+M")
        recent = menu.addMenu(self.tr("&Recent checkpoints"))
        recent.aboutToShow.connect(partial(self._fill_recent_checkpoints, recent))
        menu.addSeparator()
        self._build_comparison(menu, window)
        menu.addSeparator()
        _add(menu, self.tr("Choose captio&ner…"), window.openings.ask_for_captioner, "Ctrl+Shift+K")
        closed = self._wishes.captioner_closed.emit
        self._close_captioner = _add(menu, self.tr("Close captione&r"), closed)
        menu.addSeparator()
        self._devices = _Choices(
            menu.addMenu(self.tr("&Device")), self._device_choices(), partial(self._wish, "device")
        )
        self._precisions = _Choices(
            menu.addMenu(self.tr("&Precision")),
            [("float32", "float32"), ("bfloat16", self.tr("bfloat16 (faster, rounder)"))],
            partial(self._wish, "precision"),
        )
        self._framings = _Choices(
            menu.addMenu(self.tr("&Framing")),
            self._framing_choices(),
            partial(self._wish, "framing"),
        )
        menu.addSeparator()
        self._self_check = _add(menu, self.tr("&Self-check"), self._wishes.self_check_wished.emit)
        self._information = _add(menu, self.tr("&Information…"), window.show_information, "Ctrl+I")

    def _build_comparison(self, menu: QMenu, window: MainWindow) -> None:
        """What a second model needs; the keys are letters, for they are pressed to and fro."""
        wishes = self._wishes
        recent = QMenu(self.tr("Compare with recen&t checkpoint"), menu)
        recent.aboutToShow.connect(partial(self._fill_recent_models, recent))
        self._comparing = [
            _add(menu, self.tr("Compare with &model…"), window.openings.ask_for_second_model),
            _add(
                menu,
                self.tr("Compare with c&heckpoint…"),
                window.openings.ask_for_second_checkpoint,
            ),
            menu.addMenu(recent),
        ]
        self._swap = _add(menu, self.tr("S&wap models"), wishes.models_swapped.emit, "X")
        self._difference = _add(menu, self.tr("Show diff&erence"), None, "D")
        self._difference.setCheckable(True)
        self._difference.triggered.connect(wishes.difference_chosen)
        self._close_second = _add(menu, self.tr("C&lose second model"), wishes.second_closed.emit)

    def _build_training(self, menu: QMenu) -> None:
        _add(menu, self.tr("&Fine-tune…"), self._wishes.fine_tune_dialog_wished.emit, "Ctrl+T")
        _add(menu, self.tr("&Evaluate…"), self._wishes.evaluation_dialog_wished.emit, "Ctrl+E")

    def _build_help(self, menu: QMenu, window: MainWindow) -> None:
        _add(menu, self.tr("&Keyboard"), window.show_keyboard, "F1")
        _add(menu, self.tr("Show &log"), window.show_log)
        about = _add(menu, self.tr("&About ViT Explorer"), window.show_about)
        about.setMenuRole(QAction.MenuRole.AboutRole)

    def _device_choices(self) -> list[tuple[Any, str]]:
        """The devices this system may have; whether it has them, torch says when one is chosen."""
        accelerator = ("mps", "MPS") if sys.platform == "darwin" else ("cuda", "CUDA")
        return [("auto", self.tr("Automatic")), accelerator, ("cpu", "CPU")]

    def _framing_choices(self) -> list[tuple[Any, str]]:
        return [
            (None, self.tr("The model's own")),
            ("squash", self.tr("Squash: all of the picture, its shape changed")),
            ("crop", self.tr("Crop: the middle of the picture")),
            ("pad", self.tr("Pad: all of the picture, with bars")),
        ]

    def _fill_recent_folders(self, menu: QMenu) -> None:
        wish = self._wishes.folder_chosen.emit
        self._fill(
            menu, [(folder, partial(wish, folder)) for folder in self._settings.recent_folders]
        )

    def _fill_recent_checkpoints(self, menu: QMenu) -> None:
        """Models and captioners: each opens as what it is."""
        recent = self._settings.recent_checkpoints
        self._fill(menu, [(w.file, partial(self._open, w)) for w in recent if w.file is not None])

    def _fill_recent_models(self, menu: QMenu) -> None:
        """Those that a model can be compared with."""
        recent = [w for w in self._settings.recent_checkpoints if isinstance(w, Weights)]
        wish = self._wishes.second_chosen.emit
        self._fill(menu, [(w.file, partial(wish, w)) for w in recent if w.file is not None])

    def _open(self, weights: Weights | CaptionerWeights) -> None:
        if isinstance(weights, CaptionerWeights):
            self._wishes.captioner_chosen.emit(weights)
        else:
            self._wishes.weights_chosen.emit(weights)

    def _fill(self, menu: QMenu, entries: list[tuple[Path, Callable[[], None]]]) -> None:
        menu.clear()
        for path, chosen in entries:
            _add(menu, str(path).replace("&", "&&"), chosen).setEnabled(path.exists())
        if menu.isEmpty():
            _add(menu, self.tr("None yet"), None).setEnabled(False)

    def _wish(self, option: str, value: Any) -> None:
        options: Options = replace(self._state.options, **{option: value})
        self._wishes.options_chosen.emit(options)

    def _choose_theme(self, choice: Choice) -> None:
        self._theme.choose(choice)
        self._settings.theme = choice


def shortcuts(actions: Iterable[QAction]) -> list[tuple[str, str]]:
    """Keys and what they do, of all actions that have keys."""
    return [(_keys(action), _plain(action.text())) for action in actions if action.shortcuts()]


def _keys(action: QAction) -> str:
    native = QKeySequence.SequenceFormat.NativeText
    return ", ".join(keys.toString(native) for keys in action.shortcuts())


def _add(
    menu: QMenu, text: str, chosen: Callable[..., object] | None, keys: str | None = None
) -> QAction:
    action = menu.addAction(text)
    if chosen is not None:
        action.triggered.connect(lambda: chosen())
    if keys is not None:
        action.setShortcut(QKeySequence(keys))
    return action


def _plain(text: str) -> str:
    return text.replace("&", "").removesuffix("…")
