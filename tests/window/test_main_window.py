"""The whole window, used as a person uses it, with a model that answers at once."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import PIL.Image
import pytest
from PySide6.QtCore import QDeadlineTimer, QEvent, QMimeData, QPoint, QPointF, QSize, Qt, QUrl
from PySide6.QtGui import QAction, QColor, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLabel, QPushButton

from explorer import paths
from explorer.errors import ExplorerError
from explorer.records import DEFAULT_MODEL, CaptionerWeights, Weights, WordQuery, Writing
from explorer.window.controller import Controller
from explorer.window.dialogs import fine_tune_dialog
from explorer.window.dialogs.fine_tune_dialog import FineTuneDialog
from explorer.window.main_window import MainWindow
from explorer.window.parts.panel_dock import PanelDock
from explorer.window.settings import Settings
from explorer.window.state import Store, Wishes
from explorer.window.theme import DARK, LIGHT
from explorer.window.training.fine_tuning.looking import Source
from explorer.window.training.fine_tuning.model_facts import ModelFacts

from .whole_window import activate, end_program

Open = Callable[..., MainWindow]
CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
EXAMINE = "explorer.window.dialogs.checkpoint_dialog.examine"


@pytest.fixture
def open_window(qtbot, shelf, captioners, theme) -> Iterator[Open]:
    """Opens windows that share the fake model; closes them again."""
    opened: list[tuple[MainWindow, Controller]] = []

    def open_one(path: Path | None = None, size: QSize | None = None) -> MainWindow:
        settings, wishes = Settings(), Wishes()
        store = Store(settings.restore())
        controller = Controller(store, wishes, shelf.load, captioners.load)
        window = MainWindow(store, wishes, controller, settings, theme)
        window.store, window.wishes = store, wishes
        opened.append((window, controller))
        if size is not None:
            window.resize(size)
        with qtbot.waitSignal(window.appeared):
            window.show()
        window.begin(path)
        return window

    yield open_one
    for window, controller in opened:
        end_program(window, controller)


def menu_action(window: MainWindow, text: str) -> QAction:
    """An entry of the menus by its text."""
    found = [a for a in window.findChildren(QAction) if a.text().replace("&", "") == text]
    assert len(found) == 1, text
    return found[0]


def status(window: MainWindow) -> str:
    """What the line below says."""
    labels = window.statusBar().findChildren(QLabel)
    return " | ".join(label.text() for label in labels if label.isVisible())


def notice(window: MainWindow) -> str:
    return window._notice.accessibleName() if window._notice.isVisible() else ""


def dialog(window: MainWindow) -> QDialog:
    """The dialog that is open, once it has the keyboard."""
    found = [d for d in window.findChildren(QDialog) if d.isVisible()]
    assert len(found) == 1, [d.windowTitle() for d in found]
    deadline = QDeadlineTimer(5000)
    while not (found[0].isActiveWindow() or deadline.hasExpired()):
        QApplication.processEvents()
    return found[0]


def traced(window: MainWindow, name: str) -> bool:
    state = window.store.state
    return state.trace is not None and state.picture.path.name == name


def test_picture_of_the_command_line(open_window, pictures, qtbot):
    """`main.py PICTURE` shows the picture, its neighbours in the folder, and what the model saw."""
    window = open_window(pictures[1])
    qtbot.waitUntil(lambda: traced(window, "b.png"))
    assert window.windowTitle() == "b.png – ViT Explorer"
    assert window.store.state.folder == pictures[1].parent
    qtbot.waitUntil(lambda: "traced in" in status(window))
    assert "fake | CPU · float32" in status(window)
    assert "b.png · 25 × 16 → 144 × 96 squashed" in status(window)


def test_keys_walk_through_pictures_at_first(open_window, pictures, qtbot):
    """Nobody has to click before the arrow keys choose the next picture, or Space opens some."""
    empty = open_window()
    assert empty.focusWidget() is empty.picture_view.stage.placard.button
    empty.close()
    window = open_window(pictures[0])
    qtbot.waitUntil(lambda: traced(window, "a.png"))
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: traced(window, "b.png"))
    dock_of(window, "folder").hide()
    window.close()
    window = open_window(pictures[0])
    assert window.focusWidget() is window.picture_view.canvas


def test_folder_is_opened_again(open_window, pictures, qtbot):
    """The next start shows the same folder, picture, model options and overlay."""
    first = open_window(pictures[2])
    qtbot.waitUntil(lambda: traced(first, "c.png"))
    menu_action(first, "Pad: all of the picture, with bars").trigger()
    menu_action(first, "Show overlay").trigger()
    first.close()
    second = open_window()
    qtbot.waitUntil(lambda: traced(second, "c.png"))
    assert second.store.state.options.framing == "pad"
    assert not second.store.state.overlay.visible
    assert menu_action(second, "Pad: all of the picture, with bars").isChecked()


def test_layout_is_remembered(open_window, qtbot):
    """Size and docks are as they were left; reset brings back what is closed."""
    first = open_window(size=QSize(760, 640))
    menu_action(first, "Heads").trigger()
    first.close()
    second = open_window()
    assert second.size() == QSize(760, 640)
    assert not menu_action(second, "Heads").isChecked()
    menu_action(second, "Reset layout").trigger()
    assert menu_action(second, "Heads").isChecked()
    assert all(dock.isVisible() for dock in second.docks)


def test_damaged_layout_does_no_harm(open_window):
    """Foreign bytes in place of a layout lead to the usual one."""
    settings = Settings()
    settings._file.setValue("window/docks", b"foreign")
    settings._file.setValue("window/geometry", "text")
    settings._file.sync()
    window = open_window()
    assert all(dock.isVisible() for dock in window.docks)


def test_small_window(open_window, pictures, qtbot):
    """900 × 600 is enough: nothing forces the window to be larger."""
    window = open_window(pictures[0], QSize(900, 600))
    qtbot.waitUntil(lambda: traced(window, "a.png"))
    window.show_problem(ExplorerError("One long sentence. " * 30))
    QApplication.processEvents()
    assert window.size() == QSize(900, 600)
    assert window.picture_view.width() >= 300


def test_every_panel_has_a_dock(open_window):
    """All panels that lie in their folder are there, in the View menu, too."""
    window = open_window()
    keys = {dock.panel.key for dock in window.docks}
    assert {"folder", "heads", "predictions"} <= keys
    for dock in window.docks:
        assert menu_action(window, dock.windowTitle()).isChecked()


def test_hidden_panel_catches_up(open_window, pictures, qtbot):
    """A closed panel costs nothing, and shows the latest when it is opened."""
    window = open_window(pictures[0])
    qtbot.waitUntil(lambda: traced(window, "a.png"))
    [heads] = [dock for dock in window.docks if dock.panel.key == "heads"]
    shown = []
    real = heads.panel.display
    heads.panel.display = lambda old, new: (shown.append(new), real(old, new))
    heads.hide()
    window.wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: traced(window, "b.png"))
    assert not shown
    heads.show()
    assert shown[-1] is window.store.state


def test_theme_is_chosen_without_a_restart(open_window, qtbot):
    """Another theme repaints the window at once, and is remembered."""
    window = open_window()
    assert window.grab().toImage().pixelColor(3, 3) == QColor(DARK.window)
    menu_action(window, "Light").trigger()
    assert window.grab().toImage().pixelColor(3, 3) == QColor(LIGHT.window)
    assert Settings().theme == "light"


def test_error_is_told_in_the_window(open_window, qtbot):
    """One sentence with its next step, until it is dismissed."""
    window = open_window()
    window.show_problem(ExplorerError("The disk is full.", hint="Delete something."))
    assert notice(window) == "Problem: The disk is full. Delete something."
    qtbot.mouseClick(window._notice._close, Qt.MouseButton.LeftButton)
    assert notice(window) == ""


def test_missing_weights_are_offered(open_window, shelf, qtbot):
    """Beside a model in use, the download is one click in the notice, and can be cancelled."""
    window = open_window()
    qtbot.waitUntil(lambda: window.store.state.model is not None)
    shelf.missing.add("other")
    window.wishes.weights_chosen.emit(Weights("other"))
    qtbot.waitUntil(lambda: "not here" in notice(window))
    qtbot.mouseClick(window._notice._download, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Downloading" in status(window))
    assert window._status._progress.value() == 250
    qtbot.mouseClick(window._status._cancel, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Downloading" not in status(window))
    assert "fake" in status(window)


def test_picture_that_cannot_be_traced(open_window, pictures, shelf, qtbot, monkeypatch):
    """It is shown, the reason is told, and nothing goes on pretending to compute."""
    window = open_window()
    qtbot.waitUntil(lambda: window.store.state.model is not None)
    with monkeypatch.context() as patch:
        patch.setattr(type(shelf.vit), "trace", lambda *args, **named: 1 / 0)
        window.wishes.picture_chosen.emit(pictures[0], ())
        qtbot.waitUntil(lambda: "ZeroDivisionError" in notice(window))
    assert "tracing" not in status(window)
    [heads] = [dock.panel for dock in window.docks if dock.panel.key == "heads"]
    assert "could not trace" in "".join(label.text() for label in heads.findChildren(QLabel))


def test_self_check_answers_in_the_window(open_window, pictures, qtbot):
    window = open_window(pictures[0])
    qtbot.waitUntil(lambda: traced(window, "a.png"))
    menu_action(window, "Self-check").trigger()
    qtbot.waitUntil(lambda: notice(window) == "Note: checked a")


def drop(window: MainWindow, *paths: Path) -> bool:
    """Drag files from elsewhere onto the window and let them go; False where it wants none."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    copy, left, no_key = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    enter = QDragEnterEvent(QPoint(9, 9), copy, data, left, no_key)
    QApplication.sendEvent(window, enter)
    if not enter.isAccepted():
        return False
    QApplication.sendEvent(window, QDropEvent(QPointF(9, 9), copy, data, left, no_key))
    return True


