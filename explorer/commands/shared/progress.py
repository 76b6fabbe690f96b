"""Bars where a person is looking; nothing where the output goes to a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm


@contextmanager
def loading() -> Iterator[Callable[[str, float | None], None]]:
    """A bar for what loading tells."""
    look = "{desc} {percentage:3.0f}% {bar}"
    with tqdm(total=1.0, bar_format=look, leave=False, disable=None) as bar:

        def tell(text: str, done: float | None) -> None:
            bar.set_description_str(text, refresh=False)
            bar.update((done or 0.0) - bar.n)

        yield tell


def bar_of_pictures(total: int) -> tqdm[Any]:
    """A bar that counts pictures."""
    return tqdm(total=total, unit=" pictures", disable=None)
