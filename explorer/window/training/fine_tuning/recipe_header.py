"""Which recipe is followed, what it is for, and what others reached with it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from ....training.recipes.recipe import Published, Recipe
from ...dialogs.facts import Facts, FactsDialog
from ...parts.choice_box import ChoiceBox
from ...parts.elided_label import ElidedLabel
from ...parts.flat_button import FlatButton
from ...parts.words_line import WordsLine
from .draft import RecipeDraft
from .titles import title

ABOUT_LINES = 2


def one_line(text: str) -> str:
    """A text without its lines' ends."""
    return " ".join(text.split())


def told_accuracy(published: Published) -> str:
    """“95.0 %”, with the train accuracy where it was told."""
    text = f"{published.accuracy:.1%}".replace("%", " %")
    if published.train_accuracy is None:
        return text
    return f"{text} (train {published.train_accuracy:.1%})".replace("%)", " %)")


class RecipeHeader(QWidget):
    """Offers recipes; those that ship by name, another one by its file."""

    chosen = Signal(str)  # a name, or a file
    open_wished = Signal()
    save_wished = Signal()

    def __init__(self, draft: RecipeDraft) -> None:
        super().__init__()
        self._draft = draft
        self._build()
        self._arrange()
        self._box.chosen.connect(lambda source: self.chosen.emit(source))
        self._about_button.clicked.connect(self._show_about)
        self._take_back.clicked.connect(draft.take_back)
        draft.changed.connect(self.display)

    def _build(self) -> None:
        self._box = ChoiceBox[str](self.tr("Recipe"))
        self._take_back = FlatButton(self.tr("Undo changes"))
        self._take_back.setToolTip(self.tr("Have all settings as the recipe has them"))
        self._more = QToolButton()
        self._more.setText(self.tr("File"))
        self._more.setAccessibleName(self.tr("Recipes in files"))
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self._more)
        menu.addAction(self.tr("&Open a recipe…"), self.open_wished.emit)
        self._save = menu.addAction(self.tr("&Save the recipe as…"), self.save_wished.emit)
        self._more.setMenu(menu)
        self._about = WordsLine()
        self._about.show_lines(ABOUT_LINES)
        self._published = ElidedLabel()
        self._about_button = FlatButton(self.tr("Read on"))
        self._about_button.setToolTip(self.tr("All about this recipe, and its published numbers"))
        for quiet in (self._about, self._published):
            quiet.setProperty("quiet", True)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(title(self.tr("Recipe")))
        row.addWidget(self._box)
        row.addStretch(1)
        row.addWidget(self._take_back)
        row.addWidget(self._more)
        below = QHBoxLayout()
        below.addWidget(self._published, 1)
        below.addWidget(self._about_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self._about)
        column.addLayout(below)

    def offer(self, sources: Sequence[tuple[str, str]], source: str) -> None:
        """Offer recipes by source and name, of which one is followed."""
        self._box.offer(sources)
        self._box.show_value(source)

    def display(self) -> None:
        """Tell of the draft's recipe."""
        origin = self._draft.origin
        self._about.setText(one_line(origin.about))
        self._published.setText(self._told_published(origin))
        self._take_back.setVisible(self._draft.is_changed)
        self._save.setEnabled(self._draft.recipe is not None)

    def _told_published(self, recipe: Recipe) -> str:
        if not recipe.published:
            return self.tr("Nobody has published numbers of it.")
        best = max(recipe.published, key=lambda one: one.accuracy)
        text = self.tr("Published: {0} with {1}").format(told_accuracy(best), best.model)
        others = len({one.model for one in recipe.published}) - 1
        return f"{text}; {self.tr('{0} more').format(others)}" if others else text

    def _show_about(self) -> None:
        origin = self._draft.origin
        numbers = [(one.model, f"{told_accuracy(one)}\n{one.source}") for one in origin.published]
        told = [Facts(one_line(origin.about), [])]
        if numbers:
            heading = self.tr("Published validation accuracy")
            told.append(Facts(heading, numbers))
        FactsDialog(origin.name, told, self.window()).open()