def test_dropped_folder_and_picture(open_window, pictures, qtbot):
    """A folder opens; a picture opens with its folder."""
    window = open_window()
    assert drop(window, pictures[0].parent)
    assert window.store.state.folder == pictures[0].parent
    assert drop(window, pictures[3])
    qtbot.waitUntil(lambda: traced(window, "d.png"))
    assert not drop(window)


def test_dropped_checkpoint_asks(open_window, tmp_path, qtbot, monkeypatch, make_examined):
    """A checkpoint asks what its tensors cannot say; its answers are kept for the next time."""
    examined = make_examined(heads=(4, (1, 2, 4)))
    monkeypatch.setattr(EXAMINE, lambda *_: examined)
    file = tmp_path / "pets.pth"
    file.touch()
    window = open_window()
    drop(window, file)
    asking = dialog(window)
    qtbot.waitUntil(lambda: asking._open.isEnabled())
    qtbot.keyClick(asking, Qt.Key.Key_Return)
    wanted = Weights("", file=file, heads=4)
    assert window.store.state.wanted == wanted
    qtbot.waitUntil(lambda: Settings().recent_checkpoints == (wanted,))


def test_dropped_folder_of_a_checkpoint(open_window, pictures, monkeypatch, make_examined):
    """A folder as Hugging Face saves models opens as a checkpoint; one of pictures stays one."""
    monkeypatch.setattr(EXAMINE, lambda *_: make_examined())
    window, folder = open_window(), pictures[0].parent / "pets"
    folder.mkdir()
    (folder / "model.safetensors").touch()
    drop(window, folder)
    dialog(window).accept()
    assert window.store.state.folder is None
    drop(window, folder.parent)
    assert window.store.state.folder == folder.parent


