"""Setting up a training with mouse and keys, and starting it."""

import json
import shutil
import sys
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QToolButton,
)

from explorer import paths
from explorer.errors import ExplorerError
from explorer.records import Weights
from explorer.training.recipes.recipe import Start
from explorer.training.recipes.recipe_file import find_recipe, read_recipe
from explorer.training.runs import run as runs
from explorer.training.runs.run import Run
from explorer.window.dialogs import fine_tune_dialog
from explorer.window.dialogs.facts import FactsDialog
from explorer.window.dialogs.fine_tune_dialog import FineTuneDialog
from explorer.window.dialogs.model_dialog import ModelDialog
from explorer.window.parts.choice_box import ChoiceBox
from explorer.window.settings import Settings
from explorer.window.state import Options, State, Store
from explorer.window.training.fine_tuning import beginning
from explorer.window.training.fine_tuning.class_list import ClassList, tile_places
from explorer.window.training.fine_tuning.looking import Source
from explorer.window.training.fine_tuning.model_facts import ModelFacts
from explorer.window.training.fine_tuning.problem_list import FilesDialog

HERE = ModelFacts("86 million parameters; its weights are on this computer.")
MISSING = ModelFacts("its weights, about 346 MB, are downloaded first.", is_missing=True)
EPOCHS = "Epochs"


def save_noise(file: Path, seed: int, size: tuple[int, int] = (24, 16)) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), np.uint8)
    PIL.Image.fromarray(pixels).save(file)


@pytest.fixture
def pictures_of(tmp_path) -> Path:
    """Ten cats and ten dogs."""
    folder = tmp_path / "animals"
    for number in range(20):
        save_noise(folder / ("cat", "dog")[number % 2] / f"{number}.png", number)
    return folder


@pytest.fixture
def program(tmp_path, monkeypatch) -> Path:
    """What runs instead of the real program."""
    file = tmp_path / "program.py"
    monkeypatch.setattr(paths, "program", lambda: [sys.executable, str(file)])
    return file


@pytest.fixture
def open_dialog(qtbot, controller):
    """Opens the dialog: `open_dialog(folder=…)`, the folder that the window shows."""

    def open_one(**state: object) -> FineTuneDialog:
        made = FineTuneDialog(Store(State(**state)), controller, Settings(), "*.pth")
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(made)
        made.show()
        made.resize(1080, 760)
        qtbot.waitExposed(made)
        qtbot.waitUntil(lambda: field(made, "Name of the run").text() != "")
        return made

    return open_one


@pytest.fixture
def dialog(qtbot, open_dialog, pictures_of) -> FineTuneDialog:
    """Twenty pictures are recognised and looked through; the model is here."""
    made = open_dialog(folder=pictures_of)
    qtbot.waitUntil(lambda: made._looking.checked is not None)
    made._show_facts(HERE)
    return made


def field(dialog: FineTuneDialog, name: str) -> QLineEdit:
    """The visible field of this name."""
    found = [line for line in dialog.findChildren(QLineEdit) if line.accessibleName() == name]
    return next((line for line in found if line.isVisible()), found[0])


def field_of(dialog: FineTuneDialog, kind: type, name: str):
    """The widget of a kind that is called so."""
    return next(one for one in dialog.findChildren(kind) if one.accessibleName() == name)


def said(dialog: FineTuneDialog) -> str:
    """Everything that can be read in the dialog."""
    return "\n".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisible())


def type_in(qtbot, dialog: FineTuneDialog, name: str, text: str) -> None:
    """Click a field, and type over what stands there."""
    line = field(dialog, name)
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton)
    qtbot.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    if text:
        qtbot.keyClicks(line, text)
    else:
        qtbot.keyClick(line, Qt.Key.Key_Delete)


def press(qtbot, dialog: FineTuneDialog, text: str) -> None:
    """Click the visible button with this text."""
    for button in dialog.findChildren(QAbstractButton):
        if button.isVisible() and button.text() == text:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
            return
    raise AssertionError(f"no button {text}")


def menu_of(dialog: FineTuneDialog, name: str) -> QMenu:
    """The menu of a button, filled as if it were opened."""
    buttons = [one for one in dialog.findChildren(QToolButton) if one.accessibleName() == name]
    menu = buttons[0].menu()
    menu.aboutToShow.emit()
    return menu


