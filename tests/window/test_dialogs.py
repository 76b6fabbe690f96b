"""Choosing a model, opening a checkpoint, and the dialogs that only tell."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from explorer.errors import ExplorerError
from explorer.records import Grid, ModelInfo, Weights
from explorer.window.dialogs.checkpoint_dialog import CheckpointDialog
from explorer.window.dialogs.facts import about, keyboard, model_information
from explorer.window.dialogs.image_size_field import ImageSizeField
from explorer.window.dialogs.model_dialog import ModelDialog
from explorer.window.dialogs.normalisation_field import IMAGENET, NormalisationField


@dataclass(frozen=True)
class Entry:
    """One line of the list, as models.catalog gives it."""

    name: str
    input_size: tuple[int, int] = (224, 224)
    classes: int = 1000
    file: Path | None = None
    file_size: int | None = None


ENTRIES = [
    Entry("deit_tiny_patch16_224.fb_in1k"),
    Entry("vit_base_patch16_384.augreg_in21k_ft_in1k", (384, 384), file=Path("x"), file_size=346e6),
    Entry("vit_base_patch16_dinov3.lvd1689m", (256, 256), 0),
    Entry("vit_tiny_patch16_224.augreg_in21k_ft_in1k"),
]


@pytest.fixture
def dialog(qtbot):
    made = ModelDialog(Weights("vit_base_patch16_384"))
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.open()
    qtbot.waitExposed(made)
    return made


def names(dialog: ModelDialog) -> list[str]:
    """What the list shows."""
    model = dialog._list.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_list_comes_later(dialog, qtbot):
    """The dialog is there before the list; nothing can be opened until then."""
    assert dialog._instead.isVisible()
    qtbot.keyClick(dialog._search, Qt.Key.Key_Return)
    assert dialog.isVisible()
    dialog.show_models(ENTRIES)
    assert dialog._list.isVisible()
    assert dialog._list.currentIndex().data().startswith("vit_base_patch16_384")


def test_list_that_cannot_be_read(dialog):
    """An error stands where the list would."""
    dialog.show_problem(ExplorerError("timm is broken.", hint="Install it again."))
    assert dialog._instead.text() == "timm is broken. Install it again."


def test_search_finds_all_words(dialog, qtbot):
    """Words may come in any order; the mouse is not needed to open what is found."""
    dialog.show_models(ENTRIES)
    qtbot.keyClicks(dialog._search, "224 vit")
    assert names(dialog) == ["vit_tiny_patch16_224.augreg_in21k_ft_in1k"]
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.keyClick(dialog._search, Qt.Key.Key_Return)
    assert chosen.args == [Weights("vit_tiny_patch16_224.augreg_in21k_ft_in1k")]


def test_arrow_keys_move_while_typing(dialog, qtbot):
    """Down in the search field goes down in the list."""
    dialog.show_models(ENTRIES)
    qtbot.keyClicks(dialog._search, "patch16")
    before = dialog._list.currentIndex().row()
    qtbot.keyClick(dialog._search, Qt.Key.Key_Down)
    assert dialog._list.currentIndex().row() == before + 1


def test_nothing_found(dialog, qtbot):
    """A search without result says so, and cannot be opened."""
    dialog.show_models(ENTRIES)
    qtbot.keyClicks(dialog._search, "resnet")
    assert dialog._instead.isVisible()
    assert not dialog._open.isEnabled()


def test_models_on_this_computer(dialog, qtbot):
    """They are marked by a sign and their size, and can be shown alone."""
    dialog.show_models(ENTRIES)
    dialog._only_here.click()
    assert names(dialog) == ["vit_base_patch16_384.augreg_in21k_ft_in1k"]
    index = dialog._list.model().index(0, 3)
    assert index.data() == "✓ 346 MB"


def test_trials(dialog, qtbot):
    """Random weights and another input size are passed on; half a size is not accepted."""
    dialog.show_models(ENTRIES)
    dialog._random.click()
    qtbot.keyClicks(dialog._size, "240 ×")
    assert not dialog._open.isEnabled()
    qtbot.keyClicks(dialog._size, " 320")
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog._open.click()
    assert chosen.args[0].random
    assert chosen.args[0].image_size == (240, 320)


def test_escape_chooses_nothing(dialog, qtbot):
    dialog.show_models(ENTRIES)
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.keyClick(dialog._search, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


@pytest.fixture
def checkpoint(qtbot):
    made = CheckpointDialog(Path("/somewhere/pets.pth"))
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.open()
    return made


def test_checkpoint_offers_the_usual_heads(checkpoint, qtbot):
    """Enter opens the file with the usual number of heads."""
    assert not checkpoint._open.isEnabled()
    checkpoint.show_contents((4, (1, 2, 4, 8)))
    assert checkpoint._heads.currentText() == "4 (usual)"
    with qtbot.waitSignal(checkpoint.chosen) as chosen:
        checkpoint._open.click()
    assert chosen.args == [Weights("", file=Path("/somewhere/pets.pth"), heads=4)]


def test_checkpoint_that_says_its_heads(checkpoint, qtbot):
    """What the file says is not asked."""
    checkpoint.show_contents(None)
    assert not checkpoint._heads.isVisible()
    with qtbot.waitSignal(checkpoint.chosen) as chosen:
        checkpoint._open.click()
    assert chosen.args[0].heads is None


def test_broken_checkpoint(checkpoint):
    """A file that cannot be read says why, and cannot be opened."""
    checkpoint.show_problem(ExplorerError("pets.pth is empty."))
    assert "pets.pth is empty." in [label.text() for label in checkpoint.findChildren(QLabel)]
    assert not checkpoint._open.isEnabled()


def test_checkpoint_answers(checkpoint, qtbot):
    """Everything that was answered is passed on."""
    checkpoint.show_contents((4, (1, 2, 4, 8)))
    checkpoint._heads.setCurrentText("8")
    qtbot.keyClicks(checkpoint._size, "32")
    checkpoint._normalisation._choice.setCurrentIndex(2)
    with qtbot.waitSignal(checkpoint.chosen) as chosen:
        checkpoint._open.click()
    expected = Weights("", Path("/somewhere/pets.pth"), False, 8, (32, 32), IMAGENET)
    assert chosen.args == [expected]


def test_checkpoint_of_a_named_architecture(checkpoint, qtbot):
    """A named architecture knows its heads: they are neither asked nor passed on."""
    checkpoint.show_contents((4, (1, 2, 4, 8)))
    qtbot.keyClicks(checkpoint._name, "vit_tiny_patch16_224")
    assert not checkpoint._heads.isVisible()
    with qtbot.waitSignal(checkpoint.chosen) as chosen:
        checkpoint._open.click()
    assert chosen.args == [Weights("vit_tiny_patch16_224", Path("/somewhere/pets.pth"))]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", None),
        ("384", (384, 384)),
        (" 240×320 ", (240, 320)),
        ("240 x 320", (240, 320)),
        ("0", None),
        ("-5", None),
        ("many", None),
        ("1 2", None),
    ],
)
def test_input_size(qtbot, text, size):
    """One number or two; empty is fine and means the model's own."""
    field = ImageSizeField()
    qtbot.addWidget(field)
    field.setText(text)
    assert field.size_chosen() == size
    assert field.is_valid() == (size is not None or not text)