def test_closed_dialog_hears_nothing(open_window, qtbot, tmp_path, monkeypatch, make_examined):
    """An answer that comes after its dialog was closed does no harm."""
    examined = make_examined()
    monkeypatch.setattr(EXAMINE, lambda *_: examined)
    window = open_window()
    window.openings.open_checkpoint(tmp_path / "a.pth")
    dialog(window).reject()
    qtbot.wait(50)
    assert notice(window) == ""


def test_folder_menu(open_window, pictures, monkeypatch, qtbot):
    """File > Open folder opens what is chosen; it is found under Recent folders later."""
    window = open_window()
    folder = pictures[0].parent
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    menu_action(window, "Open folder…").trigger()
    assert window.store.state.folder == folder
    recent = menu_action(window, "Recent folders").menu()
    recent.aboutToShow.emit()
    assert [action.text() for action in recent.actions()] == [str(folder)]


def test_picture_menu(open_window, pictures, monkeypatch, qtbot):
    """File > Open picture opens a picture with its folder; cancelling changes nothing."""
    window = open_window()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    menu_action(window, "Open picture…").trigger()
    assert window.store.state.folder is None
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(pictures[2]), ""))
    menu_action(window, "Open picture…").trigger()
    qtbot.waitUntil(lambda: traced(window, "c.png"))