def choose(menu: QMenu, beginning_of_text: str) -> None:
    texts = {action.text().replace("&", ""): action for action in menu.actions()}
    next(action for text, action in texts.items() if text.startswith(beginning_of_text)).trigger()


# Pictures


def test_real_pictures_are_recognised(qtbot, open_dialog, shared):
    """The homework's folder, open in the window: its classes by name, counts, halves, sizes."""
    folder = shared("data/pets/p1_data/train")
    dialog = open_dialog(folder=folder)
    qtbot.waitUntil(lambda: "703 pictures to learn from + 169 to validate" in said(dialog))
    assert "37 classes" in said(dialog)
    assert "their names by classes.txt; “val” validates" in said(dialog)
    qtbot.waitUntil(lambda: dialog._looking.checked is not None, timeout=20_000)
    assert "Typically 400 × 300 pixels" in said(dialog)
    classes = dialog.findChild(ClassList).model()
    assert classes.rowCount() == 37
    assert classes.index(0, 0).data() == "Abyssinian"
    told = classes.index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert told == "Abyssinian, 150 pictures to learn from, 30 to validate"


def test_samples_are_seen(qtbot, open_dialog, tmp_path):
    """Pictures of a class stand in its row: red ones of the one, blue ones of the other."""
    colors = {"blue": (0, 0, 200), "red": (200, 0, 0)}
    for name, color in colors.items():
        for number in range(8):
            file = tmp_path / "flags" / name / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            shade = tuple(min(255, part + number) for part in color)
            PIL.Image.new("RGB", (48, 36), shade).save(file)
    dialog = open_dialog(folder=tmp_path / "flags")
    qtbot.waitUntil(lambda: dialog._looking.checked is not None)
    classes = dialog.findChild(ClassList)
    qtbot.waitUntil(classes.isVisible)

    def shown() -> bool:
        image = classes.viewport().grab().toImage()
        ratio = image.devicePixelRatio()
        for row, channel in enumerate(("blue", "red")):
            tiles = tile_places(classes.visualRect(classes.model().index(row, 0)))
            colors_seen = [image.pixelColor(tile.center() * ratio) for tile in tiles]
            if not tiles or not all(getattr(one, channel)() > 150 for one in colors_seen):
                return False
        return True

    qtbot.waitUntil(shown)


def test_bars_are_as_long_as_classes_have_pictures(qtbot, open_dialog, tmp_path):
    """A class with half as many pictures has half the bar; its end, which validates, is paler."""
    for name, count in {"few": 10, "many": 20}.items():
        for number in range(count):
            save_noise(tmp_path / "uneven" / name / f"{number}.png", 100 * count + number)
    dialog = open_dialog(folder=tmp_path / "uneven")
    classes = dialog.findChild(ClassList)
    qtbot.waitUntil(classes.isVisible)
    accent = classes.window().palette().highlight().color()
    image = classes.viewport().grab().toImage()
    lengths = []
    for row in range(2):
        rect = classes.visualRect(classes.model().index(row, 0))
        end = tile_places(rect)[0].left() - 16
        line = [image.pixelColor(x, rect.bottom() - 8) for x in range(4, end - 3)]
        lengths.append(sum(color == accent for color in line) / len(line))
    assert lengths == pytest.approx([0.4, 0.8], abs=0.03)


def test_a_folder_without_classes(qtbot, open_dialog, tmp_path):
    """The reason stands where the classes would; another folder can be dropped."""
    save_noise(tmp_path / "holiday" / "beach.png", 0)
    dialog = open_dialog(folder=tmp_path / "holiday")
    qtbot.waitUntil(lambda: "are not told" in said(dialog))
    assert not dialog._start.isEnabled()
    assert "Labelled pictures are still missing." in said(dialog)


def test_a_folder_is_dropped(qtbot, open_dialog, pictures_of):
    dialog = open_dialog()
    assert "drop one here" in said(dialog)
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(pictures_of))])
    facts = Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton
    no_keys = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(dialog, QDragEnterEvent(QPoint(40, 40), *facts, no_keys))
    QApplication.sendEvent(dialog, QDropEvent(QPointF(40, 40), *facts, no_keys))
    qtbot.waitUntil(lambda: "2 classes · 16 pictures to learn from + 4" in said(dialog))


