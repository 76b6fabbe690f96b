"""Training > Fine-tune: which pictures, which recipe, which model, what it will cost, Start."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ...errors import ExplorerError
from ...records import Weights
from ...training.recipes.recipe import Recipe
from ...training.recipes.recipe_file import find_recipe, known_recipes, write_recipe
from ...training.recipes.settings import Path as SettingPath
from ...training.recipes.starting_model import started_from
from ...training.runs.run import free_name
from ..parts.accent_button import AccentButton
from ..parts.flat_button import FlatButton
from ..parts.rule import Rule
from ..settings import Settings
from ..state import State, Store
from ..training.fine_tuning.all_settings import AllSettings
from ..training.fine_tuning.beginning import NameTaken, Wanted, fetch, make
from ..training.fine_tuning.cost_bar import CostBar
from ..training.fine_tuning.data_side import DataSide, dropped_source
from ..training.fine_tuning.draft import DEVICE, RecipeDraft
from ..training.fine_tuning.front_fields import FrontFields
from ..training.fine_tuning.looking import Asked, Looking, Source
from ..training.fine_tuning.model_facts import ModelFacts, model_facts
from ..training.fine_tuning.model_row import ModelRow
from ..training.fine_tuning.recipe_header import RecipeHeader
from ..training.fine_tuning.remembered import RECENT, Remembered
from ..training.fine_tuning.run_row import RunRow
from ..training.fine_tuning.trial import Trial
from ..training.fine_tuning.upright_scroll import UprightScroll
from ..words import name_model
from ..worker import Task, Worker
from .base import Dialog
from .list_dialog import Computes
from .model_dialog import ModelDialog

FIRST = "adam-384"  # the recipe that is offered to who never trained
TOML = " (*.toml)"
_FACTS, _DEVICES = "model to train", "devices"  # kinds of work
_FETCH, _BEGIN, _NAME = "fetch", "begin", "name"


def find_devices(_task: Task) -> list[tuple[str, str]]:
    """The devices that this computer has; on a worker's thread, for it imports torch."""
    from ...models.devices import devices_here

    return devices_here()


def on_device(recipe: Recipe, device: str) -> Recipe:
    """A recipe that leaves the device open computes where somebody chose."""
    return replace(recipe, device=device) if recipe.device == "auto" else recipe


def free_run_name(wanted: str, _task: Task) -> str:
    """A name that no run has; on a worker's thread, for it looks at the disk."""
    return free_name(wanted).name


def _asked(source: Source, recipe: Recipe) -> Asked:
    """What a recipe wants to know of pictures."""
    return Asked(source, recipe.validation_fraction, recipe.seed, recipe.task)