def test_options_of_the_model_menu(open_window, shelf, qtbot):
    """Device and precision reach the loader; their marks follow."""
    window = open_window()
    qtbot.waitUntil(lambda: window.store.state.model is not None)
    menu_action(window, "CPU").trigger()
    qtbot.waitUntil(lambda: shelf.loaded[-1][1] == "cpu")
    menu_action(window, "bfloat16 (faster, rounder)").trigger()
    qtbot.waitUntil(lambda: shelf.loaded[-1][2] == "bfloat16")
    assert menu_action(window, "CPU").isChecked()
    assert not menu_action(window, "Automatic").isChecked()


COMPARING = [
    "Compare with model…",
    "Compare with checkpoint…",
    "Swap models",
    "Show difference",
    "Close second model",
]


def offered(window: MainWindow) -> list[str]:
    """What of comparing the Model menu offers now."""
    return [text for text in COMPARING if menu_action(window, text).isEnabled()]


def test_comparing_is_offered_where_it_makes_sense(open_window, shelf, pictures, qtbot):
    """First a model, then a second one, then what can be done with two."""
    shelf.load_may_go.clear()
    window = open_window(pictures[0])
    assert offered(window) == []
    shelf.load_may_go.set()
    qtbot.waitUntil(lambda: window.store.state.model is not None)
    assert offered(window) == COMPARING[:2]
    shelf.load_may_go.clear()
    window.wishes.second_chosen.emit(Weights("second"))
    assert offered(window) == [*COMPARING[:2], "Close second model"]
    shelf.load_may_go.set()
    qtbot.waitUntil(lambda: offered(window) == COMPARING)
    menu_action(window, "Close second model").trigger()
    assert offered(window) == COMPARING[:2]


def test_comparing_shows_itself(open_window, shelf, pictures, qtbot):
    """Who opens a second model sees both; who then looks at something else is left alone."""
    window = open_window(pictures[0])
    compare = next(dock.panel for dock in window.docks if dock.panel.key == "compare")
    heads = next(dock for dock in window.docks if dock.panel.key == "heads")
    qtbot.waitUntil(lambda: window.store.state.trace is not None)
    assert compare.visibleRegion().isEmpty()
    window.wishes.second_chosen.emit(Weights("second"))
    qtbot.waitUntil(lambda: not compare.visibleRegion().isEmpty())
    heads.raise_()
    window.wishes.second_chosen.emit(Weights("third"))
    qtbot.waitUntil(lambda: window.store.state.second.wanted.name == "third")
    qtbot.waitUntil(lambda: compare.visibleRegion().isEmpty())


