"""Choosing a model from the list, and deleting weights."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt

from explorer import paths
from explorer.errors import ExplorerError
from explorer.records import Weights
from explorer.window.dialogs.model_dialog import ModelDialog
from explorer.window.dialogs.question import Question


@dataclass(frozen=True)
class Entry:
    """One line of the list, as models.catalog gives it."""

    name: str
    library: str = "timm"
    input_size: tuple[int, int] = (224, 224)
    classes: int = 1000
    address: str = "https://huggingface.co/timm/…"
    file: Path | None = None
    belongings: tuple[Path, ...] = ()
    size: int = 0


def stored(name: str, **facts: Any) -> Entry:
    """A model whose weights were put into the folder of weights."""
    files = [paths.weights() / name / file for file in ("config.json", "model.safetensors")]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"weights")
    return Entry(name, file=files[1], belongings=tuple(files), size=345_600_000, **facts)


@pytest.fixture
def entries() -> list[Entry]:
    return [
        Entry("deit_tiny_patch16_224.fb_in1k"),
        stored("vit_base_patch16_384.augreg_in21k_ft_in1k", input_size=(384, 384)),
        Entry("vit_base_patch16_dinov3.lvd1689m", input_size=(256, 256), classes=0),
        Entry("vit_tiny_patch16_224.augreg_in21k_ft_in1k"),
        Entry("L_16", "PyTorch-Pretrained-ViT", classes=21_843, address=""),
        stored("google/vit-base-patch16-384", library="Hugging Face", input_size=(384, 384)),
    ]


@pytest.fixture
def dialog(qtbot, controller):
    made = ModelDialog(Weights("vit_base_patch16_384"), controller)
    made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(made)
    made.open()
    qtbot.waitExposed(made)
    return made


def column(dialog: ModelDialog, number: int = 0) -> list[str]:
    """What a column of the list shows; the first has the names."""
    model = dialog._list.model()
    return [model.index(row, number).data() for row in range(model.rowCount())]


def choose(dialog: ModelDialog, name: str) -> None:
    dialog._list.setCurrentIndex(dialog._list.model().index(column(dialog).index(name), 0))


def question_of(dialog: ModelDialog) -> Question:
    (question,) = dialog.findChildren(Question)
    return question


def test_list_comes_later(dialog, qtbot, entries):
    """The dialog is there before the list; nothing can be opened until then."""
    assert dialog._instead.isVisible()
    qtbot.keyClick(dialog._search, Qt.Key.Key_Return)
    assert dialog.isVisible()
    dialog.show_entries(entries)
    assert dialog._list.isVisible()
    assert dialog._list.currentIndex().data().startswith("vit_base_patch16_384")


def test_list_that_cannot_be_read(dialog):
    """An error stands where the list would."""
    dialog.show_problem(ExplorerError("timm is broken.", hint="Install it again."))
    assert dialog._instead.text() == "timm is broken. Install it again."


def test_search_finds_all_words(dialog, qtbot, entries):
    """Words may come in any order; the mouse is not needed to open what is found."""
    dialog.show_entries(entries)
    qtbot.keyClicks(dialog._search, "224 vit")
    assert column(dialog) == ["vit_tiny_patch16_224.augreg_in21k_ft_in1k"]
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.keyClick(dialog._search, Qt.Key.Key_Return)
    assert chosen.args == [Weights("vit_tiny_patch16_224.augreg_in21k_ft_in1k")]


def test_arrow_keys_move_while_typing(dialog, qtbot, entries):
    """Down in the search field goes down in the list."""
    dialog.show_entries(entries)
    qtbot.keyClicks(dialog._search, "patch16")
    before = dialog._list.currentIndex().row()
    qtbot.keyClick(dialog._search, Qt.Key.Key_Down)
    assert dialog._list.currentIndex().row() == before + 1


def test_nothing_found(dialog, qtbot, entries):
    """A search without result says so, and cannot be opened."""
    dialog.show_entries(entries)
    qtbot.keyClicks(dialog._search, "resnet")
    assert dialog._instead.isVisible()
    assert not dialog._open.isEnabled()


def test_models_on_this_computer(dialog, qtbot, entries):
    """They are marked by a sign and their size, and can be shown alone."""
    dialog.show_entries(entries)
    dialog._only_here.click()
    assert column(dialog) == [entries[1].name, entries[5].name]
    assert column(dialog, 4) == ["✓ 346 MB", "✓ 346 MB"]


def test_search_finds_libraries(dialog, qtbot, entries):
    """A library's name finds its models."""
    dialog.show_entries(entries)
    qtbot.keyClicks(dialog._search, "hugging 384")
    assert column(dialog) == ["google/vit-base-patch16-384"]
    assert column(dialog, 1) == ["Hugging Face"]


