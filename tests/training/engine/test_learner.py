"""The network that a recipe trains is the one that was opened, and it opens again as trained."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate.state import AcceleratorState, PartialState
from safetensors.torch import save_file
from timm.models import VisionTransformer, VisionTransformerDistilled

import explorer
from explorer.records import PreLogits
from explorer.training.engine.learner import load_learner
from explorer.training.engine.program import Wants, train
from explorer.training.recipes.recipe import Recipe, Start
from explorer.training.runs.run import Run

from ..tiny import CLASSES, make_run, plain

SMALL = {"img_size": 16, "patch_size": 4, "embed_dim": 16, "depth": 2, "num_heads": 2}


@pytest.fixture(autouse=True)
def _fresh_accelerate() -> Iterator[None]:
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
    PartialState._reset_state()


def _with_layer(file: Path, order: PreLogits, width: int) -> Path:
    """A checkpoint that says neither its heads nor where its layer before the classifier stands."""
    torch.manual_seed(3)
    state = VisionTransformer(**SMALL, num_classes=7).state_dict()
    state |= {"pre_logits.weight": torch.randn(width, 16), "pre_logits.bias": torch.randn(width)}
    state |= {"head.weight": torch.randn(7, width)}
    if order == "before norm":
        state |= {"norm.weight": torch.rand(width), "norm.bias": torch.rand(width)}
    save_file(state, file)
    return file


def _trained(folder: Path, wanted: Recipe, pictures: Path) -> Run:
    run = make_run(folder, wanted, pictures)
    train(run, Wants(device="cpu"))
    return run


def _check_opens_alike(run: Run) -> None:
    """The model of the best epoch says of each validation picture what it said in training."""
    vit = explorer.load_vit(weights=run.folder)
    with np.load(run.validation) as kept:
        paths = [run.dataset.validation.folder / name for name in kept["filenames"]]
        np.testing.assert_allclose(vit.predict(paths), kept["probabilities"], atol=1e-5)


@pytest.mark.parametrize("order", ["after norm", "before norm"])
def test_answers_are_kept(tmp_path: Path, pictures: Path, order: PreLogits):
    """Heads, a size that is no square, how positions are resampled, a layer's place."""
    file = _with_layer(tmp_path / "model.safetensors", order, width=24)
    answers = {"heads": 4, "resampling": "corners", "pre_logits": order}
    wanted = plain(file, image_size=(24, 16), start=Start(**answers))
    learner = load_learner(wanted, ("a", "b", "c"))
    shown = explorer.load_vit(weights=file, image_size=(24, 16), **answers)
    learned, seen = learner.network.state_dict(), shown._network.state_dict()
    assert learned.keys() == seen.keys()
    assert all(torch.equal(learned[name], seen[name]) for name in seen if "head." not in name)
    run = _trained(tmp_path / "run", wanted, pictures)
    _check_opens_alike(run)
    info = explorer.load_vit(weights=run.folder).info
    assert (info.heads, info.input_size) == (4, (24, 16))


def test_the_layer_before_the_classifier_goes_with_its_head(tmp_path: Path):
    """A new head does without it, as in the paper; the learned head keeps it."""
    file = _with_layer(tmp_path / "model.safetensors", "after norm", width=16)
    dropped = load_learner(plain(file), ("a", "b", "c"))
    assert not any("pre_logits" in name for name in dropped.network.state_dict())
    kept = load_learner(plain(file, new_head="kept"), tuple("abcdefg"))
    assert any("pre_logits" in name for name in kept.network.state_dict())


def test_a_distilled_network_without_a_teacher_stays_so(tmp_path: Path, pictures: Path):
    """Its new head is one head, and opens as one."""
    torch.manual_seed(3)
    state = VisionTransformerDistilled(**SMALL, num_classes=CLASSES).state_dict()
    file = tmp_path / "model.safetensors"
    save_file({name: one for name, one in state.items() if "head_dist" not in name}, file)
    wanted = plain(file, new_head="normal", start=Start(heads=2))
    _check_opens_alike(_trained(tmp_path / "run", wanted, pictures))
