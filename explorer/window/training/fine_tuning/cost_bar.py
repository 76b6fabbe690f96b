"""What a training will take: steps, memory, time."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ....training.recipes.recipe import Recipe
from ...parts.elided_label import ElidedLabel
from ...parts.small_text import shrink_text
from ...words import name_duration, name_size
from .trial import Trial, steps_of


class _Fact(QWidget):
    """A number below its name, and a quiet line that explains it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name
        title = QLabel(name)
        title.setProperty("quiet", True)
        self._value = ElidedLabel()
        self._value.setProperty("strong", True)
        self._note = ElidedLabel()
        self._note.setProperty("quiet", True)
        for small in (title, self._note):
            shrink_text(small)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        for label in (title, self._value, self._note):
            column.addWidget(label)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(150, super().sizeHint().height())

    def show_fact(self, value: str, note: str) -> None:
        self._value.setText(value)
        self._note.setText(note)
        self.setAccessibleName(f"{self._name}: {value}, {note}")


class CostBar(QWidget):
    """Steps are exact at once; memory and time are known once a process has tried a few steps."""

    wished = Signal()  # try a few steps
    stop_wished = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._is_running = False
        self._steps = _Fact(self.tr("Steps"))
        self._memory = _Fact(self.tr("Memory"))
        self._time = _Fact(self.tr("Time"))
        self._try = QPushButton()
        self._try.setAutoDefault(False)
        self._try.setToolTip(
            self.tr("Train a few steps of each stage beside the window, and keep nothing of it")
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(18)
        for fact in (self._steps, self._memory, self._time):
            row.addWidget(fact, 1)
        row.addWidget(self._try, 0, Qt.AlignmentFlag.AlignVCenter)
        self._try.clicked.connect(self._press)

    def _press(self) -> None:
        (self.stop_wished if self._is_running else self.wished).emit()

    def display(self, recipe: Recipe | None, pictures: int | None, trial: Trial) -> None:
        """Tell what is known of this recipe with so many pictures; None = not known yet."""
        self._is_running = trial.is_running
        self._try.setText(self.tr("Stop trying") if trial.is_running else self.tr("Estimate"))
        self._try.setEnabled(trial.is_running or (recipe is not None and bool(pictures)))
        if recipe is None or not pictures:
            for fact in (self._steps, self._memory, self._time):
                fact.show_fact("–", "")
            return
        self._show_steps(recipe, pictures)
        self._show_memory(recipe, pictures, trial)
        self._show_time(recipe, pictures, trial)

    def _show_steps(self, recipe: Recipe, pictures: int) -> None:
        steps, each = steps_of(recipe, pictures)
        told = " + ".join(
            f"{stage.epochs:,} × {count:,}"
            for stage, count in zip(recipe.stages, each, strict=True)
        )
        self._steps.show_fact(f"{steps:,}", self.tr("{0} (epochs × batches)").format(told))

    def _show_memory(self, recipe: Recipe, pictures: int, trial: Trial) -> None:
        cost = trial.cost
        if cost is None or not cost.is_of(recipe, pictures):
            self._memory.show_fact(*self._unknown(trial))
            return
        free = cost.free_memory
        note = self.tr("{0} are free").format(name_size(free)) if free else cost.device
        if not cost.fits:
            note = self.tr("does not fit: {0}").format(note)
        self._memory.show_fact(self.tr("about {0}").format(name_size(cost.memory)), note)

    def _show_time(self, recipe: Recipe, pictures: int, trial: Trial) -> None:
        cost = trial.cost
        known = cost is not None and cost.is_of(recipe, pictures)
        seconds = cost.seconds_of(recipe) if cost is not None and known else None
        if cost is None or seconds is None:
            self._time.show_fact(*self._unknown(trial))
            return
        speed = self.tr("{0} pictures a second").format(f"{cost.pictures_per_second or 0:.3g}")
        self._time.show_fact(
            self.tr("about {0}").format(name_duration(seconds)), f"{speed} · {cost.device}"
        )

    def _unknown(self, trial: Trial) -> tuple[str, str]:
        """What stands where nothing was tried yet."""
        if trial.is_running:
            return "…", self.tr("trying a few steps")
        if trial.cost is not None:
            return "–", self.tr("settings have changed since")
        return "–", self.tr("not tried yet")
