"""The panel of runs, with real folders, mouse and keys; small, tall and large."""

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QColor, QGuiApplication
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QFileDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QTabBar,
)

from explorer import paths
from explorer.records import CaptionerWeights, Weights
from explorer.training.runs.lock import hold
from explorer.window.comparison.map_view import SmallCanvas
from explorer.window.dialogs.question import Question
from explorer.window.dialogs.rename_dialog import RenameDialog
from explorer.window.panels.runs import RunsPanel
from explorer.window.parts.chart import Chart
from explorer.window.parts.words_line import WordsLine
from explorer.window.runs.sample_view import SampleView
from explorer.window.runs.styles import COLORS
from explorer.window.runs.table import RunTable
from explorer.window.state import Overlay
from explorer.window.training import watching

from ..simulated_runs import Simulated, draw_pictures, simulate

SMALL, TALL, LARGE = (420, 160), (420, 640), (1080, 640)


class Hand:
    """Acts on the panel and looks at it."""

    def __init__(self, panel: RunsPanel, store, wishes, controller, qtbot) -> None:
        self.panel, self.store, self.wishes = panel, store, wishes
        self.controller, self.qtbot = controller, qtbot
        self.wished: list[tuple[str, tuple]] = []
        for name in ("weights_chosen", "captioner_chosen", "run_compared", "evaluation_wished",
                     "run_paused", "run_resumed", "run_stopped", "run_discarded", "run_renamed",
                     "runs_exported", "runs_chosen"):  # fmt: skip
            getattr(wishes, name).connect(lambda *what, name=name: self.note(name, what))

    def note(self, name: str, what: tuple) -> None:
        self.wished.append((name, what))

    def start(self, count: int, size: tuple[int, int] = SMALL) -> None:
        """See so many runs, in a panel of this size."""
        self.panel.resize(*size)
        with self.qtbot.waitActive(self.panel):  # or no shortcut is heard
            self.panel.show()
            self.panel.activateWindow()
        self.controller.runs.start()
        self.qtbot.waitUntil(lambda: len(self.store.state.runs) == count)
        self.qtbot.waitUntil(lambda: all(s.curves is not None for s in self.store.state.seen_runs))

    @property
    def shown(self) -> list[str]:
        return [seen.name for seen in self.store.state.seen_runs]

    def charts(self) -> list[str]:
        """Those that are on the screen."""
        charts = self.panel.findChildren(Chart)
        return [chart.accessibleName() for chart in charts if chart.isVisible()]

    def chart(self, name: str) -> Chart:
        return next(c for c in self.panel.findChildren(Chart) if c.accessibleName() == name)

    @property
    def table(self) -> RunTable:
        return self.panel.findChild(RunTable)

    @property
    def corner(self) -> str:
        return self.panel.corner().text()

    @property
    def words(self) -> str:
        return self.panel.findChild(WordsLine).text()

    def column(self, title: str) -> list[str]:
        """What a column says, from top to bottom."""
        model = self.table.model()
        titles = [
            model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())
        ]
        at = titles.index(title)
        return [model.index(row, at).data() for row in range(model.rowCount())]

    def click(self, name: str, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        """Click a run in the table."""
        index = self.table.model().index(self.column("Run").index(name), 0)
        place = self.table.visualRect(index).center()
        viewport = self.table.viewport()
        self.qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, modifier, place)

    def hover(self, chart: Chart, place: QPoint) -> None:
        self.qtbot.mouseMove(chart, place)
        QGuiApplication.sync()
        QApplication.processEvents()

    def press(self, name: str) -> None:
        """Click a button by its name."""
        button = next(
            b
            for b in self.panel.findChildren(QAbstractButton)
            if b.isVisible() and name in (b.accessibleName(), b.text())
        )
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def act(self, text: str) -> QAction:
        """Something that can be done, by its text."""
        actions = self.panel.findChildren(QAction)
        return next(action for action in actions if action.text().replace("&", "") == text)

    def of(self, name: str) -> list[tuple]:
        return [what for wish, what in self.wished if wish == name]


