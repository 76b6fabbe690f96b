"""The line below the window says what computes, and how long that took."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from explorer.records import DEFAULT_CAPTIONER, Weights
from explorer.window.parts.status_line import StatusLine
from explorer.window.state import Captioning, Second, State


@pytest.fixture
def computing(qtbot, wishes, make_model, make_captioner):
    """What a line says of device and time, for a state with a captioner: `computing(…)`."""
    line = StatusLine(wishes)
    qtbot.addWidget(line)
    captioning = Captioning(DEFAULT_CAPTIONER, make_captioner(name="catr-v3", device="CUDA · A"))
    state = State(model=make_model(), captioning=captioning)

    def say(captioning: dict[str, object] | None = None, **changes: object) -> str:
        told = replace(state.captioning, **captioning or {})
        line.display(State(), replace(state, captioning=told, **changes))
        (label,) = (
            label
            for label in line.findChildren(QLabel)
            if label.accessibleName() == "Device, precision and time"
        )
        return label.text()

    return say


def test_caption_is_told_after_the_trace(computing):
    """Which captioner is open, that it writes, and how long it took."""
    assert computing(traced_in=0.007) == "CPU · float32   traced in 7 ms   catr-v3"
    writing = {"is_writing": True, "written_in": 0.4}
    assert computing(writing).endswith("catr-v3: writing…")
    assert computing({"written_in": 0.41}).endswith("catr-v3: caption in 410 ms")


def test_captioner_alone(computing):
    """Where no model is loaded, the device is the captioner's."""
    assert computing({"written_in": 2.5}, model=None) == "CUDA · A   catr-v3: caption in 2.5 s"


def test_two_models_are_named_as_short_as_clear(qtbot, wishes, make_model):
    """Published ones without their tags; what a dot in the name of a run begins is no tag."""
    line = StatusLine(wishes)
    qtbot.addWidget(line)
    published = make_model(name="vit_tiny_patch16_224.augreg_in21k")
    run = Weights("", Path("weight decay 0.05", "best.safetensors"))
    second = Second(run, make_model(name="weight decay 0.05/best"))
    line.display(State(), State(model=published, second=second))
    said = [label.text() for label in line.findChildren(QLabel)]
    assert "vit_tiny_patch16_224 ⇄ weight decay 0.05/best" in said
