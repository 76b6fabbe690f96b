"""A cache bounded in bytes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """Keeps what was used last, up to `limit` bytes; the newest entry stays whatever it weighs."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()  # the least used first
        self.nbytes = 0

    def __contains__(self, key: K) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: K) -> V | None:
        """The entry, which counts as used now; None where there is none."""
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        return self._entries[key][0]

    def put(self, key: K, value: V, nbytes: int) -> None:
        """Keep an entry of `nbytes`, and let go of the least used ones that have no room."""
        self.remove(key)
        self._entries[key] = (value, nbytes)
        self.nbytes += nbytes
        while self.nbytes > self.limit and len(self._entries) > 1:
            _, (_, freed) = self._entries.popitem(last=False)
            self.nbytes -= freed

    def remove(self, key: K) -> None:
        """Let go of an entry, where there is one."""
        if key in self._entries:
            self.nbytes -= self._entries.pop(key)[1]

    def keep(self, wanted: Callable[[K], bool]) -> None:
        """Let go of all other entries."""
        for key in [key for key in self._entries if not wanted(key)]:
            self.remove(key)