@pytest.fixture
def hand(controller, store, wishes, qtbot, monkeypatch) -> Iterator[Hand]:
    for name in ("WHILE_ALIVE", "AT_REST"):
        monkeypatch.setattr(watching, name, 30)
    panel = RunsPanel(wishes)
    qtbot.addWidget(panel)
    qtbot.addWidget(panel.corner())
    store.changed.connect(panel.display)
    yield Hand(panel, store, wishes, controller, qtbot)
    QApplication.instance().aboutToQuit.emit()  # panels end their threads then


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Simulated]:
    """Makes runs in the usual folder."""
    dataset = draw_pictures(tmp_path / "pictures")
    probe = f"probe={tmp_path / 'pictures' / '1_0.png'}"

    def make_one(name: str, recipe: str = "adam-384", changes=(), **told) -> Simulated:
        return simulate(paths.runs() / name, dataset, recipe, [*changes, probe], **told)

    return make_one


# Small, tall, large


def test_without_runs_it_says_how_to_begin_one(hand, qtbot):
    """A sentence and a button that opens the dialog."""
    hand.panel.resize(*SMALL)
    hand.panel.show()
    button = hand.panel.findChild(QPushButton)
    with qtbot.waitSignal(hand.wishes.fine_tune_dialog_wished):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_small_it_shows_the_living_run(hand, make, qtbot):
    """One chart, that moves; its title tells how far the training is."""
    made = make("alive").start().train(25)
    with hold(made.run.lock):
        hand.start(1)
        assert hand.charts() == ["Accuracy"]
        assert not hand.table.isVisible()
        assert hand.corner == "epoch 3 of 20 · 44 s left · 52 pictures/s"
        before = hand.chart("Accuracy").grab().toImage()
        made.train(20)
        qtbot.waitUntil(lambda: hand.corner.startswith("epoch 5 of 20"))
        qtbot.waitUntil(lambda: hand.chart("Accuracy").grab().toImage() != before)


def test_what_is_shown_is_chosen_from_a_menu(hand, make, qtbot):
    """Loss per step, then the augmented pictures, then the table, all in the small panel."""
    make("one").start().sample().train(30).end()
    hand.start(1)
    hand.act("Loss").trigger()
    hand.act("Per step").trigger()
    assert hand.charts() == ["Loss"]
    hand.act("Augmented pictures").trigger()
    assert hand.charts() == []
    assert hand.panel.findChild(SampleView).isVisible()
    hand.act("All runs").trigger()
    assert hand.table.isVisible()


def test_tall_it_shows_the_table_below(hand, make):
    """The curves above."""
    make("one").start().train(30).end()
    hand.start(1, TALL)
    assert hand.table.isVisible()
    assert hand.charts()
    assert hand.table.y() > hand.chart("Accuracy").parentWidget().geometry().bottom()


def test_large_it_shows_everything(hand, make):
    """Three charts, the table, and the details below it."""
    make("one").start().probe(0, (1, 1)).sample().train(30).end()
    hand.start(1, LARGE)
    assert hand.charts() == ["Accuracy", "Loss", "Learning rate"]
    assert hand.table.isVisible()
    assert hand.panel.findChild(QTabBar).isVisible()


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_curves_are_read_with_the_mouse(hand, make, qtbot, size):
    """The numbers stand in the line below, or, where there is none, in the title."""
    make("one").start().train(50).end()
    hand.start(1, size)
    chart = hand.chart("Accuracy")
    hand.hover(chart, chart.area().place(3, 0.5).toPoint())
    said = hand.words if size == LARGE else hand.corner
    assert said.startswith("epoch 3 · training 0.")
    assert "validation 0." in said
    hand.hover(chart, QPoint(1, 1))
    qtbot.waitUntil(lambda: "finished" in hand.corner)


# Several runs