class FineTuneDialog(Dialog):
    """Stays beside the window: pictures and models can be looked at meanwhile."""

    made = Signal(Path)  # a run's folder is there, to be begun

    def __init__(
        self,
        store: Store,
        controller: Computes,
        settings: Settings,
        checkpoint_kinds: str,  # what the file dialog of checkpoints shows: “*.pth *.bin”
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(self.tr("Fine-tune"), parent)
        self._controller = controller
        self._settings = settings
        self._store = store
        self._kinds = checkpoint_kinds
        self._facts_of: tuple[object, ...] = ()  # what the model's facts were asked for
        self._tried: tuple[object, ...] = ()  # recipe and pictures of the last trial
        self._problem: ExplorerError | None = None  # of what was wished last
        self._doing = ""  # what is done before the run begins; "" where nothing is
        self._start_up()
        self._build()
        self._arrange()
        self._connect()
        self._resume()
        QTimer.singleShot(0, self, self._look_about)  # threads do not hold up the first sight

    # The dialog

    def _start_up(self) -> None:
        """The recipe and the pictures of the last time."""
        remembered = self._settings.fine_tuning
        self._recipe_source = remembered.recipe_source if remembered else FIRST
        try:
            origin = find_recipe(self._recipe_source)
            recipe = remembered.recipe if remembered else origin
        except ExplorerError:  # a recipe's file that is gone: as for who never trained
            self._recipe_source = FIRST
            recipe = origin = find_recipe(FIRST)
        self._recent = remembered.recent if remembered else ()
        self._first_source = remembered.source if remembered else None
        device = self._store.state.options.device
        self._draft = RecipeDraft(on_device(origin, device), replace(recipe, device=device))
        self._looking = Looking(self)
        self._beginner = Worker("begin training", self)
        self._trial = Trial(self._beginner, self)

    def _build(self) -> None:
        self.setAcceptDrops(True)
        self._data = DataSide(self._looking)
        self._header = RecipeHeader(self._draft)
        self._model = ModelRow(self._draft)
        self._front = FrontFields(self._draft)
        self._run = RunRow(self._draft)
        self._all: AllSettings | None = None  # until somebody wants to see them
        self._cost = CostBar()
        self._status = QLabel()
        self._status.setWordWrap(True)
        self._status.setTextFormat(Qt.TextFormat.PlainText)
        self._status.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._stop = FlatButton(self.tr("Stop"))
        self._stop.setToolTip(self.tr("Begin no training yet"))
        self._start = AccentButton(self.tr("Start training"))
        self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel).setAutoDefault(False)
        self.buttons.addButton(self._start, QDialogButtonBox.ButtonRole.AcceptRole)

    def _arrange(self) -> None:
        """From the outside to the inside: whatever gets another parent is dressed once more."""
        self._pages = QStackedWidget()
        self.column.setSpacing(12)
        self.column.addWidget(self._pages, 1)
        self._arrange_overview()
        below = QHBoxLayout()
        below.setSpacing(12)
        below.addWidget(self._status, 1)
        below.addWidget(self._stop)
        below.addWidget(self.buttons)
        self.column.addWidget(Rule())
        self.column.addWidget(self._cost)
        self.column.addLayout(below)
        self.resize_within_screen(1080, 760)

    def _arrange_overview(self) -> None:
        """What is learned from at the left, what is learned and how at the right."""
        overview, right = QWidget(), QWidget()
        self._pages.addWidget(overview)
        row = QHBoxLayout(overview)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(24)
        row.addWidget(self._data, 1)
        row.addWidget(UprightScroll(right), 1)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for widget in (self._header, self._model, self._front, self._run):
            column.addWidget(widget)
        column.addStretch(1)

    def _connect(self) -> None:
        self._data.chosen.connect(self.choose_pictures)
        self._header.chosen.connect(self.open_recipe)
        self._header.open_wished.connect(self._ask_for_recipe)
        self._header.save_wished.connect(self._ask_where_to_save)
        self._model.list_wished.connect(self._ask_for_model)
        self._model.file_wished.connect(self._ask_for_checkpoint)
        self._model.open_one_wished.connect(self._take_open_model)
        self._model.recipes_own_wished.connect(self._take_recipes_model)
        self._front.all_wished.connect(self._show_all)
        self._cost.wished.connect(self._try)
        self._cost.stop_wished.connect(self._trial.stop)
        self._stop.clicked.connect(self._stop_doing)
        self._run.changed.connect(self._forget_problem)
        self._draft.changed.connect(self._follow_draft)
        for known in (self._looking, self._trial):
            known.changed.connect(self._display)
        self._beginner.progressed.connect(self._tell_progress)
        self._store.changed.connect(self._follow_window)
        self.finished.connect(self._end)
        application = QCoreApplication.instance()
        if application is not None:  # the window may be closed before the dialog
            application.aboutToQuit.connect(self.reject)

    def _resume(self) -> None:
        """Show what was chosen last."""
        self._offer_recipes()
        self._data.offer(None, self._recent)
        self._run.offer_picture(None)
        self._model.offer_open_one("")
        self._follow_window(State(), self._store.state)
        self._display()

    def _look_about(self) -> None:
        """Ask for all that takes a while to know."""
        folder = self._store.state.folder
        source = self._first_source or (Source(folder) if folder is not None else None)
        if source is not None:
            self.choose_pictures(source)
        self._controller.compute(_DEVICES, find_devices, self._draft.offer_devices)
        self._wish_name()
        self._follow_draft()

    def _follow_window(self, old: State, new: State) -> None:
        """What is open in the window is a click away here."""
        if new.folder != old.folder:
            self._data.offer(new.folder, self._recent)
        if new.path != old.path:
            self._run.offer_picture(new.path)
        if new.options.device != old.options.device:
            self._draft.type(DEVICE, new.options.device)
        if new.model is not old.model or new.wanted != old.wanted:
            can_train = new.model is not None and not new.wanted.random
            self._model.offer_open_one(name_model(new.wanted, new.model) if can_train else "")

    # Pictures

    def choose_pictures(self, source: Source) -> None:
        """Look at other pictures."""
        others = (place for place in self._recent if place != source.pictures)
        self._recent = (source.pictures, *others)[:RECENT]
        self._data.offer(self._store.state.folder, self._recent)
        self._problem = None
        recipe = self._draft.recipe or self._draft.origin
        asked = _asked(source, recipe)
        if self._looking.asked == asked:
            self._looking.look_again()  # whoever chooses the same again has changed something
        else:
            self._looking.ask(asked)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_source(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        source = dropped_source(event.mimeData())
        if source is not None:
            event.acceptProposedAction()
            self.choose_pictures(source)

    # Recipe

    def open_recipe(self, source: str) -> None:
        """Follow another recipe: a name, or a file."""
        try:
            recipe = on_device(
                find_recipe(source), (self._draft.recipe or self._draft.origin).device
            )
        except ExplorerError as error:
            self._problem = error
        else:
            self._problem = None
            self._recipe_source = source
            self._draft.load(recipe, recipe)
            self._wish_name()
        self._offer_recipes()
        self._display()

    def _offer_recipes(self) -> None:
        known = list(known_recipes())
        listed = known if self._recipe_source in known else [*known, self._recipe_source]
        self._header.offer([(one, Path(one).stem if one not in known else one) for one in listed],
                           self._recipe_source)  # fmt: skip
        self._header.display()

    def _ask_for_recipe(self) -> None:
        title, kinds = self.tr("Open a recipe"), self.tr("Recipes") + TOML
        chosen, _ = QFileDialog.getOpenFileName(self, title, str(Path.home()), kinds)
        if chosen:
            self.open_recipe(chosen)

    def _ask_where_to_save(self) -> None:
        recipe = self._draft.recipe
        if recipe is None:
            return
        title, kinds = self.tr("Save the recipe"), self.tr("Recipes") + TOML
        start = str(Path.home() / f"{recipe.name}.toml")
        chosen, _ = QFileDialog.getSaveFileName(self, title, start, kinds)
        if chosen:
            self._save_recipe(recipe, Path(chosen).with_suffix(".toml"))

    def _save_recipe(self, recipe: Recipe, file: Path) -> None:
        """Write it, and follow it from now on."""
        try:
            write_recipe(recipe, file)
        except ExplorerError as error:
            self._problem = error
            self._display()
        else:
            self.open_recipe(str(file))

    def _follow_draft(self) -> None:
        """Look again at what depends on the recipe."""
        recipe = self._draft.recipe
        if recipe is not None:
            asked = self._looking.asked
            if asked is not None:
                self._looking.ask(_asked(asked.source, recipe))
            self._ask_about_model(recipe)
        self._display()

    def _show_all(self, path: SettingPath | None) -> None:
        if self._all is None:
            self._all = AllSettings(self._draft)
            self._all.left.connect(self._show_overview)
            self._pages.addWidget(self._all)
        self._pages.setCurrentWidget(self._all)
        self._all.begin(path)

    def _show_overview(self) -> None:
        self._pages.setCurrentIndex(0)
        self._front.begin()

    # Model

    def _ask_about_model(self, recipe: Recipe) -> None:
        """Where its weights are, unless that was asked already."""
        asked = recipe.model, recipe.pretrained, recipe.start
        if asked == self._facts_of:
            return
        self._facts_of = asked
        self._model.show_facts(None)
        work = partial(model_facts, recipe)
        self._controller.compute(_FACTS, work, self._show_facts, self._show_unknown)

    def _show_facts(self, facts: ModelFacts) -> None:
        self._model.show_facts(facts)
        self._display()

    def _show_unknown(self, error: ExplorerError) -> None:
        self._show_facts(ModelFacts(str(error), problem=error))

    def _ask_for_model(self) -> None:
        dialog = ModelDialog(Weights(self._draft.text(("model",))), self._controller, self)
        dialog.chosen.connect(self._take_model)
        dialog.open()

    def _take_model(self, weights: Weights) -> None:
        """Train another model, with all that was answered about it."""
        self._draft.change(started_from(weights, self._draft.origin))

    def _ask_for_checkpoint(self) -> None:
        title = self.tr("A checkpoint to go on from")
        kinds = self.tr("Checkpoints") + f" ({self._kinds})"
        chosen, _ = QFileDialog.getOpenFileName(self, title, str(Path.home()), kinds)
        if chosen:
            self._take_model(Weights("", file=Path(chosen)))

    def _take_open_model(self) -> None:
        wanted, model = self._store.state.wanted, self._store.state.model
        size = model.input_size if model is not None else wanted.image_size
        self._take_model(replace(wanted, image_size=size))

    def _take_recipes_model(self) -> None:
        origin = self._draft.origin
        self._draft.take_back_some(started_from(Weights(origin.model), origin))

    # What it will take

    def _try(self) -> None:
        """Try a few steps; a model that is not here comes first."""
        recipe = self._draft.recipe
        if recipe is None or self._looking.dataset is None:
            return
        self._problem = None
        if self._is_model_missing():
            self._doing = self.tr("Fetching the model…")
            self._beginner.submit(
                _FETCH, partial(fetch, recipe), self._try_with_model, self._refuse
            )
            self._display()
        else:
            self._begin_trial()

    def _try_with_model(self, _none: None) -> None:
        self._doing, self._facts_of = "", ()
        self._follow_draft()
        self._begin_trial()

    def _begin_trial(self) -> None:
        recipe, dataset = self._draft.recipe, self._looking.dataset
        if recipe is not None and dataset is not None:
            self._tried = recipe, dataset
            self._trial.begin(recipe, dataset)

    def _is_model_missing(self) -> bool:
        facts = self._model.facts
        return facts is not None and facts.is_missing

    # Start

    def _wish_name(self) -> None:
        name = self._draft.origin.name
        work = partial(free_run_name, name)
        self._beginner.submit(_NAME, work, self._run.offer_name, self._refuse)

    def accept(self) -> None:
        """Have the run made; the dialog closes once it is there."""
        recipe, dataset = self._draft.recipe, self._looking.dataset
        if recipe is None or dataset is None or self._why_not() or self._doing:
            return
        self._problem, self._doing = None, self.tr("Starting…")
        self._trial.stop()
        wanted = Wanted(self._run.name, recipe, dataset, self._is_model_missing())
        self._beginner.submit(_BEGIN, partial(make, wanted), self._tell_made, self._refuse)
        self._display()

    def _tell_made(self, folder: Path) -> None:
        self.made.emit(folder)
        super().accept()

    def _refuse(self, error: ExplorerError) -> None:
        """Say why it could not begin; everything is as it was."""
        self._problem, self._doing = error, ""
        if isinstance(error, NameTaken):
            self._run.ask_again()
        self._display()

    def _forget_problem(self) -> None:
        """Another name may be free."""
        self._problem = None
        self._display()

    def _stop_doing(self) -> None:
        """Fetch nothing and begin nothing any more."""
        for kind in (_FETCH, _BEGIN):
            self._beginner.cancel(kind)
        self._doing = ""
        self._display()

    def _tell_progress(self, kind: str, text: str, share: float | None) -> None:
        if kind in (_FETCH, _BEGIN) and self._doing:
            self._doing = f"{text} {share:.0%}" if share is not None else f"{text}…"
            self._display()

    def _why_not(self) -> str:
        """What is missing before it can start; "" where nothing is."""
        if self._looking.dataset is None:
            return self.tr("Labelled pictures are still missing.")
        if self._draft.recipe is None:
            return self.tr("A setting has to be mended first.")
        if self._looking.dataset.task != self._draft.recipe.task:
            return self.tr("The pictures are still looked at.")
        if not self._run.name.strip():
            return self.tr("The run has no name.")
        facts = self._model.facts
        if facts is not None and facts.problem is not None:
            return self.tr("The model cannot be trained.")
        return self._why_too_large(self._draft.recipe, len(self._looking.dataset.train))

    def _why_too_large(self, recipe: Recipe, pictures: int) -> str:
        cost, problem = self._trial.cost, self._trial.problem
        if cost is None or cost.fits or not cost.is_of(recipe, pictures):
            return ""
        return str(problem) if problem else self.tr("There is too little memory for this.")

    def _display(self) -> None:
        """Tell what is known, and offer what can be done."""
        dataset = self._looking.dataset
        pictures = len(dataset.train) if dataset is not None else None
        self._cost.display(self._draft.recipe, pictures, self._trial)
        why_not = self._why_not()
        self._stop.setVisible(bool(self._doing))
        self._start.setEnabled(not why_not and not self._doing)
        self._start.setToolTip(why_not or self.tr("Begin in a process of its own (Ctrl+Enter)"))
        problem = self._problem or self._trial_problem()
        text = self._doing or (str(problem) if problem else "") or why_not
        self._status.setText(text)
        for name, on in (("refused", problem is not None), ("quiet", problem is None)):
            self._status.setProperty(name, on)
        self._status.style().polish(self._status)

    def _trial_problem(self) -> ExplorerError | None:
        """What stood in the way of a trial, while it is still about these settings."""
        now = self._draft.recipe, self._looking.dataset
        return self._trial.problem if now == self._tried else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter ends no typing with a training; Esc leads back before it leads away."""
        is_enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._start.click()
        elif event.key() == Qt.Key.Key_Escape and self._pages.currentIndex() > 0:
            self._show_overview()
        elif not is_enter:
            super().keyPressEvent(event)

    def _end(self) -> None:
        """Remember what was chosen, and let go of all work."""
        asked = self._looking.asked
        recipe = self._draft.recipe or self._draft.origin
        source = asked.source if asked else None
        self._settings.fine_tuning = Remembered(source, self._recent, self._recipe_source, recipe)
        for kind in (_FACTS, _DEVICES):
            self._controller.forget(kind)
        self._beginner.close(timeout=0.0)
        self._looking.close()
        self._trial.close()
        self._data.close_threads()
