"""Pictures are mixed with their neighbours, and labels in the same shares."""

import numpy as np
import pytest
import torch

from explorer.training.engine.mixing import Mixed, mix
from explorer.training.recipes.recipe import Mixing

BLEND = Mixing(mixup=0.8)
PASTE = Mixing(cutmix=1.0)
BOTH = Mixing(mixup=0.8, cutmix=1.0, probability=0.7)


def _mixed(mixing: Mixing, count: int, places: range | None = None, seed: int = 3) -> Mixed:
    """Pictures of one brightness each, its number; labels are the numbers."""
    here = torch.arange(count) if places is None else torch.tensor(list(places))
    pixels = here.float()[:, None, None, None].expand(-1, 3, 32, 48).contiguous()
    return mix(pixels, here, here, count, mixing, seed)


@pytest.mark.parametrize("mixing", [BLEND, PASTE, BOTH])
def test_pictures_and_labels_are_mixed_in_the_same_shares(mixing: Mixing):
    """The mean brightness tells how much of the neighbour is in a picture; so do its targets."""
    mixed = _mixed(mixing, 40)
    assert torch.equal(mixed.others, torch.arange(40) ^ 1)
    shares = mixed.shares[:, None, None, None]
    wanted = mixed.labels * mixed.shares + mixed.others * (1 - mixed.shares)
    torch.testing.assert_close(mixed.pixels.mean(dim=(1, 2, 3)), wanted, rtol=1e-4, atol=1e-4)
    targets = mixed.targets(40, 0.0)
    torch.testing.assert_close(targets @ torch.arange(40.0), wanted, rtol=1e-4, atol=1e-4)
    assert ((shares > 0) & (shares < 1)).any()
    likelier = torch.where(mixed.shares >= 0.5, mixed.labels, mixed.others)
    assert torch.equal(mixed.likelier, likelier)


def test_a_pasted_part_is_a_box_of_the_neighbour():
    """Nothing in between: each pixel is of the one or of the other, and the other's form a box."""
    mixed = _mixed(PASTE, 20)
    for number, picture in enumerate(mixed.pixels[:, 0]):
        foreign = (picture == (number ^ 1)).numpy()
        assert (foreign | (picture == number).numpy()).all()
        rows, columns = np.nonzero(foreign)
        if len(rows):
            assert foreign[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].all()


def test_it_does_not_matter_who_mixes_and_in_how_many_parts():
    """A part of a batch is mixed as in the whole, as long as neighbours are together."""
    whole = _mixed(BOTH, 13)
    for places in (range(4), range(4, 10), range(10, 13), range(12, 13)):
        part = _mixed(BOTH, 13, places)
        chosen = slice(places.start, places.stop)
        assert torch.equal(part.pixels, whole.pixels[chosen])
        assert torch.equal(part.shares, whole.shares[chosen])


def test_who_has_no_neighbour_stays():
    """The last one of an odd number."""
    mixed = _mixed(BLEND, 5)
    assert (mixed.shares[4], mixed.likelier[4]) == (1, 4)
    assert (mixed.pixels[4] == 4).all()


def test_chance_follows_the_seed_and_the_probability():
    """Another seed mixes otherwise; with probability 0.7, three of ten pairs stay as they are."""
    assert not torch.equal(_mixed(BOTH, 40).shares, _mixed(BOTH, 40, seed=4).shares)
    untouched = (_mixed(BOTH, 2000).shares == 1).float().mean()
    assert 0.2 < untouched < 0.4


def test_smoothing_gives_all_classes_a_share():
    """Rows sum to 1, and the true class keeps the most."""
    targets = Mixed(torch.zeros(1), torch.tensor([1]), None, None).targets(4, 0.2)
    torch.testing.assert_close(targets, torch.tensor([[0.05, 0.85, 0.05, 0.05]]))
