"""Opening a captioner's checkpoint by the same door: what it is, and what only a person knows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from explorer.errors import ExplorerError
from explorer.records import CaptionerWeights
from explorer.window.dialogs.checkpoint_dialog import CheckpointDialog

FILE = Path("/somewhere/own.pth")


class VocabularyFile(NamedTuple):
    """Where a family says that its words lie."""

    repository: str = "google-bert/bert-base-uncased"
    filename: str = "vocab.txt"


BERT = VocabularyFile()


@dataclass(frozen=True)
class Recognised:
    """What a family tells of a CATR of the usual size."""

    library: str = "CATR"
    summary: str = "CATR, recognised by its tensors: a ResNet-101."
    tokens: int = 30522
    vocabulary: VocabularyFile | None = BERT
    heads: tuple[int, ...] = (1, 2, 4, 8)
    usual_heads: int | None = 8
    may_dilate: bool = True


@dataclass(frozen=True)
class ExaminedCaptioner:
    """What models.captions.examining tells of a checkpoint."""

    recognised: Recognised
    vocabulary: Path | None
    vocabulary_problem: ExplorerError | None
    is_captioner: ClassVar[bool] = True

    @property
    def vocabulary_is_published(self) -> bool:
        return self.recognised.tokens == 30522


def examined(
    vocabulary: Path | None = None, problem: ExplorerError | None = None, **facts: Any
) -> ExaminedCaptioner:
    """A CATR of the usual size, but for some facts."""
    return ExaminedCaptioner(Recognised(**facts), vocabulary, problem)


def texts_of_vocabulary(dialog: CheckpointDialog) -> tuple[str, str]:
    field = dialog._captioner._vocabulary
    return field._name.text(), field._problem.text()


def test_usual_captioner(open_checkpoint, qtbot, texts):
    """It is told what it is; Enter opens it as its family does, with nothing answered."""
    dialog = open_checkpoint(FILE)
    dialog.show_contents(examined())
    assert "This is a captioner. CATR, recognised by its tensors: a ResNet-101." in texts(dialog)
    assert not dialog._model.isVisible()
    assert dialog._captioner._heads.currentText() == "8 (usual)"
    assert "vocab.txt of google-bert/bert-base-uncased, to be downloaded" in texts(dialog)
    with qtbot.waitSignal(dialog.captioner_chosen) as chosen:
        qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert chosen.args == [CaptionerWeights(file=FILE)]


def test_heads_that_nobody_can_know(open_checkpoint, qtbot, texts):
    """At another width no number is guessed: a person has to choose one."""
    dialog = open_checkpoint(FILE)
    dialog.show_contents(examined(usual_heads=None))
    assert "do not tell how many heads" in texts(dialog)
    assert not dialog._open.isEnabled()
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.isVisible()
    heads = dialog._captioner._heads
    heads.setFocus()
    for _ in range(3):
        qtbot.keyClick(heads, Qt.Key.Key_Down)
    with qtbot.waitSignal(dialog.captioner_chosen) as chosen:
        dialog._open.click()
    assert chosen.args == [CaptionerWeights(file=FILE, heads=4)]


def test_answers_about_a_captioner(open_checkpoint, qtbot):
    """What was chosen is passed on."""
    dialog = open_checkpoint(FILE)
    dialog.show_contents(examined())
    qtbot.keyClick(dialog._captioner._heads, Qt.Key.Key_Up)
    qtbot.keyClick(dialog._captioner._dilation, Qt.Key.Key_Down)
    with qtbot.waitSignal(dialog.captioner_chosen) as chosen:
        dialog._open.click()
    assert chosen.args == [CaptionerWeights(file=FILE, heads=4, dilation=False)]


def test_captioner_that_says_everything(open_checkpoint):
    """What a file says by itself is not asked."""
    dialog = open_checkpoint(FILE)
    dialog.show_contents(examined(heads=(), usual_heads=None, may_dilate=False))
    asked = (dialog._captioner._heads, dialog._captioner._dilation)
    assert not any(field.isVisible() for field in asked)
    assert dialog._open.isEnabled()


def test_vocabulary_that_was_found(open_checkpoint, texts):
    """The one beside it is named; one from elsewhere with its place."""
    dialog = open_checkpoint(FILE)
    dialog.show_contents(examined(FILE.with_name("vocab.txt")))
    assert texts_of_vocabulary(dialog) == ("vocab.txt, beside it", "")
    dialog.show_contents(examined(Path("/weights/vocab.txt")))
    assert texts_of_vocabulary(dialog) == (str(Path("/weights/vocab.txt")), "")
    assert dialog._open.isEnabled()


def test_vocabulary_that_does_not_fit(open_checkpoint):
    """What is wrong with the one beside it is said, and another one is asked for."""
    dialog = open_checkpoint(FILE)
    problem = ExplorerError("The vocabulary vocab.txt holds 3 tokens; this captioner has 1,000.")
    dialog.show_contents(examined(problem=problem, tokens=1000))
    assert texts_of_vocabulary(dialog) == ("a file of 1,000 tokens is needed", str(problem))
    assert not dialog._open.isEnabled()


def test_vocabulary_that_is_chosen(open_checkpoint, controller, qtbot, monkeypatch):
    """A file is checked before anything is opened with it; the chosen one is passed on."""

    def check(recognised: Recognised, file: Path, _task: object) -> Path:
        if file.stem == "wrong":
            raise ExplorerError(f"The vocabulary {file.name} is not of {recognised.tokens} tokens.")
        return file

    def choose(place: str) -> None:
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (place, ""))
        dialog._captioner._vocabulary._choose.click()

    monkeypatch.setattr("explorer.window.dialogs.vocabulary_field.check_vocabulary", check)
    dialog = open_checkpoint(FILE)
    dialog.show_contents(examined(tokens=4))
    choose("")
    assert "vocabulary" not in controller.asked
    choose("/words/wrong.txt")
    assert not dialog._open.isEnabled()
    controller.answer("vocabulary")
    assert texts_of_vocabulary(dialog)[1] == "The vocabulary wrong.txt is not of 4 tokens."
    assert not dialog._open.isEnabled()
    choose("/words/right.txt")
    controller.answer("vocabulary")
    assert texts_of_vocabulary(dialog) == (str(Path("/words/right.txt")), "")
    with qtbot.waitSignal(dialog.captioner_chosen) as chosen:
        dialog._open.click()
    assert chosen.args == [CaptionerWeights(file=FILE, vocabulary=Path("/words/right.txt"))]
    assert not controller.asked


def test_captioner_to_compare_with(open_checkpoint, texts):
    """A model cannot be compared with a captioner: that is said, and how to open it."""
    dialog = open_checkpoint(FILE, to_compare=True)
    dialog.show_contents(examined())
    assert "own.pth is a captioner: it cannot be compared with a model." in texts(dialog)
    assert not dialog._open.isEnabled()


def test_dialog_is_as_large_as_its_questions(open_checkpoint):
    """What is asked of models only leaves no empty room; a long reason is shown in full."""
    dialog = open_checkpoint(FILE)
    before = dialog.height()
    dialog.show_contents(examined())
    captioner = dialog.height()
    dialog.show_problem(ExplorerError("It is empty."))
    assert dialog.height() < captioner < before
    dialog.show_problem(ExplorerError("It cannot be read. " * 60))
    assert dialog._note.height() >= dialog._note.heightForWidth(dialog._note.width())
