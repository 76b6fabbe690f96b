"""Learning rates are timm's, and depend on nothing but the step and past scores."""

from dataclasses import replace

import pytest
import torch
from timm.models import VisionTransformer
from timm.scheduler import CosineLRScheduler
from torch import nn

from explorer.errors import ExplorerError
from explorer.training.engine.optimising import LearningRate, make_optimiser, plateau_factor
from explorer.training.recipes.recipe import OPTIMISERS, Stage

STAGE = Stage(epochs=4, learning_rate=0.1)


def _rates(stage: Stage, steps_per_epoch: int = 5) -> list[float]:
    optimiser = make_optimiser(nn.Linear(2, 2), stage)
    rate = LearningRate(optimiser, stage, steps_per_epoch)
    rate.begin_epoch([])
    return [rate.set(step) for step in range(stage.epochs * steps_per_epoch)]


def _network() -> VisionTransformer:
    return VisionTransformer(
        img_size=8, patch_size=4, embed_dim=8, depth=3, num_heads=1, num_classes=2
    )


def test_a_cosine_with_warm_up_is_timms():
    """Step by step, from where warm-up begins to the least."""
    stage = replace(STAGE, warmup_epochs=1.0, warmup_learning_rate=1e-3, minimum_learning_rate=1e-4)
    optimiser = torch.optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)
    theirs = CosineLRScheduler(
        optimiser, t_initial=20, lr_min=1e-4, warmup_t=5, warmup_lr_init=1e-3, t_in_epochs=False
    )
    wanted = []
    for step in range(20):
        theirs.step_update(step)
        wanted.append(optimiser.param_groups[0]["lr"])
    assert _rates(stage) == wanted


@pytest.mark.parametrize(
    ("stage", "rates"),
    [
        (replace(STAGE, schedule="constant"), {0: 0.1, 19: 0.1}),
        (replace(STAGE, schedule="step", decay_epochs=2.0), {9: 0.1, 10: 0.01, 19: 0.01}),
        (replace(STAGE, schedule="step"), {6: 0.1, 7: 0.01, 14: 0.001}),
        (
            replace(STAGE, schedule="multistep", decay_at=(1, 3)),
            {4: 0.1, 5: 0.01, 14: 0.01, 15: 0.001},
        ),
        (replace(STAGE, schedule="poly", decay_rate=1.0), {0: 0.1, 10: 0.05}),
        (replace(STAGE, schedule="wsd"), {0: 0.1, 15: 0.1}),
        (replace(STAGE, schedule="wsd", decay_epochs=1.0), {0: 0.1, 15: 0.1}),
        (replace(STAGE, schedule="wsd", decay_epochs=0.01), {18: 0.1}),
        (replace(STAGE, schedule="tanh"), {0: 0.1}),
    ],
)
def test_other_schedules(stage: Stage, rates: dict[int, float]):
    """Each at the steps where something is known of it; none below zero."""
    found = _rates(stage)
    assert {step: pytest.approx(found[step], rel=0.02) for step in rates} == rates
    assert min(found) >= 0


def test_a_plateau_drops_after_its_patience():
    """Each time that more than so many epochs in a row were no better."""
    assert plateau_factor([], 1, 0.1) == 1
    assert plateau_factor([0.5, 0.6, 0.6, 0.7], 1, 0.1) == 1
    assert plateau_factor([0.5, 0.4, 0.5], 1, 0.1) == 0.1
    assert plateau_factor([0.5, 0.4, 0.5, 0.6, 0.5, 0.5], 1, 0.5) == 0.25
    stage = replace(STAGE, schedule="plateau", plateau_patience=0, minimum_learning_rate=0.02)
    rate = LearningRate(make_optimiser(nn.Linear(2, 2), stage), stage, 5)
    for scores, wanted in (([0.5], 0.1), ([0.5, 0.5], 0.02), ([0.5, 0.6], 0.1)):
        rate.begin_epoch(scores)
        assert rate.set(7) == pytest.approx(wanted)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimiser_that_a_recipe_may_name_learns_and_can_be_saved(name: str):
    """One step goes somewhere; its state goes to a file's form and back."""
    from explorer.training.engine.trees import put_together, taken_apart

    network = _network()
    optimiser = make_optimiser(network, Stage(epochs=1, optimiser=name, learning_rate=1e-2))
    before = network.blocks[0].attn.qkv.weight.detach().clone()
    for _ in range(2):
        network(torch.ones(2, 3, 8, 8)).square().sum().backward()
        optimiser.step()
    assert not torch.equal(before, network.blocks[0].attn.qkv.weight)
    tensors: dict[str, torch.Tensor] = {}
    state = put_together(taken_apart(optimiser.state_dict(), "state", tensors), tensors)
    assert str(state) == str(optimiser.state_dict())


def test_early_layers_learn_slower_and_some_weights_do_not_decay():
    """Layer decay: by its power for each block; the head at full rate. Norms and biases keep."""
    stage = replace(STAGE, layer_decay=0.5, weight_decay=0.1, schedule="constant")
    network = _network()
    optimiser = make_optimiser(network, stage)
    LearningRate(optimiser, stage, 5).set(0)
    by_weight = {id(p): group for group in optimiser.param_groups for p in group["params"]}
    rate = {name: by_weight[id(p)]["lr"] for name, p in network.named_parameters()}
    decay = {name: by_weight[id(p)]["weight_decay"] for name, p in network.named_parameters()}
    assert rate["head.weight"] == pytest.approx(0.1)
    ratio = rate["blocks.1.mlp.fc1.weight"] / rate["blocks.2.mlp.fc1.weight"]
    assert ratio == pytest.approx(0.5)
    assert rate["patch_embed.proj.weight"] == min(rate.values())
    assert decay["blocks.0.mlp.fc1.weight"] == 0.1
    assert decay["blocks.0.norm1.weight"] == decay["pos_embed"] == decay["head.bias"] == 0


def test_arguments_that_an_optimiser_does_not_take_are_refused():
    """By name, not by a traceback."""
    with pytest.raises(ExplorerError, match=r"“sgd” cannot be made so: .*wings"):
        make_optimiser(nn.Linear(2, 2), replace(STAGE, optimiser="sgd", arguments={"wings": 2}))