def test_keys_of_two_models(open_window, shelf, pictures, qtbot):
    """X swaps them, D shows their difference; the line below names the first one first."""
    window = open_window(pictures[0])
    qtbot.waitUntil(lambda: traced(window, "a.png"))
    activate(window, qtbot)
    shelf.change(name="small")
    window.wishes.second_chosen.emit(Weights("second"))
    qtbot.waitUntil(lambda: "fake ⇄ small" in status(window))
    qtbot.keyClick(window.picture_view.canvas, Qt.Key.Key_X)
    assert "small ⇄ fake" in status(window)
    qtbot.keyClick(window.picture_view.canvas, Qt.Key.Key_D)
    assert window.store.state.shows_difference
    assert menu_action(window, "Show difference").isChecked()
    qtbot.keyClick(window.picture_view.canvas, Qt.Key.Key_D)
    assert not window.store.state.shows_difference
    menu_action(window, "Close second model").trigger()
    assert "⇄" not in status(window)


def test_names_of_two_models(open_window, shelf, qtbot):
    """Below, timm's tags are left out where the models are apart without them."""
    shelf.change(name="vit_small.augreg")
    window = open_window()
    qtbot.waitUntil(lambda: "vit_small.augreg" in status(window))
    for name, both in (
        ("vit_tiny.dino", "vit_small ⇄ vit_tiny |"),
        ("vit_small.dino", "vit_small.augreg ⇄ vit_small.dino |"),
    ):
        shelf.change(name=name)
        window.wishes.second_chosen.emit(Weights(name))
        qtbot.waitUntil(lambda both=both: both in status(window))


def test_missing_second_is_offered(open_window, shelf, qtbot):
    """Its download is one click in the notice, which goes when the second model is there."""
    window = open_window()
    qtbot.waitUntil(lambda: window.store.state.model is not None)
    shelf.missing.add("second")
    window.wishes.second_chosen.emit(Weights("second"))
    qtbot.waitUntil(lambda: "not here" in notice(window))
    qtbot.mouseClick(window._notice._download, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "Downloading" in status(window))
    window.show_problem(ExplorerError("Something else."))
    shelf.download_may_go.set()
    qtbot.waitUntil(lambda: "fake ⇄ fake" in status(window))
    assert notice(window) == ""


def test_model_to_compare_with(open_window, monkeypatch, qtbot):
    """The list of models opens for the second one; what is chosen there leaves the first alone."""
    entry = SimpleNamespace(
        name="small", library="timm", input_size=(224, 224), classes=9, address="…", file=None,
        belongings=(), size=1,
    )  # fmt: skip
    dialogs = "explorer.window.dialogs.model_dialog"
    monkeypatch.setattr(f"{dialogs}.list_models", lambda task: [entry])
    monkeypatch.setattr(f"{dialogs}.estimate_size", lambda name, task: (name, 1))
    window = open_window()
    qtbot.waitUntil(lambda: window.store.state.model is not None)
    menu_action(window, "Compare with model…").trigger()
    choosing = dialog(window)
    assert choosing.windowTitle() == "Compare with model"
    qtbot.waitUntil(lambda: choosing._open.isEnabled())
    qtbot.keyClick(choosing, Qt.Key.Key_Return)
    state = window.store.state
    assert (state.wanted, state.second.wanted) == (DEFAULT_MODEL, Weights("small"))
    qtbot.waitUntil(lambda: window.store.state.second.model is not None)


