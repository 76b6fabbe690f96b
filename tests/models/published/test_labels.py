"""Classes have names that people read."""

from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.models.published.labels import classes_of, known_labels


def test_imagenet() -> None:
    """ImageNet's classes are called by their first name; two cranes are told apart."""
    names = known_labels(1000)
    assert names is not None
    assert (names[0], names[281], names[283]) == ("tench", "tabby", "Persian cat")
    assert (names[638], names[639]) == ("maillot", "maillot, tank suit")


@pytest.mark.parametrize("classes", [1000, 11221, 11821, 21841, 21843])
def test_every_set_is_whole(classes: int) -> None:
    """Each of ImageNet's sets has a name for each class, and none of them is a number."""
    names = known_labels(classes)
    assert names is not None
    assert len(names) == classes
    assert all(name and not name[1:].isdigit() for name in names)


def test_pets(shared: Callable[[str], Path]) -> None:
    """The 37 pets are named in the order of their classes."""
    lines = shared("data/pets/classes.txt").read_text().splitlines()
    expected = tuple(line.split(maxsplit=1)[1].replace("_", " ") for line in lines)
    assert known_labels(37) == expected


def test_unknown_sets() -> None:
    """Other numbers of classes have no usual names."""
    assert known_labels(10) is None
    assert known_labels(0) is None


@pytest.mark.parametrize(
    ("architecture", "outputs", "classes"),
    [
        ("vit_base_patch16_clip_224", 512, 0),
        ("vit_base_mci_224", 512, 0),
        ("eva02_large_patch14_clip_336", 768, 0),
        ("vit_pe_core_base_patch16_224", 1024, 0),
        ("vit_base_patch16_siglip_224", 0, 0),
        ("vit_base_patch16_clip_224", 1000, 1000),  # fine-tuned
        ("vit_base_patch16_clip_224", 10, 10),
        ("vit_base_patch16_224", 115217, 115217),
        ("vit_base_patch16_224", 512, 512),
        ("", 512, 512),
    ],
)
def test_embeddings_are_no_classes(architecture: str, outputs: int, classes: int) -> None:
    """What CLIP and its like give is no score of a class, until they are fine-tuned for classes."""
    assert classes_of(architecture, outputs) == classes
