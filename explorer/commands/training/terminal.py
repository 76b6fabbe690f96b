"""A training on the terminal: bars where a person is looking, and a line for each epoch."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from tqdm import tqdm

from ..shared.progress import loading

_NAMED = 10  # pictures that cannot be read; a whole broken folder would bury the epochs


class Terminal:
    """Shows how its model is loaded, then a training's events; a `with` block ends the bars."""

    def __init__(self) -> None:
        self._loading = ExitStack()  # its bar, until the training begins
        self.progress = self._loading.enter_context(loading())  # is told what loading does
        self._bar: tqdm[Any] | None = None
        self._epochs = 0
        self._passed_over = 0  # pictures

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self._loading.close()
        if self._bar is not None:
            self._bar.close()
        more = self._passed_over - _NAMED
        if more > 0:
            self._say(f"In all {self._passed_over:,} pictures were passed over: see events.jsonl.")

    def hear(self, event: Mapping[str, Any]) -> None:
        """Show an event; those that people need not see are passed over."""
        show = getattr(self, f"_show_{event['kind']}", None)
        if show is not None:
            show(event)

    def _show_started(self, event: Mapping[str, Any]) -> None:
        self._begin(event)
        self._say(event["origin"])

    def _show_resumed(self, event: Mapping[str, Any]) -> None:
        self._begin(event)
        self._say(f"Goes on after step {event['step']:,}.")

    def _begin(self, event: Mapping[str, Any]) -> None:
        self._loading.close()
        self._epochs = event["epochs"]
        many = f", {event['processes']} processes" if event["processes"] > 1 else ""
        self._say(
            f"{event['model']} on {event['device']}{many}, {event['precision']}: "
            f"{_counted(event['pictures'], 'picture')}, "
            f"{event['validation_pictures']:,} to validate; "
            f"{_counted(event['epochs'], 'epoch')}, {_counted(event['steps'], 'step')}."
        )
        look = "{desc} {percentage:3.0f}% {bar} {n_fmt}/{total_fmt}{postfix}"
        self._bar = tqdm(total=event["steps"], initial=event["step"], bar_format=look, disable=None)

    def _show_step(self, event: Mapping[str, Any]) -> None:
        assert self._bar is not None
        self._bar.set_description_str(f"epoch {event['epoch']}/{self._epochs}", refresh=False)
        told = f"loss {_loss(event['loss'])}, {event['pictures_per_second']:.1f} pictures/s"
        seconds = event["eta_seconds"]  # null before anything was measured
        left = "" if seconds is None else f", {tqdm.format_interval(seconds)} left"
        self._bar.set_postfix_str(f"{told}{left}", refresh=False)
        self._bar.update(event["step"] - self._bar.n)

    def _show_validating(self, event: Mapping[str, Any]) -> None:
        assert self._bar is not None
        self._bar.set_postfix_str(f"validating {event['done']:,} of {event['pictures']:,}")

    def _show_epoch(self, event: Mapping[str, Any]) -> None:
        best = ", the best so far" if event["is_best"] else ""
        right, words = f"{event['top1']:.2%} right", ""
        if "bleu" in event:
            right = f"{event['top1']:.2%} word for word, BLEU-4 {event['bleu']:.4f}"
            words = f", {event['words']:.2%} of words"
        self._say(
            f"Epoch {event['epoch']}/{self._epochs}: {right}{words}, loss "
            f"{_loss(event['loss'])} (training: {event['train_accuracy']:.2%}, "
            f"{_loss(event['train_loss'])}){best}"
        )

    def _show_unreadable(self, event: Mapping[str, Any]) -> None:
        self._passed_over += 1
        if self._passed_over <= _NAMED:
            self._say(f"Passed over: {event['reason']}")

    def _show_paused(self, _event: Mapping[str, Any]) -> None:
        self._say("Paused; all is saved. Goes on when the run's file “pause” is gone.")

    def _say(self, text: str) -> None:
        tqdm.write(text, file=sys.stderr)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


def _loss(value: float | None) -> str:
    """A loss as people read it; events have null for what is no number."""
    return "NaN" if value is None else f"{value:.3f}"