def test_checkpoint_to_compare_with(open_window, tmp_path, monkeypatch, qtbot, make_examined):
    """It is asked about like any other, becomes the second, and is found again later."""
    examined = make_examined()
    monkeypatch.setattr(EXAMINE, lambda *_: examined)
    file = tmp_path / "pets.pth"
    file.touch()
    window = open_window()
    qtbot.waitUntil(lambda: window.store.state.model is not None)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    menu_action(window, "Compare with checkpoint…").trigger()
    assert not [d for d in window.findChildren(QDialog) if d.isVisible()]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    menu_action(window, "Compare with checkpoint…").trigger()
    asking = dialog(window)
    assert asking.windowTitle() == "Compare with checkpoint"
    qtbot.waitUntil(lambda: asking._open.isEnabled())
    qtbot.keyClick(asking, Qt.Key.Key_Return)
    wanted = Weights("", file=file)
    assert (window.store.state.wanted, window.store.state.second.wanted) == (DEFAULT_MODEL, wanted)
    qtbot.waitUntil(lambda: Settings().recent_checkpoints == (wanted,))
    window.wishes.second_closed.emit()
    recent = menu_action(window, "Compare with recent checkpoint").menu()
    recent.aboutToShow.emit()
    recent.actions()[0].trigger()
    assert window.store.state.second.wanted == wanted


def test_keyboard_list_is_complete(open_window, qtbot):
    """Help > Keyboard names every key of the menus, and those of the panels."""
    window = open_window()
    menu_action(window, "Keyboard").trigger()
    words = [label.text() for label in dialog(window).findChildren(QLabel)]
    for action in window.findChildren(QAction):
        if not action.shortcut().isEmpty() and action.text():
            assert action.text().replace("&", "").removesuffix("…") in words
    assert len(words) == len(set(zip(words[::2], words[1::2], strict=True))) * 2
    for shown in (window.picture_view, *(dock.panel for dock in window.docks)):
        own = shown.keys()
        assert all(keys in words and what in words for keys, what in own)
    dialog(window).close()


def test_no_key_means_two_things(open_window):
    """Every shortcut belongs to one action, but for those that only the focused widget hears."""
    window = open_window()
    keys = [
        action.shortcut().toString()
        for action in window.findChildren(QAction)
        if not action.shortcut().isEmpty()
        and action.shortcutContext() != Qt.ShortcutContext.WidgetShortcut
    ]
    assert len(keys) == len(set(keys))


def test_texts_of_help(open_window, qtbot):
    """About, the log and the model's information open and close."""
    window = open_window()
    qtbot.waitUntil(lambda: window.store.state.model is not None)
    for text in ("About ViT Explorer", "Show log", "Information…"):
        menu_action(window, text).trigger()
        qtbot.keyClick(dialog(window), Qt.Key.Key_Escape)


def test_widgets_have_names(open_window):
    """A screen reader finds a name on everything that can have the focus."""
    window = open_window()
    for widget in window.findChildren(QLabel.__mro__[2]):
        takes_focus = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes_focus and widget.isVisible():
            text = getattr(widget, "text", lambda: "")()
            assert widget.accessibleName() or text, widget


def test_broken_picture_is_said(open_window, tmp_path, qtbot):
    """A file that is no picture keeps its place, and the next one works."""
    (tmp_path / "a.png").write_bytes(b"not a picture")
    PIL.Image.new("RGB", (20, 20)).save(tmp_path / "b.png")
    window = open_window(tmp_path / "a.png")
    qtbot.waitUntil(lambda: window.store.state.picture_problem is not None)
    window.wishes.picture_chosen.emit(tmp_path / "b.png", ())
    qtbot.waitUntil(lambda: traced(window, "b.png"))


def dock_of(window: MainWindow, key: str) -> PanelDock:
    (found,) = (dock for dock in window.docks if dock.panel.key == key)
    return found


def loaded_captioner(window: MainWindow) -> CaptionerWeights | None:
    """The captioner that can be asked, if one can."""
    captioning = window.store.state.captioning
    return captioning.wanted if captioning is not None and captioning.captioner else None