def test_sorting(dialog, qtbot, entries):
    """A click on a column's title sorts by it: numbers as numbers."""
    dialog.show_entries(entries)
    assert column(dialog) == [entry.name for entry in entries]
    header = dialog._list.header()
    for _ in range(2):  # the second click turns it round
        place = QPoint(header.sectionViewportPosition(3) + 20, header.height() // 2)
        qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    classes = column(dialog, 3)
    assert (classes[0], classes[-1]) == ("21,843", "features")


def test_where_weights_come_from(dialog, controller, entries):
    """A quiet line tells the address, and the size once it is known; or where they lie."""
    dialog.show_entries(entries)
    assert str(entries[1].file) in dialog._source.text()
    choose(dialog, entries[0].name)
    assert dialog._source.text() == f"To be downloaded from {entries[0].address}"
    _, told = controller.asked["size"]
    told((entries[3].name, 1))  # a late answer about another model
    assert dialog._source.text() == f"To be downloaded from {entries[0].address}"
    told((entries[0].name, 22_900_000))
    told = f"To be downloaded, about 23 MB, from {entries[0].address}"
    assert dialog._source.text() == told  # the size first: a long address may be cut


def test_answers_are_not_awaited_once_it_is_closed(dialog, controller, entries):
    """Nobody waits for the list or a size after the dialog is gone."""
    dialog.show_entries(entries)
    choose(dialog, entries[0].name)
    assert controller.asked.keys() == {"catalog", "size"}
    dialog.reject()
    assert not controller.asked


def test_model_without_published_weights(dialog, qtbot, entries):
    """It says so, and opens with random weights only."""
    dialog.show_entries(entries)
    choose(dialog, "L_16")
    assert column(dialog, 4)[4] == "no weights"
    assert "no published weights" in dialog._source.text()
    assert not dialog._open.isEnabled()
    dialog._random.click()
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog._open.click()
    assert chosen.args == [Weights("L_16", random=True)]


def test_random_weights_come_from_nowhere(dialog, entries):
    """Who ticks them is not told of a download that will not happen."""
    dialog.show_entries(entries)
    choose(dialog, entries[0].name)
    assert "To be downloaded" in dialog._source.text()
    dialog._random.click()
    assert "Made up" in dialog._source.text()
    dialog._random.click()
    assert "To be downloaded" in dialog._source.text()


def test_deleting_weights(dialog, qtbot, entries, texts):
    """Delete asks, names what goes, deletes exactly that, and shows that it is gone."""
    other = paths.weights() / "google" / "mine.safetensors"
    other.write_bytes(b"mine")
    dialog.show_entries(entries)
    name = "google/vit-base-patch16-384"
    choose(dialog, name)
    qtbot.keyClick(dialog._list, Qt.Key.Key_Delete)
    question = question_of(dialog)
    assert f"Delete the weights of {name} (346 MB)?" in texts(question)
    assert str(Path(name, "model.safetensors")) in texts(question)
    question.buttons.buttons()[0].click()
    assert not entries[5].file.parent.exists()
    assert other.exists()
    assert entries[1].file.exists()
    assert column(dialog, 4)[5] == ""
    assert not dialog._delete.isEnabled()
    assert dialog._open.isEnabled()


def test_deleting_is_a_choice(dialog, qtbot, entries):
    """Enter keeps the weights; without weights there is nothing to delete."""
    dialog.show_entries(entries)
    qtbot.keyClicks(dialog._search, "vit_base")
    qtbot.keyClick(dialog._search, Qt.Key.Key_Delete)  # belongs to the text
    assert not dialog.findChildren(Question)
    dialog._search.clear()
    dialog._delete.click()
    qtbot.keyClick(question_of(dialog), Qt.Key.Key_Return)
    assert entries[1].file.exists()
    choose(dialog, entries[0].name)
    assert not dialog._delete.isEnabled()
    qtbot.keyClick(dialog._list, Qt.Key.Key_Delete)
    assert not [q for q in dialog.findChildren(Question) if q.isVisible()]


def test_weights_that_cannot_be_deleted(dialog, qtbot, entries, monkeypatch):
    """The reason stands in the dialog, and the list still shows them."""

    def refuse(_file: Path) -> None:
        raise PermissionError(13, "Permission denied")

    dialog.show_entries(entries)
    dialog._delete.click()
    monkeypatch.setattr(Path, "unlink", refuse)
    question_of(dialog).buttons.buttons()[0].click()
    monkeypatch.undo()
    assert "cannot be deleted: Permission denied" in dialog._source.text()
    assert column(dialog, 4)[1] == "✓ 346 MB"


def test_unfinished_download(dialog, entries):
    """What has arrived of a download is shown, and can be deleted, too."""
    part = stored("x").belongings[:1]
    dialog.show_entries([*entries, Entry("half", belongings=part, size=12_000_000)])
    choose(dialog, "half")
    assert column(dialog, 4)[-1] == "12 MB so far"
    assert dialog._delete.isEnabled()


def test_trials(dialog, qtbot, entries):
    """Random weights and another input size are passed on; half a size is not accepted."""
    dialog.show_entries(entries)
    dialog._random.click()
    qtbot.keyClicks(dialog._size, "240 ×")
    assert not dialog._open.isEnabled()
    qtbot.keyClicks(dialog._size, " 320")
    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog._open.click()
    assert chosen.args[0].random
    assert chosen.args[0].image_size == (240, 320)


def test_escape_chooses_nothing(dialog, qtbot, entries):
    dialog.show_entries(entries)
    with qtbot.assertNotEmitted(dialog.chosen):
        qtbot.keyClick(dialog._search, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
