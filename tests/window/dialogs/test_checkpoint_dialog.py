"""Opening a vision transformer's checkpoint: what it is, and what its tensors leave open."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from explorer.errors import ExplorerError
from explorer.records import Weights
from explorer.window.dialogs.normalisation_field import IMAGENET

FILE = Path("/somewhere/pets.pth")
HEADS = (4, (1, 2, 4, 8))


@pytest.fixture
def checkpoint(open_checkpoint):
    return open_checkpoint(FILE)


def test_checkpoint_offers_the_usual_heads(checkpoint, qtbot, make_examined, texts):
    """Enter opens the file with the usual number of heads."""
    assert not checkpoint._open.isEnabled()
    checkpoint.show_contents(make_examined(heads=HEADS))
    assert checkpoint._model._heads.currentText() == "4 (usual)"
    assert "how many heads share its width: choose" in texts(checkpoint)
    with qtbot.waitSignal(checkpoint.chosen) as chosen:
        qtbot.keyClick(checkpoint, Qt.Key.Key_Return)
    assert chosen.args == [Weights("", file=FILE, heads=4)]


def test_checkpoint_that_says_everything(checkpoint, qtbot, make_examined):
    """What the file says is not asked; what applies only to others is not offered."""
    checkpoint.show_contents(make_examined())
    hidden = (
        checkpoint._model._heads,
        checkpoint._model._resampling,
        checkpoint._model._pre_logits,
    )
    assert not any(field.isVisible() for field in hidden)
    with qtbot.waitSignal(checkpoint.chosen) as chosen:
        checkpoint._open.click()
    assert chosen.args == [Weights("", file=FILE)]


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        (
            {"library": "PyTorch-Pretrained-ViT"},
            "A checkpoint of PyTorch-Pretrained-ViT. It is recognised by its tensors: "
            "12 layers of width 768, 12 heads.",
        ),
        ({}, "It is recognised by its tensors: 12 layers of width 768, 12 heads."),
        ({"summary": "as vit_tiny_patch16_224"}, "It is opened as vit_tiny_patch16_224."),
        (
            {"summary": "as vit_tiny_patch16_224", "told": "Taken for MAE's by its decoder."},
            "It is opened as vit_tiny_patch16_224. Taken for MAE's by its decoder.",
        ),
    ],
)
def test_checkpoint_that_is_recognised(checkpoint, make_examined, facts, sentence):
    """A sentence says what the file is, before it is opened."""
    checkpoint.show_contents(make_examined(**facts))
    assert checkpoint._note.text() == sentence


def test_broken_checkpoint(checkpoint, texts):
    """A file that cannot be read says why; nothing can be chosen, and it cannot be opened."""
    checkpoint.show_problem(ExplorerError("pets.pth is empty."))
    assert "pets.pth is empty." in texts(checkpoint)
    assert not checkpoint._model.isVisible()
    assert not checkpoint._open.isEnabled()


def test_checkpoint_that_is_not_recognised(checkpoint, qtbot, make_examined, texts):
    """The reason is said at once; it can be opened by whoever knows what it is."""
    problem = ExplorerError("Its tensors fit several architectures.", hint="Say which one.")
    checkpoint.show_contents(make_examined(summary="", problem=problem))
    assert str(problem) in texts(checkpoint)
    assert not checkpoint._open.isEnabled()
    qtbot.keyClicks(checkpoint._model._name, "vit_tiny_patch16_224")
    assert checkpoint._open.isEnabled()


def test_checkpoint_answers(checkpoint, qtbot, make_examined):
    """Everything that was answered is passed on."""
    checkpoint.show_contents(make_examined(heads=HEADS, has_pre_logits=True))
    checkpoint._model._heads.setCurrentText("8")
    qtbot.keyClicks(checkpoint._model._size, "32")
    checkpoint._model._normalisation._choice.setCurrentIndex(2)
    for box, number in (("resampling", 3), ("interpolation", 1), ("pre_logits", 2)):
        for _ in range(number):
            qtbot.keyClick(getattr(checkpoint._model, f"_{box}"), Qt.Key.Key_Down)
    with qtbot.waitSignal(checkpoint.chosen) as chosen:
        checkpoint._open.click()
    assert chosen.args == [
        Weights(
            "",
            FILE,
            heads=8,
            image_size=(32, 32),
            normalisation=IMAGENET,
            interpolation="bilinear",
            resampling="corners",
            pre_logits="before norm",
        )
    ]


def test_choices_where_libraries_differ(checkpoint, qtbot, make_examined):
    """They stand there where they apply, and what the file's library does is the first."""
    library = "PyTorch-Pretrained-ViT"
    checkpoint.show_contents(make_examined(library=library, has_pre_logits=True))
    assert checkpoint._model._interpolation.currentText() == f"as {library} does"
    assert checkpoint._model._pre_logits.currentText() == "where it was trained"
    assert not checkpoint._model._resampling.isVisible()
    qtbot.keyClicks(checkpoint._model._size, "224")
    assert checkpoint._model._resampling.isVisible()
    assert checkpoint._model._resampling.currentText() == f"as {library} does"
    checkpoint._model._resampling.setCurrentIndex(1)
    checkpoint._model._size.clear()  # nothing is resampled then, whatever was chosen
    with qtbot.waitSignal(checkpoint.chosen) as chosen:
        checkpoint._open.click()
    assert chosen.args == [Weights("", file=FILE)]


def test_checkpoint_of_a_named_architecture(checkpoint, qtbot, make_examined):
    """A named architecture knows its heads: they are neither asked nor passed on."""
    checkpoint.show_contents(make_examined(heads=HEADS))
    qtbot.keyClicks(checkpoint._model._name, "vit_tiny_patch16_224")
    assert not checkpoint._model._heads.isVisible()
    with qtbot.waitSignal(checkpoint.chosen) as chosen:
        checkpoint._open.click()
    assert chosen.args == [Weights("vit_tiny_patch16_224", FILE)]