def test_curves_of_selected_runs_lie_over_each_other(hand, make, qtbot):
    """Ctrl adds a run; each has the colour that stands before its name."""
    make("first", skill=0.9).start().train(100).end()
    make("second", skill=0.5).start().train(100).end()
    hand.start(2, LARGE)
    hand.click("first")
    hand.click("second", Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: set(hand.shown) == {"first", "second"})
    chart = hand.chart("Accuracy")
    hand.hover(chart, chart.area().place(6, 0.5).toPoint())
    assert "first 0." in hand.words
    assert "second 0." in hand.words
    image = chart.grab().toImage()
    colors = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(40, 150)}
    assert {QColor(color).name() for color in COLORS[:2]} <= colors


def test_the_table_says_what_differs(hand, make):
    """Best accuracy, its epoch, and the settings that are not alike, whatever else is."""
    make("slow", changes=["stages.0.learning_rate=1e-6"], skill=0.5).start().train(100).end()
    make("fast", changes=["stages.0.learning_rate=1e-4"], skill=0.9).start().train(100).end()
    hand.start(2, LARGE)
    told = dict(zip(hand.column("Run"), hand.column("learning rate"), strict=True))
    assert told == {"slow": "1e-06", "fast": "0.0001"}
    best = dict(zip(hand.column("Run"), hand.column("Best"), strict=True))
    assert float(best["fast"]) > float(best["slow"])
    assert hand.column("Published") == ["0.9500", "0.9500"]
    assert hand.column("Time") == ["10 min", "10 min"]


def test_columns_grow_with_their_texts(hand, make, qtbot):
    """A run that was only starting has room for its epoch and its numbers later."""
    made = make("alive").start()
    with hold(made.run.lock):
        hand.start(1, LARGE)
        assert hand.chart("Accuracy").accessibleDescription() == "No epoch has ended yet."
        made.train(25)
        qtbot.waitUntil(lambda: hand.column("State") == ["epoch 3 of 20"])
        wanted = hand.table.fontMetrics().horizontalAdvance("epoch 3 of 20")
        assert hand.table.columnWidth(1) > wanted
        assert hand.chart("Accuracy").accessibleDescription() == ""


def test_a_click_on_a_columns_head_sorts(hand, make, qtbot):
    """By number, the best first; once more the other way round; what is selected stays."""
    for name, skill in (("a", 0.4), ("b", 0.9), ("c", 0.6)):
        make(name, skill=skill).start().train(100).end()
    make("new")
    hand.start(4, LARGE)
    hand.click("c")
    header = hand.table.header()
    place = QPoint(header.sectionViewportPosition(2) + 5, 8)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    falling = ["b", "c", "a", "new"]
    assert hand.column("Run") == falling
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert hand.column("Run") == falling[::-1]
    assert hand.shown == ["c"]


def test_keys_select_and_sort_as_the_mouse_does(hand, make, qtbot):
    """Down selects the next run; the menu sorts."""
    for name in ("one", "two"):
        make(name).start().train(10).end()
    hand.start(2, LARGE)
    first, second = hand.column("Run")
    hand.click(first)
    qtbot.keyClick(hand.table, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: hand.shown == [second])
    qtbot.keyClick(hand.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(hand.shown) == 2)
    for order in (["one", "two"], ["two", "one"]):
        hand.act("Run").trigger()
        assert hand.column("Run") == order


# What can be done


def test_a_living_run_is_paused_and_stopped(hand, make, qtbot):
    """By the buttons; what was asked for is seen until it is done."""
    made = make("alive").start().train(5)
    with hold(made.run.lock):
        hand.start(1)
        hand.press("Pause")
        qtbot.waitUntil(lambda: hand.corner.startswith("pausing…"))
        made.log.append("paused", step=5)
        qtbot.waitUntil(lambda: hand.corner.startswith("paused"))
        hand.press("Resume")
        assert hand.of("run_resumed") == [(made.run.folder,)]
        qtbot.waitUntil(lambda: not (made.run.folder / "pause").exists())
        hand.press("Stop and save")
        qtbot.waitUntil(lambda: (made.run.folder / "stop").exists())