def test_what_is_wrong_with_pictures(qtbot, open_dialog, pictures_of):
    """Broken and double pictures are told in plain words, with the names of their files."""
    (pictures_of / "cat" / "broken.png").write_bytes(b"no picture")
    shutil.copy(pictures_of / "cat" / "0.png", pictures_of / "dog" / "twin.png")
    dialog = open_dialog(folder=pictures_of)
    qtbot.waitUntil(lambda: "1 picture is broken and will be passed over." in said(dialog))
    assert "in several classes, such as cat and dog" in said(dialog)
    press(qtbot, dialog, "Which?")
    files = dialog.findChild(FilesDialog).findChild(QListWidget)
    names = [files.item(row).text() for row in range(files.count())]
    assert [Path(name).name for name in names] == ["broken.png"]


def test_looking_through_pictures_can_be_stopped(qtbot, open_dialog, pictures_of, monkeypatch):
    """It says how far it is; stopped, training can begin all the same."""
    entered, may_go = threading.Event(), threading.Event()

    def slow(dataset, progress, should_stop):
        progress(8, 20)
        entered.set()
        while not may_go.wait(0.002) and not should_stop():
            pass
        raise fine_tune_dialog.ExplorerError("too late")

    monkeypatch.setattr("explorer.window.training.fine_tuning.looking.check_pictures", slow)
    dialog = open_dialog(folder=pictures_of)
    qtbot.waitUntil(entered.is_set)
    qtbot.waitUntil(lambda: "Opening every picture: 40 %" in said(dialog))
    assert dialog._start.isEnabled()
    press(qtbot, dialog, "Stop")
    assert "was not looked at" in said(dialog)
    assert dialog._start.isEnabled()


def test_another_share_is_divided_anew(qtbot, dialog):
    """A change of the validation share or the seed is seen in the counts."""
    press(qtbot, dialog, "All settings…")
    type_in(qtbot, dialog, "Validation fraction", "0.4")
    qtbot.waitUntil(lambda: dialog._looking.dataset is not None
                    and len(dialog._looking.dataset.validation) == 8)  # fmt: skip
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert "12 pictures to learn from + 8 to validate" in said(dialog)
    assert dialog.isVisible()  # Esc led back to the overview only


# Recipe


def test_first_sight(dialog):
    """The plainest recipe, its published number, the model, exact steps."""
    text = said(dialog)
    assert "Published: 95.0 % with vit_base_patch16_384" in text
    assert "its weights are on this computer" in text
    assert "20 × 1 (epochs × batches)" in text
    assert field(dialog, EPOCHS).text() == "20"
    assert dialog._start.isEnabled()


def test_a_wrong_number_is_refused_at_its_field(qtbot, dialog):
    """It says why, in the setting's own sentence; nothing can start until it is mended."""
    type_in(qtbot, dialog, EPOCHS, "0")
    assert "Epochs: Must be 1 to 100000, not 0. How often every training picture" in said(dialog)
    assert field(dialog, EPOCHS).property("refused")
    assert not dialog._start.isEnabled()
    type_in(qtbot, dialog, EPOCHS, "7")
    assert not field(dialog, EPOCHS).property("refused")
    assert "7 × 1 (epochs × batches)" in said(dialog)
    assert dialog._start.isEnabled()


def test_enter_ends_typing_not_more(qtbot, dialog):
    """Who confirms a number with Enter starts no training."""
    with qtbot.assertNotEmitted(dialog.made, wait=50):
        qtbot.keyClick(field(dialog, EPOCHS), Qt.Key.Key_Return)
    assert dialog.isVisible()
    assert not dialog._doing


def test_stages_have_a_row_each(qtbot, dialog):
    dialog.open_recipe("two-stage")
    assert field(dialog, "Epochs, stage 1").text() == "16"
    assert field(dialog, "Learning rate, stage 2").text() == "0.01"
    type_in(qtbot, dialog, "Epochs, stage 2", "2")
    assert dialog._draft.recipe.stages[1].epochs == 2
    assert "16 × 3 + 2 × 3" in said(dialog)


