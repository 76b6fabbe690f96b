"""Chance inside the network belongs to a picture's place, not to who computes it."""

import pytest
import torch
from torch import nn

from explorer.errors import ExplorerError
from explorer.training.engine.chance import (
    Chance,
    Dropout,
    DropPath,
    seed_of,
    set_drop_path,
    set_dropout,
)


def test_seeds_differ_by_place_and_last():
    """A place has one seed, for ever: a resumed training on another machine needs that."""
    assert seed_of("step", 0, 1, 2) == 8514767769488906418
    places = [(what, *n) for what in "ab" for n in ((0, 1), (1, 0), (1,), (0, 0, 1))]
    assert len({seed_of(*place) for place in places}) == len(places)


def _chance(pictures: range) -> Chance:
    chance = Chance()
    chance.begin(7, torch.tensor(list(pictures)), 64)
    return chance


def test_parts_of_a_batch_draw_what_the_whole_would():
    """Layer after layer, for whichever pictures."""
    whole, part = _chance(range(64)), _chance(range(10, 20))
    for shape in ((), (5,), (2, 3)):
        numbers = whole.draw(torch.zeros(1), *shape)
        assert numbers.shape == (64, *shape)
        assert torch.equal(part.draw(torch.zeros(1), *shape), numbers[10:20])


@pytest.mark.parametrize("layer", [DropPath, Dropout])
def test_what_is_dropped_is_made_up_for(layer: type[nn.Module]):
    """The mean stays; without training, nothing is dropped."""
    chance = Chance()
    chance.begin(1, torch.arange(4000), 4000)
    dropping = layer(0.25, chance)
    ones = torch.ones(4000, 8)
    dropped = dropping(ones)
    torch.testing.assert_close(dropped.unique(), torch.tensor([0, 4 / 3]))
    assert dropped.mean().item() == pytest.approx(1, abs=0.03)
    assert torch.equal(dropping.eval()(ones), ones)


def test_models_without_a_place_for_it_are_refused():
    """With the setting's name."""
    network = nn.Module()
    network.blocks = nn.ModuleList([nn.Linear(1, 1)])
    set_drop_path(network, 0.0, Chance())
    set_dropout(network, 0.0, Chance())
    with pytest.raises(ExplorerError, match="“drop_path” does not go with this model"):
        set_drop_path(network, 0.1, Chance())
    with pytest.raises(ExplorerError, match="“dropout” does not go with this model"):
        set_dropout(network, 0.1, Chance())