def test_the_best_model_is_used(hand, make, qtbot):
    """Enter opens it in the explorer; before and after, and evaluation, are wishes as well."""
    made = make("one").start().train(20).end()
    hand.start(1, LARGE)
    hand.click("one")
    qtbot.keyClick(hand.table, Qt.Key.Key_Return)
    assert hand.of("weights_chosen") == [(Weights("", made.run.best),)]
    hand.act("Attention before and after").trigger()
    hand.act("Evaluate").trigger()
    assert hand.of("run_compared") == [(made.run.folder,)]
    assert hand.of("evaluation_wished") == [(made.run.folder,)]


def test_what_cannot_be_done_is_not_offered(hand, make, qtbot):
    """A run without an epoch has no model; a living one keeps its name."""
    made = make("young").start().train(3)
    with hold(made.run.lock):
        hand.start(1)
        offered = {text: hand.act(text).isEnabled() for text in
                   ("Use this model", "Rename…", "Pause", "Resume", "Delete…")}  # fmt: skip
    assert offered == {
        "Use this model": False,
        "Rename…": False,
        "Pause": True,
        "Resume": False,
        "Delete…": True,
    }


def test_a_run_of_captions(hand, make):
    """Judged by BLEU-4, too; its model opens as a captioner, and has no classes to be counted."""
    made = make("words", "captioner").start().train(40).end()
    make("classes").start().train(20).end()
    hand.start(2, LARGE)
    hand.click("words")
    bleu = dict(zip(hand.column("Run"), hand.column("BLEU-4"), strict=True))
    assert 0 < float(bleu["words"]) < 1
    assert bleu["classes"] == "–"
    assert "%, BLEU-4 0." in hand.words
    assert not hand.act("Evaluate").isEnabled()
    assert not hand.act("Attention before and after").isEnabled()
    hand.act("Use this model").trigger()
    assert hand.of("captioner_chosen") == [(CaptionerWeights(file=made.run.best),)]
    assert hand.of("weights_chosen") == []


def test_rename(hand, make, qtbot):
    """F2 asks for a name; its curves stay."""
    make("first").start().train(20).end()
    hand.start(1, LARGE)
    qtbot.keyClick(hand.table, Qt.Key.Key_F2)
    dialog = hand.panel.findChild(RenameDialog)
    field = dialog.findChild(QLineEdit)
    field.clear()
    qtbot.keyClicks(field, "second")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: hand.column("Run") == ["second"])
    assert hand.shown == ["second"]


def test_delete_asks_first(hand, make, qtbot):
    """Del asks; Enter there does nothing; only the button deletes."""
    made = make("one").start().train(20).end()
    hand.start(1, LARGE)
    qtbot.keyClick(hand.table, Qt.Key.Key_Delete)
    question = hand.panel.findChild(Question)
    qtbot.keyClick(question, Qt.Key.Key_Return)
    assert made.run.folder.exists()
    qtbot.keyClick(hand.table, Qt.Key.Key_Delete)
    question = hand.panel.findChildren(Question)[-1]
    delete = next(b for b in question.findChildren(QPushButton) if b.text() == "Delete")
    qtbot.mouseClick(delete, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not made.run.folder.exists())
    qtbot.waitUntil(lambda: hand.panel.findChild(RunTable).isHidden() or not hand.shown)


def test_export(hand, make, qtbot, monkeypatch, tmp_path):
    """Markdown where that kind was chosen; the file has the published number beside ours."""
    make("one").start().train(20).end()
    hand.start(1)
    chosen = str(tmp_path / "table"), "Markdown tables (*.md)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: chosen)
    with qtbot.waitSignal(hand.controller.told):
        hand.act("Export settings and published numbers…").trigger()
    assert "0.9500" in (tmp_path / "table.md").read_text()


