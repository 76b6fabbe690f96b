"""Classes of pictures and of models meet by name, else by number, or are refused in words."""

from pathlib import Path

import pytest

from explorer.errors import ExplorerError
from explorer.training.evaluation.class_matching import match_classes

PETS = tuple(
    (Path(__file__).parents[3] / "resources/labels/pets.txt").read_text("utf-8").split("\n")[:37]
)


def test_names_meet_whatever_their_case_and_order():
    """Spaces, underscores and capitals do not matter, nor does who counts how."""
    found = match_classes(
        ["american_bulldog", "Beagle"], "m", 3, ["x", "beagle", "American Bulldog"]
    )
    assert found.places.tolist() == [2, 1]
    assert found.classes == ("x", "Beagle", "american_bulldog")
    assert "names" in found.said


def test_one_of_several_names_is_enough():
    """ImageNet's labels list words for the same thing."""
    found = match_classes(["tabby_cat"], "m", 2, ["tench, Tinca tinca", "tabby, tabby cat"])
    assert found.places.tolist() == [1]


def test_a_name_that_two_classes_have_tells_nothing():
    """ImageNet has two cranes; neither is guessed."""
    with pytest.raises(ExplorerError, match="does not know “crane”"):
        match_classes(["crane", "tench"], "m", 3, ["crane", "tench", "crane"])


def test_numbers_meet_where_the_model_names_nothing():
    """As many classes: by their order; and that is said."""
    found = match_classes(["cat", "dog"], "m", 2, None)
    assert found.places.tolist() == [0, 1]
    assert found.classes == ("cat", "dog")
    assert "does not name its own" in found.said


def test_numbered_files_mean_the_models_numbers():
    """A folder with pictures of classes 2 and 7 only, of a model of ten."""
    found = match_classes(["2", "7"], "m", 10, [f"class {place}" for place in range(10)])
    assert found.places.tolist() == [2, 7]
    assert found.classes[7] == "class 7"


def test_numbers_from_one_on_meet_in_their_order():
    """1 to 10, of a model of ten."""
    found = match_classes([str(number) for number in range(1, 11)], "m", 10, None)
    assert found.places.tolist() == list(range(10))


def test_names_in_another_language_meet_by_number_and_that_is_said():
    """No name is shared, but as many: both first names are told, so that one can see."""
    found = match_classes(["Katze", "Hund"], "m", 2, ["cat", "dog"])
    assert found.places.tolist() == [0, 1]
    assert "“cat” is taken for “Katze”" in found.said


def test_names_that_contradict_numbers_are_refused():
    """As many, but one shared name stands elsewhere: numbers would be wrong."""
    with pytest.raises(ExplorerError, match="does not know “Hund”"):
        match_classes(["dog", "Hund"], "m", 2, ["cat", "dog"])


def test_imagenet_on_pets_is_refused_with_both_told():
    """What the model has, what the pictures have, and what to do."""
    labels = ["beagle", *(f"thing {place}" for place in range(999))]
    with pytest.raises(ExplorerError) as caught:
        match_classes(PETS, "vit_base_patch16_384", 1000, labels)
    said = str(caught.value)
    assert "vit_base_patch16_384 has 1,000 classes, such as “beagle”" in said
    assert "of the pictures' 37, it does not know 36, such as “Abyssinian”" in said
    assert "Fine-tune it" in said


@pytest.mark.parametrize(
    ("count", "labels", "says"),
    [
        (1000, None, "the model does not name its own"),
        (3, ["a", "b", "c"], "the pictures have 2, such as “cat” and “dog”, which it does not"),
        (0, None, "has no classes"),
    ],
)
def test_other_models_are_refused_with_the_reason(count, labels, says):
    """Nothing is guessed where neither names nor numbers agree."""
    with pytest.raises(ExplorerError, match=says):
        match_classes(["cat", "dog"], "m", count, labels)
