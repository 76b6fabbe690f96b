"""Dialogs that only tell."""

from explorer.records import Grid, ModelInfo
from explorer.window.dialogs.facts import about, information, keyboard


def test_about(qtbot, texts):
    """About names the versions that a report needs, without importing torch's package."""
    dialog = about(None)
    qtbot.addWidget(dialog)
    assert "torch" in texts(dialog)
    assert "MIT" in texts(dialog)


def test_keyboard(qtbot, texts):
    """Every key stands beside what it does."""
    dialog = keyboard([("Ctrl+O", "Open folder")], None)
    qtbot.addWidget(dialog)
    assert "Ctrl+O" in texts(dialog)
    assert "Open folder" in texts(dialog)


def test_information(qtbot, texts, make_captioner):
    """It says where weights came from, what decides, and what was chosen where libraries differ."""
    info = ModelInfo(
        name="beit",
        source="From a file.",
        grid=Grid(14, 14, ("class",)),
        layers=12,
        heads=12,
        decision="mean of patches",
        input_size=(224, 224),
        framing="crop",
        labels=None,
        classes=0,
        parameters=86_000_000,
        device="CPU",
        precision="float32",
        details=(("Layer norm epsilon", "1e-12"),),
    )
    captioner = make_captioner(details=(("Heads", "8, as in CATR's own configuration"),))
    dialog = information(info, captioner, None)
    qtbot.addWidget(dialog)
    for words in ("From a file.", "the class token does not decide", "86.0 million", "features"):
        assert words in texts(dialog)
    for words in ("Layer norm epsilon", "1e-12", "fake captioner", "3 × 4 in its decoder", "Heads"):
        assert words in texts(dialog).splitlines()
    alone = information(None, captioner, None)
    qtbot.addWidget(alone)
    assert "made up" in texts(alone)
    assert "Patches" not in texts(alone)
