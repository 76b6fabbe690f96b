"""Who waits for long work: is told how far it is, and may want it no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..errors import Cancelled


def quiet(_text: str, _done: float | None) -> None:
    """Progress that nobody watches."""


def never() -> bool:
    """A stop that nobody presses."""
    return False


class Watch(NamedTuple):
    """Who wants to know how far the work is, may want it no more, and allows downloads or not."""

    progress: Callable[[str, float | None], None]
    should_stop: Callable[[], bool]
    may_download: bool

    def tell(self, text: str) -> None:
        """Say what begins; raises Cancelled where nobody waits for it."""
        if self.should_stop():
            raise Cancelled
        self.progress(text, None)