def test_stages_are_added_and_removed(qtbot, dialog):
    """With the mouse, among all settings; the overview follows."""
    press(qtbot, dialog, "All settings…")
    press(qtbot, dialog, "Add a stage")
    type_in(qtbot, dialog, "Epochs, stage 2", "3")
    press(qtbot, dialog, "‹ Overview")
    assert field(dialog, "Epochs, stage 2").text() == "3"
    press(qtbot, dialog, "All settings…")
    press(qtbot, dialog, "Remove this stage")
    assert dialog._draft.recipe == find_recipe("adam-384")


def test_every_setting_can_be_found(qtbot, dialog):
    """By a word of its name or of what it means; a wrong value is refused there."""
    press(qtbot, dialog, "All settings…")
    search = field(dialog, "Search settings…")
    qtbot.keyClicks(search, "stochastic depth")
    qtbot.waitUntil(lambda: "How often a block is skipped in training" in said(dialog))
    type_in(qtbot, dialog, "Drop path", "2")
    assert "Must be 0 or more and less than 1, not 2." in said(dialog)
    type_in(qtbot, dialog, "Drop path", "0.1")
    assert dialog._draft.recipe.stages[0].drop_path == 0.1
    qtbot.keyClicks(search, " nonsense")
    qtbot.waitUntil(lambda: "No setting is called like that." in said(dialog))


def test_changes_can_be_undone(qtbot, dialog):
    type_in(qtbot, dialog, EPOCHS, "3")
    press(qtbot, dialog, "Undo changes")
    assert field(dialog, EPOCHS).text() == "20"
    assert dialog._draft.recipe == find_recipe("adam-384")


def test_captions_are_shown_where_they_are_learned(qtbot, dialog, tmp_path):
    """With their pictures, instead of classes; a folder without them says so."""
    dialog.open_recipe("captioner")
    qtbot.waitUntil(lambda: "There is no captions.json in “animals”" in said(dialog))
    told = {"images": [], "annotations": []}
    for number in range(10):
        save_noise(tmp_path / "captioned" / f"{number}.png", number)
        told["images"].append({"id": number, "file_name": f"{number}.png"})
        for caption in (f"noise of number {number}", "and another caption"):
            told["annotations"].append({"image_id": number, "caption": caption})
    (tmp_path / "captioned" / "captions.json").write_text(json.dumps(told))
    dialog.choose_pictures(Source(tmp_path / "captioned"))
    qtbot.waitUntil(lambda: "20 captions · 8 pictures to learn from + 2" in said(dialog))
    rows = dialog.findChild(ClassList)
    qtbot.waitUntil(rows.isVisible)
    assert rows.accessibleName() == "Captions"
    assert rows.model().rowCount() == 8
    first = rows.model().index(0, 0)
    assert first.data().startswith("noise of number")
    assert first.data(Qt.ItemDataRole.ToolTipRole).endswith("and another caption")

    def is_painted() -> bool:
        image = rows.viewport().grab().toImage()
        colours = {image.pixelColor(x, 23).name() for x in range(image.width() - 50, image.width())}
        return len(colours) > 20  # the noise of its picture

    qtbot.waitUntil(is_painted)
    assert dialog._start.isEnabled()


