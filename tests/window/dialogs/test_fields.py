"""Fields of dialogs: what may be typed into them."""

import pytest

from explorer.window.dialogs.image_size_field import ImageSizeField
from explorer.window.dialogs.normalisation_field import NormalisationField


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", None),
        ("384", (384, 384)),
        (" 240×320 ", (240, 320)),
        ("240 x 320", (240, 320)),
        ("0", None),
        ("-5", None),
        ("many", None),
        ("1 2", None),
    ],
)
def test_input_size(qtbot, text, size):
    """One number or two; empty is fine and means the model's own."""
    field = ImageSizeField()
    qtbot.addWidget(field)
    field.setText(text)
    assert field.size_chosen() == size
    assert field.is_valid() == (size is not None or not text)


@pytest.mark.parametrize(
    ("mean", "deviation", "expected"),
    [
        ("0.5", "0.25", ((0.5,), (0.25,))),
        ("0.1, 0.2 0.3", "1;1;1", ((0.1, 0.2, 0.3), (1.0, 1.0, 1.0))),
        ("0.1, 0.2", "1", None),
        ("0.1", "0", None),
        ("a", "1", None),
        ("", "", None),
    ],
)
def test_own_normalisation(qtbot, mean, deviation, expected):
    """As many means as deviations, none of them zero."""
    field = NormalisationField()
    qtbot.addWidget(field)
    field._choice.setCurrentIndex(field._choice.count() - 1)
    field._mean.setText(mean)
    field._deviation.setText(deviation)
    assert field.chosen() == expected
    assert field.is_valid() == (expected is not None)
