"""The pictures that are learned from: where they lie, what they are, what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from ....training.data.checking import Checked
from ....training.data.examples import Dataset
from ...parts.elided_label import ElidedLabel
from ...parts.flat_button import FlatButton
from ...parts.invitation import Invitation
from ...words import name_size
from .class_list import ClassList
from .looking import Looking, Source, name_place
from .problem_list import ProblemList
from .titles import title

TABLES = (".csv", ".tsv", ".txt")  # files that may list pictures


class SourceMenu(QMenu):
    """Ways to say where the pictures lie."""

    chosen = Signal(Source)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.source: Source | None = None
        self.open_folder: Path | None = None  # the one that the window shows
        self.recent: Sequence[Path] = ()
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        self.addAction(self.tr("Choose &folder…"), self.ask_for_folder)
        self.addAction(self.tr("Choose a &table (CSV)…"), self._ask_for_table)
        known = [folder for folder in (self.open_folder, *self.recent) if folder is not None]
        self.addSeparator()
        for folder in dict.fromkeys(known):
            is_open = folder == self.open_folder
            text = self.tr("The open folder: {0}") if is_open else "{0}"
            shown = text.format(name_place(folder).replace("&", "&&"))
            self.addAction(shown, partial(self._choose, folder)).setToolTip(str(folder))
        if self.source is not None:
            self.addSeparator()
            self._offer_more(self.source)

    def _offer_more(self, source: Source) -> None:
        self.addAction(self.tr("&Validate with another folder…"), self._ask_for_validation)
        if source.validation is not None:
            without = partial(self.chosen.emit, replace(source, validation=None))
            self.addAction(self.tr("Validate as recognised, or by &lot"), without)
        self.addAction(self.tr("&Names of the classes from a file…"), self._ask_for_names)
        if source.names is not None:
            without = partial(self.chosen.emit, replace(source, names=None))
            self.addAction(self.tr("Names of the classes as recognised"), without)

    def _choose(self, place: Path) -> None:
        self.chosen.emit(Source(place))

    def _start(self) -> str:
        here = self.source.pictures if self.source else self.open_folder
        return str(here or Path.home())

    def ask_for_folder(self) -> None:
        """Ask for the pictures."""
        asked = self.tr("Labelled pictures")
        place = QFileDialog.getExistingDirectory(self.parentWidget(), asked, self._start())
        if place:
            self._choose(Path(place))

    def _ask_for_table(self) -> None:
        kinds = self.tr("Tables") + f" ({' '.join(f'*{suffix}' for suffix in TABLES)})"
        asked = self.tr("A table of pictures and classes")
        file, _ = QFileDialog.getOpenFileName(self.parentWidget(), asked, self._start(), kinds)
        if file:
            self._choose(Path(file))

    def _ask_for_validation(self) -> None:
        asked = self.tr("Pictures to validate with")
        place = QFileDialog.getExistingDirectory(self.parentWidget(), asked, self._start())
        if place and self.source is not None:
            self.chosen.emit(replace(self.source, validation=Path(place)))

    def _ask_for_names(self) -> None:
        kinds = self.tr("Texts") + " (*.txt)"
        asked = self.tr("Names of the classes, one a line")
        file, _ = QFileDialog.getOpenFileName(self.parentWidget(), asked, self._start(), kinds)
        if file and self.source is not None:
            self.chosen.emit(replace(self.source, names=Path(file)))


class CheckLine(QWidget):
    """What was found in the files themselves, or how far the looking is."""

    stopped = Signal()
    begun = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._is_checking = False
        self._text = ElidedLabel()
        self._text.setProperty("quiet", True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._button = FlatButton("")
        self._button.clicked.connect(self._press)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)

    def _press(self) -> None:
        (self.stopped if self._is_checking else self.begun).emit()

    def display(self, looking: Looking) -> None:
        self.setVisible(looking.dataset is not None)
        self._is_checking = looking.checked_share is not None
        if looking.checked_share is not None:
            text = self.tr("Opening every picture: {0} %")
            self._text.setText(text.format(round(100 * looking.checked_share)))
            self._button.setText(self.tr("Stop"))
        elif looking.checked is not None:
            self._text.setText(self._told(looking.checked))
        else:
            self._text.setText(self.tr("Whether all pictures can be read was not looked at."))
            self._button.setText(self.tr("Look"))
        self._button.setVisible(looking.checked is None)

    def _told(self, checked: Checked) -> str:
        width, height = checked.typical_size
        text = self.tr("Typically {0} × {1} pixels · {2}")
        told = text.format(width, height, name_size(checked.bytes))
        whole = self.tr("all can be read, none is in both halves")
        return told if checked.problems else f"{told} · {whole}"


class DataSide(QWidget):
    """Shows what is known of the pictures."""

    chosen = Signal(Source)

    def __init__(self, looking: Looking) -> None:
        super().__init__()
        self._looking = looking
        self._shown: Dataset | None = None
        self._build()
        self._arrange()
        self._menu.chosen.connect(self.chosen)
        self._check.stopped.connect(looking.stop_check)
        self._check.begun.connect(looking.begin_check)
        looking.changed.connect(self.display)
        self.display()

    def _build(self) -> None:
        self._choose = QToolButton()
        self._choose.setText(self.tr("Choose"))
        self._choose.setAccessibleName(self.tr("Choose the labelled pictures"))
        self._choose.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = SourceMenu(self._choose)
        self._choose.setMenu(self._menu)
        self._place = ElidedLabel()
        self._place.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._summary = ElidedLabel()
        self._said = QLabel()
        self._said.setWordWrap(True)
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setProperty("quiet", True)
        self._classes: ClassList | None = None  # until there are any
        self._instead = Invitation()
        self._check = CheckLine()
        self._problems = ProblemList()

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(title(self.tr("Pictures")))
        head.addWidget(self._place, 1)
        head.addWidget(self._choose)
        middle = QWidget()
        self._pages = QStackedLayout(middle)
        self._pages.addWidget(self._instead)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self._summary)
        column.addWidget(self._said)
        column.addWidget(middle, 1)
        column.addWidget(self._problems)
        column.addWidget(self._check)

    def offer(self, open_folder: Path | None, recent: Sequence[Path]) -> None:
        """Places that are a click away."""
        self._menu.open_folder, self._menu.recent = open_folder, recent

    def display(self) -> None:
        """Tell what is known now."""
        looking, dataset = self._looking, self._looking.dataset
        self._menu.source = looking.asked.source if looking.asked else None
        place = looking.asked.source.pictures if looking.asked else None
        self._place.setText(name_place(place) if place else "")
        self._place.setAccessibleDescription(str(place or ""))
        if dataset is not None and dataset is not self._shown:
            self._shown = dataset
            self._show_classes(dataset)
        for label in (self._summary, self._said):
            label.setVisible(dataset is not None)
        if dataset is not None:
            self._summary.setText(self._summarised(dataset))
            self._said.setText(dataset.said)
        self._invite()
        self._pages.setCurrentIndex(0 if dataset is None else 1)
        found = looking.checked.problems if looking.checked else ()
        self._problems.show_problems((*dataset.problems, *found) if dataset else ())
        self._check.display(looking)

    def _show_classes(self, dataset: Dataset) -> None:
        if self._classes is None:
            self._classes = ClassList()
            self._pages.addWidget(self._classes)
        self._classes.show_dataset(dataset)

    def _summarised(self, dataset: Dataset) -> str:
        text = self.tr("{0} classes · {1} pictures to learn from + {2} to validate")
        count = len(dataset.classes)
        if dataset.task == "caption":
            text = self.tr("{0} captions · {1} pictures to learn from + {2} to validate")
            count = sum(len(told) for half in dataset.halves for told in half.captions)
        counts = (count, *map(len, dataset.halves))
        return text.format(*(f"{count:,}" for count in counts))

    def _invite(self) -> None:
        """Where no pictures are known: why, and what to do."""
        choose = self.tr("Choose folder…"), self._menu.ask_for_folder
        again = self.tr("Look again"), self._looking.look_again
        if self._looking.problem is not None:
            self._instead.say(str(self._looking.problem), choose, again)
        elif self._looking.is_finding:
            self._instead.say(self.tr("Looking at the pictures…"))
        else:
            sentence = self.tr("Choose a folder of labelled pictures, or drop one here.")
            self._instead.say(sentence, choose)

    def close_threads(self) -> None:
        """Read no more samples."""
        if self._classes is not None:
            self._classes.close_threads()


def dropped_source(data: QMimeData) -> Source | None:
    """A folder or a table of pictures among what was dropped."""
    local = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    fitting = (path for path in local if path.is_dir() or path.suffix.lower() in TABLES)
    place = next(fitting, None)
    return Source(place) if place is not None else None