# Pictures and attention


def test_attention_by_epoch(hand, make, qtbot):
    """The slider shows where the model looked after each epoch, and what it said."""
    made = make("one").start().probe(0, (0, 0))
    made.train(10).probe(1, (7, 7)).end()
    hand.start(1, LARGE)
    hand.store.update(overlay=Overlay(opacity=1.0, smooth=False))
    slider = hand.panel.findChild(QSlider)
    qtbot.waitUntil(lambda: slider.isVisible() and slider.maximum() == 1)
    canvas = hand.panel.findChild(SmallCanvas)

    def bright() -> list[bool]:
        image = canvas.grab().toImage()
        corners = [canvas.patch_center(*patch).toPoint() for patch in ((0, 0), (7, 7))]
        return [image.pixelColor(corner).lightness() > 120 for corner in corners]

    assert bright() == [False, True]
    qtbot.keyClick(slider, Qt.Key.Key_Left)
    assert bright() == [True, False]
    told = [label.text() for label in hand.panel.findChildren(type(hand.panel.corner()))]
    assert "before training · dog 50.0 %" in told


def test_scales_of_epochs(hand, make, qtbot):
    """Each epoch has its own, or all have one, as the large picture has it."""
    made = make("one").start().probe(0, (0, 0), weight=0.8)
    made.train(10).probe(1, (7, 7), weight=0.1).end()
    hand.start(1, LARGE)
    qtbot.waitUntil(lambda: hand.panel.findChild(QSlider).maximum() == 1)
    canvas = hand.panel.findChild(SmallCanvas)
    brightness = []
    for is_shared in (False, True):
        overlay = Overlay(opacity=1.0, smooth=False, shared_scale=is_shared)
        hand.store.update(overlay=overlay)
        place = canvas.patch_center(7, 7).toPoint()
        brightness.append(canvas.grab().toImage().pixelColor(place).lightness())
    assert brightness[0] > 120 > brightness[1]


def test_epochs_are_played(hand, make, qtbot):
    """From the first to the last; a living run's new epoch is shown, too."""
    made = make("one").start()
    for epoch in range(4):
        made.probe(epoch, (epoch, epoch)).train(10)
    hand.start(1, LARGE)
    slider = hand.panel.findChild(QSlider)
    qtbot.waitUntil(lambda: slider.maximum() == 3)
    seen = []
    slider.valueChanged.connect(seen.append)
    hand.press("Play")
    qtbot.waitUntil(lambda: seen == [0, 1, 2, 3])
    made.probe(4, (4, 4)).train(10)
    qtbot.waitUntil(lambda: slider.maximum() == slider.value() == 4)


def test_augmented_pictures(hand, make, qtbot):
    """As many as were kept; the one under the mouse says its class, also where two are mixed."""
    make("one").start().sample().train(10).end()
    hand.start(1)
    hand.act("Augmented pictures").trigger()
    view = hand.panel.findChild(SampleView)
    pictures = next(w for w in view.children() if hasattr(w, "looked_at"))
    qtbot.waitUntil(pictures.isVisible)
    image = pictures.grab().toImage()
    places = product(range(0, image.width(), 3), range(0, image.height(), 3))
    reds = sum(image.pixelColor(x, y).red() == 200 for x, y in places)
    assert reds > 100
    for expected in ("cat", "cat 0.75, dog 0.25", "bird"):
        qtbot.keyClick(pictures, Qt.Key.Key_Right)
        assert pictures.accessibleDescription() == expected


def test_of_several_runs_no_picture_is_shown(hand, make, qtbot):
    """It says to choose one."""
    for name in ("one", "two"):
        make(name).start().sample().train(10).end()
    hand.start(2, LARGE)
    qtbot.keyClick(hand.table, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    labels = [label.text() for label in hand.panel.findChildren(QLabel) if label.isVisible()]
    assert "Choose one run to see how its attention changed." in labels
