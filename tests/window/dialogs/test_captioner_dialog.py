"""Choosing a captioner from the list, and deleting its weights and what only it needs."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from explorer import paths
from explorer.models.published import captioner_list
from explorer.records import CaptionerWeights
from explorer.window.dialogs.captioner_dialog import CaptionerDialog
from explorer.window.dialogs.question import Question

BERT = Path("google-bert", "bert-base-uncased", "vocab.txt")
BLIP = "Salesforce/blip-image-captioning-base"


def put(*places: str | Path) -> list[Path]:
    """Files in the folder of weights."""
    files = [paths.weights() / place for place in places]
    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"12345")
    return files


@pytest.fixture
def open_dialog(qtbot, controller):
    def open_one(wanted: CaptionerWeights | None = None) -> CaptionerDialog:
        """The dialog with what is on this computer by now."""
        made = CaptionerDialog(wanted or CaptionerWeights(), controller)
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(made)
        made.open()
        qtbot.waitExposed(made)
        made.show_entries(captioner_list.entries())
        return made

    return open_one


def column(dialog: CaptionerDialog, number: int = 0) -> list[str]:
    model = dialog._list.model()
    return [model.index(row, number).data() for row in range(model.rowCount())]


def choose(dialog: CaptionerDialog, name: str) -> None:
    dialog._list.setCurrentIndex(dialog._list.model().index(column(dialog).index(name), 0))


def ask_to_delete(dialog: CaptionerDialog) -> Question:
    dialog._delete.click()
    (question,) = (q for q in dialog.findChildren(Question) if q.isVisible())
    return question


def test_published_captioners(open_dialog):
    """They stand there with their library and size; the wanted one is chosen."""
    dialog = open_dialog(CaptionerWeights("catr-v2"))
    assert column(dialog)[:3] == ["catr-v3", "catr-v2", "catr-v1"]
    assert BLIP in column(dialog)
    assert column(dialog, 1)[0] == "CATR"
    assert column(dialog, 2)[0] == "337 MB"
    assert dialog._list.currentIndex().data() == "catr-v2"
    assert dialog.focusWidget() is dialog._list


def test_missing_weights_can_be_chosen(open_dialog, qtbot):
    """Before it is opened, it is said how much will be downloaded, and from where."""
    dialog = open_dialog()
    assert dialog._source.text().startswith("To be downloaded, about 337 MB, from https://github")
    qtbot.keyClick(dialog._list, Qt.Key.Key_Down)
    with qtbot.waitSignal(dialog.chosen) as chosen:
        qtbot.keyClick(dialog._list, Qt.Key.Key_Return)
    assert chosen.args == [CaptionerWeights("catr-v2")]


def test_weights_on_this_computer(open_dialog):
    """They are marked by a sign and their size, and it is said where they lie."""
    (file,) = put("catr-v1.pth")
    dialog = open_dialog(CaptionerWeights("catr-v1"))
    assert column(dialog, 3)[:3] == ["", "", "✓ 0.0 MB"]
    assert dialog._source.text() == f"On this computer: {file}"


def test_own_file_is_none_of_the_list(open_dialog):
    """Where a file of one's own is open, the usual one is offered."""
    dialog = open_dialog(CaptionerWeights("catr-v2", file=Path("own.pth")))
    assert dialog._list.currentIndex().data() == "catr-v3"


def test_words_go_with_the_last_that_needs_them(open_dialog):
    """Deleting one of two keeps their vocabulary; deleting the other one takes it along."""
    third, first, words = put("catr-v3.pth", "catr-v1.pth", BERT)
    dialog = open_dialog()
    question = ask_to_delete(dialog)
    assert str(BERT) not in "\n".join(label.text() for label in question.findChildren(QLabel))
    question.buttons.buttons()[0].click()
    assert not third.exists()
    assert words.exists()
    choose(dialog, "catr-v1")
    question = ask_to_delete(dialog)
    assert str(BERT) in "\n".join(label.text() for label in question.findChildren(QLabel))
    question.buttons.buttons()[0].click()
    assert not first.exists()
    assert not words.parent.parent.exists()
    assert column(dialog, 3)[:3] == ["", "", ""]
    assert not dialog._delete.isEnabled()


def test_folder_of_the_hub(open_dialog):
    """Of a captioner that is a folder everything goes, and nothing of another one."""
    folder = put(*(f"{BLIP}/{name}" for name in ("config.json", "model.safetensors", "vocab.txt")))
    (words,) = put(BERT)
    dialog = open_dialog(CaptionerWeights(BLIP))
    ask_to_delete(dialog).buttons.buttons()[0].click()
    assert not folder[0].parent.exists()
    assert words.exists()


def test_own_checkpoint_is_one_click_away(open_dialog, qtbot):
    """A button leads on to a file, and the list is gone."""
    dialog = open_dialog()
    with qtbot.waitSignal(dialog.checkpoint_wished):
        dialog._checkpoint.click()
    assert not dialog.isVisible()


def test_answer_is_not_awaited_once_it_is_closed(open_dialog, controller):
    """Nobody waits for the list after the dialog is gone."""
    dialog = open_dialog()
    assert controller.asked.keys() == {"catalog"}
    dialog.reject()
    assert not controller.asked