def test_captioner_from_the_list(open_window, monkeypatch, qtbot):
    """Model > Choose captioner opens the list; what is chosen is loaded, shown, and closed."""
    listed = "explorer.window.dialogs.captioner_dialog.list_captioners"
    entries = [
        SimpleNamespace(name=name, library="CATR", address="…", file=None, belongings=(), size=0,
                        download=1, shared=())
        for name in ("catr-v3", "catr-v2")
    ]  # fmt: skip
    monkeypatch.setattr(listed, lambda task: entries)
    window = open_window()
    dock_of(window, "caption").hide()
    [close] = [a for a in menu_action(window, "Model").menu().actions() if "captione&r" in a.text()]
    assert not close.isEnabled()
    activate(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_K, CONTROL_SHIFT)
    choosing = dialog(window)
    qtbot.waitUntil(choosing._open.isEnabled)
    qtbot.keyClick(choosing._list, Qt.Key.Key_Down)
    qtbot.keyClick(choosing, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: loaded_captioner(window) == CaptionerWeights("catr-v2"))
    assert dock_of(window, "caption").isVisible()
    menu_action(window, "Information…").trigger()
    assert "catr-v2" in [label.text() for label in dialog(window).findChildren(QLabel)]
    dialog(window).close()
    close.trigger()
    assert window.store.state.captioning is None
    assert not close.isEnabled()


def test_captioners_file(open_window, tmp_path, monkeypatch, qtbot):
    """A dropped file that is a captioner opens as one, beside the model, and is found again."""
    examined = SimpleNamespace(
        is_captioner=True, vocabulary=None, vocabulary_problem=None,
        recognised=SimpleNamespace(
            summary="CATR.", heads=(1, 2), usual_heads=2, may_dilate=False, vocabulary=None
        ),
    )  # fmt: skip
    monkeypatch.setattr(EXAMINE, lambda *_: examined)
    file = tmp_path / "own.pth"
    file.touch()
    window = open_window()
    qtbot.waitUntil(lambda: window.store.state.model is not None)
    drop(window, file)
    asking = dialog(window)
    qtbot.waitUntil(asking._open.isEnabled)
    asking._captioner._heads.setCurrentIndex(0)
    qtbot.keyClick(asking, Qt.Key.Key_Return)
    wanted = CaptionerWeights(file=file, heads=1)
    qtbot.waitUntil(lambda: loaded_captioner(window) == wanted)
    assert window.store.state.wanted == DEFAULT_MODEL
    window.wishes.captioner_closed.emit()
    for menu, found in (("Recent checkpoints", True), ("Compare with recent checkpoint", False)):
        recent = menu_action(window, menu).menu()
        recent.aboutToShow.emit()
        assert recent.actions()[0].isEnabled() == found
    menu_action(window, "Recent checkpoints").menu().actions()[0].trigger()
    qtbot.waitUntil(lambda: loaded_captioner(window) == wanted)


def test_captioner_is_opened_again(open_window, qtbot):
    """The next start opens the same captioner, and writes and shows as before."""
    first = open_window()
    first.wishes.captioner_chosen.emit(CaptionerWeights("catr-v1"))
    qtbot.waitUntil(lambda: loaded_captioner(first) is not None)
    first.wishes.words_chosen.emit(WordQuery(row="stands"))
    first.wishes.writing_chosen.emit(Writing(beams=3))
    dock_of(first, "caption").hide()
    first.close()
    second = open_window()
    qtbot.waitUntil(lambda: loaded_captioner(second) == CaptionerWeights("catr-v1"))
    state = second.store.state
    assert (state.words.row, state.writing.beams) == ("stands", 3)
    assert not dock_of(second, "caption").isVisible()  # as it was left: nobody chose anything


@pytest.mark.parametrize(("size", "share"), [(QSize(1440, 900), 0.6), (QSize(900, 600), 0.5)])
def test_picture_keeps_the_most_of_the_room(open_window, size, share):
    """The caption takes a few lines below the picture, and no more."""
    window = open_window(size=size)
    caption = dock_of(window, "caption")
    assert caption.isVisible()
    assert caption.height() <= 0.22 * size.height()
    assert window.picture_view.height() >= share * size.height()
    assert caption.x() == window.picture_view.mapTo(window, QPoint()).x()


