"""The field that narrows the folder, in much room and in little."""

import pytest

from explorer.window.thumbnails.filter_field import FilterField


@pytest.mark.parametrize(("width", "expected"), [(70, "Filter"), (200, "Filter pictures…")])
def test_what_stands_in_the_empty_field_is_never_cut(qtbot, width, expected):
    """A narrow field has the short words; people who only hear it always get the long ones."""
    field = FilterField("Filter pictures…", "Filter")
    qtbot.addWidget(field)
    field.show()
    field.resize(400, field.height())
    field.resize(width, field.height())
    assert field.placeholderText() == expected
    assert field.accessibleName() == "Filter pictures…"
