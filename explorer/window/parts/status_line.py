"""The line below: model, device, time; what is happening; the picture and its way to the model."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from ..state import Activity, Captioning, State, Wishes
from ..words import framed, name_captioner
from .elided_label import ElidedLabel
from .flat_button import FlatButton


class Dot(QWidget):
    """Filled with the accent where a model is ready; an empty ring where none is."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(9, 9)
        self._filled = False

    def fill(self, filled: bool) -> None:
        self._filled = filled
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        role = QPalette.ColorRole
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(
            self.palette().color(role.Highlight if self._filled else role.PlaceholderText)
        )
        if self._filled:
            painter.setBrush(self.palette().color(role.Highlight))
        painter.drawEllipse(self.rect().adjusted(1, 1, -2, -2))


class StatusLine(QWidget):
    """Shows the state in one line, and lets long work be cancelled."""

    def __init__(self, wishes: Wishes) -> None:
        super().__init__()
        self._build()
        self._arrange()
        self._cancel.clicked.connect(wishes.cancel_wished)
        self._show_activity(None)

    def _build(self) -> None:
        self._dot = Dot()
        self._model = ElidedLabel()
        self._model.setAccessibleName(self.tr("Model"))
        self._computing = ElidedLabel()
        self._computing.setAccessibleName(self.tr("Device, precision and time"))
        self._activity = ElidedLabel()
        self._activity.setAccessibleName(self.tr("What is happening"))
        self._progress = QProgressBar(textVisible=False, maximum=1000)
        self._progress.setFixedWidth(120)
        self._progress.setAccessibleName(self.tr("Progress"))
        self._cancel = FlatButton(self.tr("Cancel"))
        self._picture = ElidedLabel()
        self._picture.setAccessibleName(self.tr("Picture"))
        self._picture.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for label in (self._computing, self._activity, self._picture):
            label.setProperty("quiet", True)

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(13, 0, 13, 0)
        row.setSpacing(6)
        row.addWidget(self._dot)
        row.addWidget(self._model)
        row.addSpacing(12)
        row.addWidget(self._computing)
        row.addSpacing(12)
        for widget in (self._activity, self._progress, self._cancel):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self._picture)
        self.setFixedHeight(26)

    def display(self, old: State, new: State) -> None:
        moved = new.model is not old.model or new.second is not old.second
        if moved or not self._model.text():
            self._dot.fill(new.model is not None)
            self._model.setText(self._name_models(new))
        self._computing.setText(self._describe_computing(new))
        self._picture.setText(self._describe_picture(new))
        if new.activity != old.activity:
            self._show_activity(new.activity)

    def _name_models(self, state: State) -> str:
        """The model's name; where two are open both, the first one first, and as short as clear.

        “vit_small_patch16_384 ⇄ vit_tiny_patch16_224”
        """
        told = [each for each in (state, state.second) if each is not None]
        models = [(each.model.name, each.wanted.file) for each in told if each.model is not None]
        names = [name for name, _ in models]
        # A dot in the name of a file, or of a run, begins no tag.
        without_tags = [name if file else name.partition(".")[0] for name, file in models]
        if len(set(without_tags)) == 2:
            names = without_tags
        return " ⇄ ".join(names) or self.tr("no model")

    def _describe_computing(self, state: State) -> str:
        """“CUDA · NVIDIA H200 · float32   traced in 7 ms   catr-v3: caption in 0.3 s”."""
        captioner = state.captioning.captioner if state.captioning is not None else None
        parts = []
        if state.model is not None:
            parts = [f"{state.model.device} · {state.model.precision}", self._describe_trace(state)]
        elif captioner is not None:
            parts = [captioner.device]
        if state.captioning is not None and captioner is not None:
            parts.append(self._describe_caption(state.captioning))
        return "   ".join(part for part in parts if part)

    def _describe_trace(self, state: State) -> str:
        if state.traced_in is not None:
            return self.tr("traced in {0}").format(_duration(state.traced_in))
        return self.tr("tracing…") if _is_tracing(state) else ""

    def _describe_caption(self, captioning: Captioning) -> str:
        """The captioner, and what it does: “catr-v3: caption in 0.3 s”."""
        name = name_captioner(captioning.wanted)
        if captioning.is_writing:
            return self.tr("{0}: writing…").format(name)
        if captioning.written_in is not None:
            return self.tr("{0}: caption in {1}").format(name, _duration(captioning.written_in))
        return name

    def _describe_picture(self, state: State) -> str:
        """“chelsea.png · 451 × 300 → 384 × 384 squashed”."""
        if state.picture is None or state.path is None:
            return state.path.name if state.path else ""
        width, height = state.picture.full_size
        text = f"{state.path.name} · {width} × {height}"
        if state.model is not None:
            rows, columns = state.model.input_size
            text += f" → {columns} × {rows} {framed(state.model.framing)}"
        return text

    def _show_activity(self, activity: Activity | None) -> None:
        for widget in (self._activity, self._progress):
            widget.setVisible(activity is not None)
        self._cancel.setVisible(activity is not None and activity.cancellable)
        if activity is None:
            return
        self._activity.setText(activity.text)
        if activity.done is None:
            self._progress.setMaximum(0)  # it runs to and fro where nobody knows
        else:
            self._progress.setMaximum(1000)
            self._progress.setValue(round(activity.done * 1000))


def _is_tracing(state: State) -> bool:
    settled = state.trace or state.trace_problem or state.activity
    return state.picture is not None and settled is None


def _duration(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
