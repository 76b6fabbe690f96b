"""What a captioner's file is told apart by, and what a person has to say of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer import paths
from explorer.errors import ExplorerError
from explorer.models.captions import families
from explorer.models.captions.examining import ExaminedCaptioner
from explorer.models.examining import examine

Shared = Callable[[str], Path]


@pytest.fixture
def own(tiny_file: Path, tmp_path: Path) -> Path:
    """A captioner of one's own, in a folder of its own."""
    return Path(shutil.copy(tiny_file, tmp_path / "own.safetensors"))


def examined(file: Path) -> ExaminedCaptioner:
    found = examine(file)
    assert isinstance(found, ExaminedCaptioner)
    return found


def test_small_catr(own: Path):
    """Its tensors tell its sizes, but not its heads, for its width is not CATR's own."""
    found = examined(own).recognised
    assert "ResNet-18, 2 encoder and 2 decoder layers of width 64" in found.summary
    assert (found.tokens, found.heads, found.usual_heads) == (1000, (1, 2, 4, 8, 16), None)
    assert not found.may_dilate


def test_full_catr(full_tensors, tmp_path: Path):
    """At CATR's own width 8 heads are assumed; its ResNet may be dilated."""
    torch.save({"model": full_tensors}, tmp_path / "full.pth")
    found = examined(tmp_path / "full.pth")
    assert (found.recognised.usual_heads, found.recognised.may_dilate) == (8, True)
    assert found.vocabulary_is_published


def test_only_shapes_are_looked_at(own: Path, monkeypatch):
    """No network is filled before somebody opens it."""
    monkeypatch.setattr("explorer.models.captions.families.catr.fit", lambda *_: 1 / 0)
    assert examined(own).recognised.library == "CATR"


def test_vocabulary_beside_it(own: Path, tiny_vocabulary: Path):
    """The one that lies beside a checkpoint is found, and counted."""
    assert examined(own).vocabulary is None
    assert not examined(own).vocabulary_is_published
    beside = Path(shutil.copy(tiny_vocabulary, own.with_name("vocab.txt")))
    assert examined(own).vocabulary == beside
    beside.write_text("[CLS]\n[SEP]\n[UNK]\n", "utf-8")
    found = examined(own)
    assert found.vocabulary is None
    assert "holds 3 tokens; this captioner has 1,000" in str(found.vocabulary_problem)


def test_usual_vocabulary_is_of_no_use_for_another_size(own: Path):
    """BERT's lies in the weights' folder, but this captioner has fewer tokens."""
    paths.weights().mkdir(parents=True)
    (paths.weights() / "vocab.txt").write_text("[CLS]\n[SEP]\n[UNK]\n", "utf-8")
    found = examined(own)
    assert (found.vocabulary, found.vocabulary_problem) == (None, None)


def test_a_catr_that_cannot_be_opened(own: Path):
    """What is missing is named before anything is loaded."""
    tensors = load_file(own)
    del tensors["transformer.decoder.layers.1.norm3.bias"]
    save_file(tensors, own)
    with pytest.raises(ExplorerError, match="lacks 1 tensor"):
        examine(own)


def test_vision_transformers_are_no_captioners(shared: Shared):
    """The same door knows both."""
    found = examine(shared("data/weights/timm_vit_cifar10.pth"))
    assert not found.is_captioner
    assert "4 layers of width 64" in found.summary


def test_family_without_a_quick_look(own: Path, monkeypatch):
    """A family need not say more than how it is opened: then that is what is told."""
    monkeypatch.delattr(families.catr, "recognise_captioner")
    found = examined(own).recognised
    assert "ResNet-18" in found.summary
    assert (found.tokens, found.heads) == (1000, ())
