"""A recipe's settings explain and check themselves."""

from __future__ import annotations

import dataclasses
import math
import pickle
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import timm.optim
import torch
from timm.optim import create_optimizer_v2, get_optimizer_info
from timm.scheduler import create_scheduler_v2

from explorer.errors import ExplorerError
from explorer.training.recipes.recipe import (
    OPTIMISERS,
    Augmentation,
    Captioner,
    Mixing,
    Pictures,
    Published,
    Recipe,
    Stage,
    Start,
)
from explorer.training.recipes.settings import Refused, Setting, built, settings_of
from explorer.training.recipes.starting_model import starting_weights


def _captions(**changes: Any) -> Recipe:
    """A recipe of captions, with something changed."""
    return Recipe(**{"stages": (Stage(1),), "task": "caption", **changes})


def _everywhere(record: type = Recipe) -> Iterator[Setting]:
    """Every setting of a recipe, however deep."""
    for said in settings_of(record).values():
        yield said
        if said.record is not None:
            yield from _everywhere(said.record)


def test_every_setting_is_explained():
    """Each has one sentence, and what leaving it out means where it may be left out."""
    for said in _everywhere():
        assert said.sentence.endswith("."), said.name
        assert said.default is not None or said.none, said.name


def test_every_number_has_bounds():
    """No number is taken on trust: its range can be told in words."""
    for said in _everywhere():
        if said.kind in (int, float):
            assert said.range, said.name


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Stage(0), "“epochs” must be 1 to 100000, not 0."),
        (lambda: Stage(2.5), "“epochs” must be a whole number, not 2.5."),
        (lambda: Stage(True), "“epochs” must be a whole number, not true."),
        (lambda: Stage(1, learning_rate=0.0), "more than 0 and at most 100, not 0."),
        (lambda: Stage(1, learning_rate=math.inf), "not inf."),
        (lambda: Stage(1, learning_rate=math.nan), "not nan."),
        (lambda: Stage(1, momentum=1.0), "0 or more and less than 1, not 1."),
        (lambda: Stage(1, optimiser="adamv"), "“adamv”. Did you mean “adam"),
        (lambda: Stage(1, schedule="cosin"), "Did you mean “cosine”?"),
        (lambda: Stage(1, trained="nothing at all"), "It can be “everything”,"),
        (lambda: Stage(1, betas=(0.9,)), "must be 2 numbers in brackets, not [0.9]."),
        (lambda: Stage(1, optimiser="momentum", betas=(0.9, 0.99)), "does not go with “momentum”"),
        (lambda: Stage(1, batch_size=4, accumulation=5), "more parts than it holds"),
        (lambda: Stage(1, warmup_epochs=2.0), "longer than the stage"),
        (lambda: Stage(1, minimum_learning_rate=1.0), "higher than the highest learning rate"),
        (lambda: Stage(1, schedule="multistep"), "“decay_at” must be given"),
        (lambda: Stage(9, schedule="multistep", decay_at=(5, 3)), "earliest epoch first"),
        (lambda: Stage(2, schedule="wsd", decay_epochs=3.0), "longer than the rest of the stage"),
        (lambda: Stage(1, arguments={"eps": None}), "“arguments” must be a table"),  # type: ignore
        (lambda: Augmentation(crop_scale=(0.9, 0.1)), "has its greatest value first"),
        (lambda: Augmentation(policy="AugMix", policy_strength=30), "must be 1 to 10 for “AugMix”"),
        (lambda: Pictures(mean=(0.5, 0.5, 0.5)), "“std” must be given with “mean”"),
        (lambda: Mixing(mixup="0.2"), "must be a number, not “0.2”"),  # type: ignore[arg-type]
        (lambda: Published("x", 95.0), "“accuracy” must be 0 to 1, not 95."),
        (lambda: Recipe(()), "“stages” is empty"),
        (lambda: _captions(mixing=Mixing(mixup=0.2)), "“mixing.mixup” makes no sense for captions"),
        (lambda: _captions(mixing=Mixing(cutmix=1.0)), "“mixing.cutmix” makes no sense"),
        (lambda: _captions(new_head="kept"), "“new_head” is for classifiers"),
        (
            lambda: _captions(stages=(Stage(1), Stage(1, layer_decay=0.7))),
            "“stages.1.layer_decay” is for classifiers",
        ),
        (lambda: Captioner(width=100, heads=3), "“heads” must divide the decoder's width"),
        (lambda: Recipe((Stage(1),), task="guess"), "“classify”, “caption”"),  # type: ignore
        (lambda: Recipe((Stage(1),), model=" "), "“model” is empty"),
        (lambda: Recipe((Stage(1),), device="gpu"), "“device” cannot be “gpu”. It can be “auto”"),
        (lambda: Recipe((1,)), "“stages” must be tables"),  # type: ignore[arg-type]
        (lambda: Recipe((Stage(1),), seed=None), "“seed” must be given"),  # type: ignore[arg-type]
        (lambda: dataclasses.replace(Recipe((Stage(1),)), seed=-1), "“seed” must be 0 to"),
    ],
)
def test_what_cannot_be_is_refused(make: Callable[[], Any], words: str):
    """However a record is made, a wrong value is named, with what could be instead."""
    with pytest.raises(Refused) as caught:
        make()
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("values", "path", "words"),
    [
        ({}, ("stages",), "is missing"),
        ({"stages": [{"epochs": 1}], "sead": 1}, ("sead",), "Did you mean “seed”?"),
        ({"stages": [{}]}, ("stages", 0, "epochs"), "is missing"),
        ({"stages": {"epochs": 1}}, ("stages",), "[[stages]]"),
        ({"stages": [{"epochs": 1}], "mixing": 1}, ("mixing",), "[mixing]"),
        ({"stages": [{"epochs": 1}], "mixing": {"mixup": -1}}, ("mixing", "mixup"), "0 to 100"),
        ({"stages": [{"epochs": 1}, {"epochs": "x"}]}, ("stages", 1, "epochs"), "whole number"),
    ],
)
def test_a_wrong_place_is_named(values: dict[str, Any], path: tuple[Any, ...], words: str):
    """What a file says is checked with the path to it."""
    with pytest.raises(Refused) as caught:
        built(Recipe, values)
    assert caught.value.path == path
    assert words in str(caught.value)