def test_recipes_in_files(qtbot, dialog, tmp_path, monkeypatch):
    """One is saved as it was changed, and followed from then on; a wrong one names its line."""
    type_in(qtbot, dialog, EPOCHS, "3")
    file = tmp_path / "mine.toml"
    monkeypatch.setattr(fine_tune_dialog.QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    choose(menu_of(dialog, "Recipes in files"), "Save the recipe as")
    assert read_recipe(file).stages[0].epochs == 3
    assert dialog._recipe_source == str(file)
    assert not dialog._draft.is_changed
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('name = "wrong"\n[[stages]]\nepochs = 0\n')
    monkeypatch.setattr(
        fine_tune_dialog.QFileDialog, "getOpenFileName", lambda *_: (str(wrong), "")
    )
    choose(menu_of(dialog, "Recipes in files"), "Open a recipe")
    assert "wrong.toml, line 3: “stages.0.epochs” must be 1 to 100000" in said(dialog)
    assert field(dialog, EPOCHS).text() == "3"


def test_all_about_a_recipe(qtbot, dialog):
    """Its whole text, and the published number of each model with its source."""
    dialog.open_recipe("adamw-augmented")
    assert "94.3 % with B_16_imagenet1k; 5 more" in said(dialog)
    press(qtbot, dialog, "Read on")
    told = "\n".join(label.text() for label in dialog.findChild(FactsDialog).findChildren(QLabel))
    for number in ("91.5 %", "88.2 %", "90.6 %", "94.3 %", "92.5 %", "93.8 %"):
        assert number in told
    assert "NTU DLCV 2021, homework 3" in told


# Model


def test_the_open_model_can_be_trained(qtbot, dialog, make_model):
    """Checkpoint or name: what is open in the window is a click away."""
    wanted = Weights("", file=Path("/somewhere/pets.pth"))
    dialog._store.update(wanted=wanted, model=make_model())
    choose(menu_of(dialog, "Change the model"), "The open model: pets.pth")
    assert dialog._draft.recipe.model == str(wanted.file)
    assert "pets.pth" in said(dialog)
    choose(menu_of(dialog, "Change the model"), "The recipe's own")
    assert dialog._draft.recipe == find_recipe("adam-384")


def test_the_open_model_sees_as_it_is_open(dialog, make_model):
    """Its picture size, numbers and resizing are those of the window, not the recipe's 384."""
    seen = (0.0, 0.1, 0.2), (1.0, 0.9, 0.8)
    wanted = Weights("", Path("/somewhere/small.pth"), normalisation=seen, interpolation="bilinear")
    small = replace(make_model(), input_size=(32, 32))
    dialog._store.update(wanted=wanted, model=small)
    choose(menu_of(dialog, "Change the model"), "The open model: small.pth")
    recipe = dialog._draft.recipe
    assert field(dialog, "Image size").text() == "32"
    assert (recipe.pictures.mean, recipe.pictures.std) == seen
    assert recipe.pictures.interpolation == "bilinear"
    dialog._store.update(model=replace(small, input_size=(32, 48)))
    choose(menu_of(dialog, "Change the model"), "The open model: small.pth")
    assert dialog._draft.recipe.image_size == (32, 48)
    assert field(dialog, "Image size").text() == "32, 48"


def test_what_was_answered_about_the_open_model_is_kept(dialog, make_model):
    """The network that is trained is the one that is shown; the recipe's own has other answers."""
    answers = {"heads": 3, "resampling": "corners", "pre_logits": "before norm"}
    wanted = Weights("vit_tiny_patch16_224", Path("/somewhere/small.pth"), **answers)
    dialog._store.update(wanted=wanted, model=replace(make_model(), input_size=(48, 32)))
    choose(menu_of(dialog, "Change the model"), "The open model: small.pth")
    start = dialog._draft.recipe.start
    assert start == Start(architecture="vit_tiny_patch16_224", **answers)
    choose(menu_of(dialog, "Change the model"), "The recipe's own")
    assert dialog._draft.recipe == find_recipe("adam-384")


def test_a_model_of_the_list(qtbot, dialog, controller):
    choose(menu_of(dialog, "Change the model"), "Choose from the list")
    listed = dialog.findChild(ModelDialog)
    listed.chosen.emit(Weights("vit_tiny_patch16_224", random=True, image_size=(64, 64)))
    recipe = dialog._draft.recipe
    assert (recipe.model, recipe.pretrained, recipe.image_size) == (
        "vit_tiny_patch16_224",
        False,
        (64, 64),
    )
    assert "model to train" in controller.asked  # whether it can be had


# Device


def test_it_computes_where_the_menu_says(open_dialog):
    """Model > Device is the first choice, and stays it while the dialog is open."""
    dialog = open_dialog(options=Options(device="cpu"))
    box = field_of(dialog, ChoiceBox, "Device")
    assert (box.currentText(), dialog._draft.recipe.device) == ("CPU", "cpu")
    dialog.open_recipe("best")
    assert dialog._draft.recipe.device == "cpu"
    assert not dialog._draft.is_changed
    dialog._store.update(options=Options(device="auto"))
    assert (box.currentText(), dialog._draft.recipe.device) == ("Automatic", "auto")


def test_another_device_can_be_chosen(qtbot, open_dialog):
    """Of those that are there, by the keys; it goes into the recipe, and so to the run."""
    dialog = open_dialog()
    box = field_of(dialog, ChoiceBox, "Device")
    dialog._draft.offer_devices(
        [("cuda:0", "CUDA 0 · A"), ("cuda:1", "CUDA 1 · B"), ("cpu", "CPU")]
    )
    texts = [box.itemText(place) for place in range(box.count())]
    assert texts == ["Automatic", "CUDA 0 · A", "CUDA 1 · B", "CPU"]
    for _ in range(2):
        qtbot.keyClick(box, Qt.Key.Key_Down)
    assert dialog._draft.recipe.device == "cuda:1"
    dialog.open_recipe("best")
    assert dialog._draft.recipe.device == "cuda:1"  # a choice of this computer, not of a recipe


# Models that cannot be


def test_a_model_that_cannot_be_trained(dialog):
    problem = ExplorerError("There is no model called “vit”.", "Did you mean “vit_tiny”?")
    dialog._show_facts(ModelFacts(str(problem), problem=problem))
    assert "Did you mean “vit_tiny”?" in said(dialog)
    assert not dialog._start.isEnabled()


def test_the_probe(dialog, pictures_of):
    """The open picture is a click away; else it is the first one that validates."""
    assert "the first validation picture" in said(dialog)
    dialog._store.update(path=pictures_of / "cat" / "2.png")
    choose(menu_of(dialog, "Change the probe picture"), "The open picture: 2.png")
    assert dialog._draft.recipe.probe == str(pictures_of / "cat" / "2.png")
    assert "2.png" in said(dialog)
    choose(menu_of(dialog, "Change the probe picture"), "The first validation picture")
    assert dialog._draft.recipe.probe is None


# What it takes


def test_an_estimate(qtbot, dialog, program):
    """Asked for by the mouse, told when it is there; other epochs are reckoned at once."""
    known = {"device": "CPU", "memory": 3_400_000_000, "free_memory": 6_200_000_000, "fits": True}
    tried = {"seconds_per_step": [0.5], "pictures_per_second": 41.0, "seconds": 7800.0}
    tried |= {"seconds_per_validation": 390.0}
    program.write_text(f"print({json.dumps(json.dumps({**known, **tried}))})\n")
    press(qtbot, dialog, "Estimate")
    assert "trying a few steps" in said(dialog)
    qtbot.waitUntil(lambda: "about 2 h 10 min" in said(dialog))
    assert "about 3.4 GB" in said(dialog)
    assert "6.2 GB are free" in said(dialog)
    assert "41 pictures a second · CPU" in said(dialog)
    qtbot.waitUntil(lambda: not dialog._trial.is_running)
    type_in(qtbot, dialog, EPOCHS, "10")
    assert "about 1 h 5 min" in said(dialog)
    type_in(qtbot, dialog, "Batch size", "8")
    assert "settings have changed since" in said(dialog)


def test_what_cannot_fit_is_refused(qtbot, dialog, program):
    """With the numbers; other settings may be tried."""
    known = {"device": "CPU", "memory": 9e9, "free_memory": 6e9, "fits": False}
    untried = {"seconds_per_step": [], "pictures_per_second": None, "seconds": None}
    untried |= {"seconds_per_validation": None}
    program.write_text(
        f"import sys\nprint({json.dumps(json.dumps({**known, **untried}))}, flush=True)\n"
        "sys.exit('main.py train: This training needs about 9.0 GB. Take less.')\n"
    )
    press(qtbot, dialog, "Estimate")
    qtbot.waitUntil(lambda: "needs about 9.0 GB" in said(dialog))
    assert "does not fit: 6.0 GB are free" in said(dialog)
    assert not dialog._start.isEnabled()
    type_in(qtbot, dialog, "Batch size", "2")
    assert dialog._start.isEnabled()
    assert "needs about 9.0 GB" not in said(dialog)


# Start


def test_start(qtbot, dialog):
    """A folder with the recipe as it was typed, ready to be begun; and the dialog is gone."""
    type_in(qtbot, dialog, EPOCHS, "3")
    type_in(qtbot, dialog, "Name of the run", "first try")
    with qtbot.waitSignal(dialog.made) as made:
        press(qtbot, dialog, "Start training")
    assert made.args == [paths.runs() / "first try"]
    assert not dialog.isVisible()
    run = Run(made.args[0])
    assert run.recipe.stages[0].epochs == 3
    assert run.dataset.classes == ("cat", "dog")
    assert run.state == "new"


def test_the_last_training_is_remembered(qtbot, dialog, open_dialog, pictures_of):
    """Pictures, recipe, its changes and its model are there again."""
    dialog.open_recipe("best")
    type_in(qtbot, dialog, EPOCHS, "5")
    dialog._take_model(Weights("vit_tiny_patch16_224"))
    dialog.reject()
    again = open_dialog()
    qtbot.waitUntil(lambda: "16 pictures to learn from" in said(again))
    assert field(again, EPOCHS).text() == "5"
    assert again._draft.recipe.model == "vit_tiny_patch16_224"
    assert again._draft.origin.name == "best"
    press(qtbot, again, "Undo changes")
    assert again._draft.recipe == find_recipe("best")


def test_a_recipe_that_is_gone(qtbot, dialog, open_dialog, tmp_path):
    """A remembered file that is not there any more is no obstacle."""
    file = tmp_path / "mine.toml"
    dialog._save_recipe(dialog._draft.recipe, file)
    dialog.reject()
    file.unlink()
    assert open_dialog()._draft.recipe == find_recipe("adam-384")


def test_settings_that_are_damaged(open_dialog):
    """They are as if nobody had ever trained."""
    Settings()._write("fine_tuning", {"source": 5, "recent": None})
    assert open_dialog()._draft.recipe == find_recipe("adam-384")


def test_names(qtbot, dialog):
    """A taken name and one that no folder can have are told; another one can be typed at once."""
    (paths.runs() / "taken").mkdir(parents=True)
    type_in(qtbot, dialog, "Name of the run", "taken")
    press(qtbot, dialog, "Start training")
    qtbot.waitUntil(lambda: "There is a run “taken” already." in said(dialog))
    assert field(dialog, "Name of the run").selectedText() == "taken"
    type_in(qtbot, dialog, "Name of the run", "a/b")
    press(qtbot, dialog, "Start training")
    qtbot.waitUntil(lambda: "“a/b” cannot be the name of a run." in said(dialog))
    type_in(qtbot, dialog, "Name of the run", "")
    assert not dialog._start.isEnabled()
    assert "The run has no name." in said(dialog)


def test_a_free_name_is_offered(open_dialog):
    (paths.runs() / "adam-384").mkdir(parents=True)
    assert field(open_dialog(), "Name of the run").text() == "adam-384 2"


def test_pictures_that_went_away(qtbot, dialog, pictures_of):
    """Said in the dialog; no folder is left."""
    shutil.rmtree(pictures_of)
    press(qtbot, dialog, "Start training")
    qtbot.waitUntil(lambda: "“animals” is not there any more" in said(dialog))
    assert dialog.isVisible()
    assert not (paths.runs() / "adam-384").exists()


def test_pictures_are_looked_for_before_a_download(qtbot, dialog, pictures_of, monkeypatch):
    """Nobody waits for hundreds of megabytes to hear that a folder is gone."""
    fetched = []
    monkeypatch.setattr(beginning, "fetch", lambda recipe, task: fetched.append(recipe))
    dialog._show_facts(MISSING)
    shutil.rmtree(pictures_of)
    press(qtbot, dialog, "Start training")
    qtbot.waitUntil(lambda: "“animals” is not there any more" in said(dialog))
    assert not fetched


def test_a_full_disk(qtbot, dialog, monkeypatch):
    """Said in the dialog; half a run is not left, so that the name is free again."""

    def refuse(*_told):
        raise ExplorerError("There is no room left on the disk.", "Make some.")

    monkeypatch.setattr(runs, "write_recipe", refuse)
    press(qtbot, dialog, "Start training")
    qtbot.waitUntil(lambda: "There is no room left on the disk. Make some." in said(dialog))
    assert not (paths.runs() / "adam-384").exists()
    monkeypatch.undo()


def test_a_missing_model_comes_first(qtbot, dialog, monkeypatch):
    """Its weights are downloaded, with progress, before there is a run; that can be stopped."""
    may_go, seen = threading.Event(), []

    def fetch(recipe, task):
        task.progress("Downloading", 0.25)
        while not may_go.wait(0.002):
            if task.should_stop():
                raise beginning.Cancelled
        seen.append((paths.runs() / "adam-384").exists())

    monkeypatch.setattr(beginning, "fetch", fetch)
    dialog._show_facts(MISSING)
    press(qtbot, dialog, "Start training")
    qtbot.waitUntil(lambda: "Downloading 25%" in said(dialog))
    press(qtbot, dialog, "Stop")
    assert "Downloading" not in said(dialog)
    assert dialog._start.isEnabled()
    with qtbot.waitSignal(dialog.made):
        press(qtbot, dialog, "Start training")
        may_go.set()
    assert not any(seen)


def test_a_run_that_was_made_meanwhile_is_left_alone(qtbot, dialog, monkeypatch):
    """A terminal, or another window, takes the name during the download: the run is its own."""
    theirs = paths.runs() / "adam-384"

    def fetch(recipe, _task):
        runs.create_run(theirs, replace(recipe, seed=77), dialog._looking.dataset)

    monkeypatch.setattr(beginning, "fetch", fetch)
    dialog._show_facts(MISSING)
    press(qtbot, dialog, "Start training")
    qtbot.waitUntil(lambda: "is not empty" in said(dialog))
    assert Run(theirs).recipe.seed == 77


def test_a_download_that_fails(qtbot, dialog, monkeypatch):
    def fetch(_recipe, _task):
        raise ExplorerError("huggingface.co cannot be reached.", "Check the network.")

    monkeypatch.setattr(beginning, "fetch", fetch)
    dialog._show_facts(MISSING)
    press(qtbot, dialog, "Start training")
    qtbot.waitUntil(lambda: "cannot be reached. Check the network." in said(dialog))
    assert not paths.runs().exists() or not any(paths.runs().iterdir())


def test_keys_alone(qtbot, dialog):
    """Tab walks through, Ctrl+Enter starts."""
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)  # or nothing has the focus
    for _ in range(60):
        qtbot.keyClick(QApplication.focusWidget() or dialog, Qt.Key.Key_Tab)
        if QApplication.focusWidget() is field(dialog, EPOCHS):
            break
    focused = QApplication.focusWidget()
    assert focused is field(dialog, EPOCHS)
    qtbot.keyClicks(focused, "4")
    with qtbot.waitSignal(dialog.made) as made:
        qtbot.keyClick(focused, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert Run(made.args[0]).recipe.stages[0].epochs == 4


def test_escape_leaves(qtbot, dialog):
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_places_that_are_a_click_away(qtbot, dialog, pictures_of):
    """The open folder, and where pictures were before; not the same twice."""
    menu = menu_of(dialog, "Choose the labelled pictures")
    texts = [action.text() for action in menu.actions()]
    assert sum("animals" in text for text in texts) == 1
    assert any(text.startswith("The open folder:") for text in texts)


def test_it_fits_a_small_screen(qtbot, dialog):
    """At the size that a screen of 900 × 600 leaves, nothing is wider than its place."""
    dialog.resize(884, 552)
    qtbot.waitUntil(lambda: dialog.height() <= 560)
    for line in dialog.findChildren(QLineEdit):
        if line.isVisible():
            right = line.mapTo(dialog, QPoint(line.width(), 0)).x()
            assert right <= dialog.width() - 16


def test_looking_begins_with_what_was_asked(qtbot, dialog, pictures_of):
    """Choosing the same folder again looks at it again: whoever does so has changed something."""
    save_noise(pictures_of / "cow" / "1.png", 1000)
    save_noise(pictures_of / "cow" / "2.png", 1001)
    dialog.choose_pictures(Source(pictures_of))
    qtbot.waitUntil(lambda: "3 classes" in said(dialog))