@pytest.mark.parametrize(
    ("mean", "deviation", "expected"),
    [
        ("0.5", "0.25", ((0.5,), (0.25,))),
        ("0.1, 0.2 0.3", "1;1;1", ((0.1, 0.2, 0.3), (1.0, 1.0, 1.0))),
        ("0.1, 0.2", "1", None),
        ("0.1", "0", None),
        ("a", "1", None),
        ("", "", None),
    ],
)
def test_own_normalisation(qtbot, mean, deviation, expected):
    """As many means as deviations, none of them zero."""
    field = NormalisationField()
    qtbot.addWidget(field)
    field._choice.setCurrentIndex(field._choice.count() - 1)
    field._mean.setText(mean)
    field._deviation.setText(deviation)
    assert field.chosen() == expected
    assert field.is_valid() == (expected is not None)


def texts(dialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def test_about(qtbot):
    """About names the versions that a report needs, without importing torch's package."""
    dialog = about(None)
    qtbot.addWidget(dialog)
    assert "torch" in texts(dialog)
    assert "MIT" in texts(dialog)


def test_keyboard(qtbot):
    """Every key stands beside what it does."""
    dialog = keyboard([("Ctrl+O", "Open folder")], None)
    qtbot.addWidget(dialog)
    assert "Ctrl+O" in texts(dialog)
    assert "Open folder" in texts(dialog)


def test_model_information(qtbot):
    """It says where the weights came from, and what decides."""
    info = ModelInfo(
        name="beit",
        source="From a file.",
        grid=Grid(14, 14, ("class",)),
        layers=12,
        heads=12,
        decision="mean of patches",
        input_size=(224, 224),
        framing="crop",
        labels=None,
        classes=0,
        parameters=86_000_000,
        device="CPU",
        precision="float32",
    )
    dialog = model_information(info, None)
    qtbot.addWidget(dialog)
    for words in ("From a file.", "the class token does not decide", "86.0 million", "features"):
        assert words in texts(dialog)