def test_a_recipe_goes_to_other_processes():
    """It can be pickled, compared and used as a key."""
    recipe = Recipe((Stage(1, arguments={"eps": 1e-6}),))
    assert pickle.loads(pickle.dumps(recipe)) == recipe
    assert hash(recipe) == hash(pickle.loads(pickle.dumps(recipe)))


@pytest.mark.parametrize("name", OPTIMISERS)
def test_optimisers_are_timms(name: str):
    """Each can be built and takes a step, with betas where the recipe takes them."""
    assert name in timm.optim.list_optimizers()
    layer = torch.nn.Linear(4, 4)
    options = {"betas": (0.9, 0.98)} if _takes_betas(name) else {}
    optimiser = create_optimizer_v2(layer, name, lr=1e-3, momentum=0.9, **options)
    layer(torch.ones(1, 4)).sum().backward()
    optimiser.step()
    has_two = get_optimizer_info(name).has_betas and not name.startswith("adan")  # that has three
    assert _takes_betas(name) == has_two


def _takes_betas(name: str) -> bool:
    try:
        Stage(1, optimiser=name, betas=(0.9, 0.98))
    except Refused:
        return False
    return True


@pytest.mark.parametrize("name", settings_of(Stage)["schedule"].choices)
@pytest.mark.filterwarnings("ignore:PlateauLRScheduler is deprecated")  # ours is our own
def test_schedules_are_timms(name: str):
    """Each name is known to timm."""
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler, _ = create_scheduler_v2(optimiser, name, num_epochs=10, decay_epochs=2)
    assert scheduler is not None


def test_other_arguments_are_for_random_values():
    """A small network can be learned from nothing; learned weights keep their network."""
    small = Recipe(
        stages=(Stage(epochs=1),),
        model="test_vit",
        pretrained=False,
        start=Start(arguments={"depth": 2}),
    )
    assert starting_weights(small).arguments == (("depth", 2),)
    with pytest.raises(ExplorerError, match=r"start\.arguments"):
        starting_weights(replace(small, pretrained=True))