@pytest.fixture
def known_model(monkeypatch):
    """Where a model's weights are is known without asking timm, which takes seconds to import."""
    facts = ModelFacts("Its weights are on this computer.")
    monkeypatch.setattr(fine_tune_dialog, "model_facts", lambda _recipe, _task: facts)


def test_fine_tuning_is_set_up_in_one_dialog(open_window, pictures, qtbot, known_model):
    """Ctrl+T opens it beside the window, which stays usable; again, it is brought to the front."""
    window = open_window(pictures[1])
    for _ in range(2):
        activate(window, qtbot)
        qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
        assert dialog(window).windowTitle() == "Fine-tune"
    window.wishes.picture_chosen.emit(pictures[2], ())
    qtbot.waitUntil(lambda: traced(window, "c.png"))
    dialog(window).close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not window.findChildren(FineTuneDialog)


def test_a_training_begins(open_window, pictures, qtbot, monkeypatch, tmp_path, known_model):
    """The run that the dialog made is started, and the panel of runs shows it."""
    program = tmp_path / "program.py"
    program.write_text("import sys, time\nassert sys.argv[1] == 'train'\ntime.sleep(60)\n")
    monkeypatch.setattr(paths, "program", lambda: [sys.executable, str(program)])
    window = open_window(pictures[1])
    for number, picture in enumerate(pictures):
        for copy in range(4):
            folder = tmp_path / "labelled" / f"class {number % 2}"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, folder / f"{number}-{copy}.png")
    activate(window, qtbot)
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    fine_tune = dialog(window)
    fine_tune.choose_pictures(Source(tmp_path / "labelled"))
    qtbot.waitUntil(lambda: fine_tune._start.isEnabled())
    qtbot.mouseClick(fine_tune._start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [seen.doing for seen in window.store.state.runs] == ["starting"])
    assert window.store.state.shown_runs == (paths.runs() / "adam-384",)
    assert window._dock("runs").panel.isVisible()
    window.wishes.run_discarded.emit(paths.runs() / "adam-384")
    qtbot.waitUntil(lambda: window.store.state.runs == ())


def test_focus_returns_after_a_dialog(open_window, pictures, qtbot, known_model):
    """Keys go where they went before it was opened: to the pictures, at first."""
    window = open_window(pictures[1])
    qtbot.waitUntil(lambda: traced(window, "b.png"))
    activate(window, qtbot)
    before = QApplication.focusWidget()
    qtbot.keyClick(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(dialog(window), Qt.Key.Key_Escape)
    activate(window, qtbot)
    assert QApplication.focusWidget() is before
    qtbot.keyClick(before, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: traced(window, "c.png"))


def test_keys_after_a_model_was_chosen(open_window, pictures, shelf, qtbot):
    """The card that asked for one goes; keys go to the picture, and to no other button."""
    shelf.missing.add(DEFAULT_MODEL.name)
    window = open_window(pictures[0])
    card = window.picture_view.stage.model_card
    qtbot.waitUntil(card.isVisible)
    activate(window, qtbot)
    next(b for b in card.findChildren(QPushButton) if b.isVisible()).setFocus()
    window.wishes.weights_chosen.emit(Weights("other"))
    qtbot.waitUntil(lambda: traced(window, "a.png"))
    assert QApplication.focusWidget() is window.picture_view.canvas


def test_keys_after_the_first_folder_was_opened(open_window, pictures, monkeypatch, qtbot):
    """By the button of an empty window, which goes: keys walk through the pictures at once."""
    window = open_window()
    activate(window, qtbot)
    button = QApplication.focusWidget()
    assert button is window.picture_view.stage.placard.button
    folder = str(pictures[0].parent)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: folder)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: traced(window, "a.png"))
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: traced(window, "b.png"))
