"""A captioner's real file in the dialog: recognised, asked about, and only then opened."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from explorer.records import CaptionerWeights


@pytest.fixture
def choose_vocabulary(controller, monkeypatch):
    """Choose a vocabulary in a dialog, and wait until it is checked."""

    def choose(dialog, file: Path) -> str:
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
        field = dialog._captioner._vocabulary
        field._choose.click()
        controller.answer("vocabulary")
        return field._problem.text()

    return choose


def test_small_catr(open_checkpoint, controller, choose_vocabulary, shared, tmp_path, texts, qtbot):
    """It opens once somebody said its heads and gave its own vocabulary; no other one will do."""
    file = Path(shutil.copy(shared("golden/catr/tiny.safetensors"), tmp_path))
    bert = shared("data/vocab/bert-base-uncased-vocab.txt")
    own = tmp_path / "words.txt"
    own.write_text("\n".join(bert.read_text("utf-8").split("\n")[:1000]), "utf-8")
    dialog = open_checkpoint(file)
    controller.answer("examine")
    assert "a ResNet-18, 2 encoder and 2 decoder layers of width 64" in texts(dialog)
    assert "a file of 1,000 tokens is needed" in texts(dialog)
    heads = dialog._captioner._heads
    assert [heads.itemText(place) for place in range(heads.count())] == ["1", "2", "4", "8", "16"]
    heads.setCurrentIndex(2)
    assert "holds 30,522 tokens; this captioner has 1,000" in choose_vocabulary(dialog, bert)
    assert not dialog._open.isEnabled()
    assert choose_vocabulary(dialog, own) == ""
    with qtbot.waitSignal(dialog.captioner_chosen) as chosen:
        dialog._open.click()
    assert chosen.args == [CaptionerWeights(file=file, vocabulary=own, heads=4)]
