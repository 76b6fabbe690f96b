"""Where the small maps of a mosaic lie in a view: fit, zoom and pan, without a widget."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import floor

from ...records import Patch

Range = tuple[int, int]  # first, and one past the last

LARGE, MEDIUM, SMALL = 22, 11, 4  # widths of a map, in logical pixels, from which gaps grow


@dataclass(frozen=True)
class MosaicLayout:
    """Rows × columns of maps in a view of device pixels.

    All maps are equally large, in whole pixels, so that none is blurred and none looks unlike its
    neighbour only because a line of its patches fell between two pixels.
    """

    shape: tuple[int, int, int, int] = (1, 1, 1, 1)  # rows, columns, rows and columns of a map
    view: tuple[int, int] = (1, 1)  # width, height in device pixels
    unit: float = 1.0  # device pixels of a logical one
    chosen_width: int | None = None  # of a map; None = the largest at which all are seen
    center: tuple[float, float] = (0.0, 0.0)
    # column and row in the middle of the view, with fractions; counts where a width is chosen

    @property
    def fits(self) -> bool:
        return self.chosen_width is None

    @cached_property
    def fit_width(self) -> int:
        """The largest width of a map at which all are seen; 1 where there is less room."""
        rows, columns = self.shape[:2]
        most = min(self.view[0] // columns, round(self.view[1] / rows / self._proportion)) + 1
        for width in range(most, 1, -1):
            if self._length(0, width) <= self.view[0] and self._length(1, width) <= self.view[1]:
                return width
        return 1

    @cached_property
    def fit_size(self) -> tuple[int, int]:
        """Width, height of all maps where all are seen."""
        return self._length(0, self.fit_width), self._length(1, self.fit_width)

    @cached_property
    def largest_width(self) -> int:
        """That of a map that fills the view."""
        whole = min(self.view[0], int(self.view[1] / self._proportion))
        return max(whole, self.fit_width)

    @cached_property
    def cell(self) -> tuple[int, int]:
        """Width, height of a map in the view."""
        width = self.fit_width if self.chosen_width is None else self.chosen_width
        return self._sides(width)

    @cached_property
    def gap(self) -> int:
        """Device pixels after each map."""
        return self._gap(self.cell[0])

    @cached_property
    def pitch(self) -> tuple[int, int]:
        """From one map to the next: across, down."""
        return self.cell[0] + self.gap, self.cell[1] + self.gap

    @cached_property
    def origin(self) -> tuple[int, int]:
        """Left and top of the first map; outside of the view where it is not seen."""
        rows, columns = self.shape[:2]
        center = (columns / 2, rows / 2) if self.fits else self.center
        return self._start(0, center[0]), self._start(1, center[1])

    def rect(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Left, top, width, height of a map."""
        left, top = self.origin
        return left + column * self.pitch[0], top + row * self.pitch[1], *self.cell

    def at(self, x: float, y: float) -> Patch | None:
        """The row and column of the map at a place, the gap after it included."""
        column, row = (floor(place) for place in self._places(x, y))
        rows, columns = self.shape[:2]
        return (row, column) if 0 <= row < rows and 0 <= column < columns else None

    def visible(self) -> tuple[Range, Range]:
        """The rows and the columns of maps of which something is seen."""
        rows, columns = self.shape[:2]
        return self._seen(1, rows), self._seen(0, columns)

    # Other layouts

    def fit(self) -> MosaicLayout:
        return replace(self, chosen_width=None)

    def resized(self, width: int, height: int, unit: float) -> MosaicLayout:
        return replace(self, view=(width, height), unit=unit)._settled()

    def showing(self, shape: tuple[int, int, int, int]) -> MosaicLayout:
        """Maps of another shape, all of them seen; the same view where it is the same shape."""
        return self if shape == self.shape else replace(self.fit(), shape=shape)

    def zoomed(self, factor: float, at: tuple[float, float] | None = None) -> MosaicLayout:
        """Zoom so that what lies under `at` (None = the middle of the view) stays there."""
        now = self.cell[0]
        step = 1 if factor > 1 else -1
        wanted = max(now + 1, round(now * factor)) if step > 0 else min(now - 1, int(now * factor))
        width = min(wanted, self.largest_width)
        if width <= self.fit_width:
            return self.fit()
        at = at or (self.view[0] / 2, self.view[1] / 2)
        x, y = self._places(*at)
        larger = replace(self, chosen_width=width)
        center = (
            x + (self.view[0] / 2 - at[0]) / larger.pitch[0],
            y + (self.view[1] / 2 - at[1]) / larger.pitch[1],
        )
        return replace(larger, center=center)._settled()

    def panned(self, dx: float, dy: float) -> MosaicLayout:
        """Move the maps by view pixels; where all are seen there is nothing to move."""
        if self.fits:
            return self
        x, y = self.center
        return replace(self, center=(x - dx / self.pitch[0], y - dy / self.pitch[1]))._settled()

    def revealing(self, row: int, column: int) -> MosaicLayout:
        """Move as little as brings all of a map into the view."""
        left, top, width, height = self.rect(row, column)
        dx = _outside(left, left + width, self.view[0])
        dy = _outside(top, top + height, self.view[1])
        return self.panned(-dx, -dy) if dx or dy else self

    def _settled(self) -> MosaicLayout:
        """At a width that the view allows, and no edge of the mosaic far inside of the view."""
        if self.chosen_width is None or self.chosen_width <= self.fit_width:
            return self.fit()
        held = replace(self, chosen_width=min(self.chosen_width, self.largest_width))
        return replace(held, center=(held._held(0), held._held(1)))

    def _held(self, axis: int) -> float:
        count = self.shape[1 - axis]
        half = self.view[axis] / self.pitch[axis] / 2  # of the view, in maps
        return count / 2 if count <= 2 * half else min(max(self.center[axis], half), count - half)

    # Sizes along one axis: 0 is x, 1 is y

    @property
    def _proportion(self) -> float:
        """Height of a map over its width: its patches are squares."""
        return self.shape[2] / self.shape[3]

    def _sides(self, width: int) -> tuple[int, int]:
        return width, max(1, round(width * self._proportion))

    def _gap(self, width: int) -> int:
        steps = sum(width >= bound * self.unit for bound in (SMALL, MEDIUM, LARGE))
        return round(steps * self.unit)

    def _length(self, axis: int, width: int) -> int:
        """Of the whole mosaic, the last gap left out."""
        gap = self._gap(width)
        return self.shape[1 - axis] * (self._sides(width)[axis] + gap) - gap

    def _start(self, axis: int, center: float) -> int:
        gap = self.gap if self.fits else 0  # the last map's gap is not seen: it does not count
        return floor(self.view[axis] / 2 - center * self.pitch[axis] + gap / 2)

    def _places(self, x: float, y: float) -> tuple[float, float]:
        """Column and row at a place in the view, with fractions."""
        left, top = self.origin
        return (x - left) / self.pitch[0], (y - top) / self.pitch[1]

    def _seen(self, axis: int, count: int) -> Range:
        start, pitch = self.origin[axis], self.pitch[axis]
        first = max(0, -start // pitch)
        last = min(count, -(-(self.view[axis] - start) // pitch))
        return min(first, count), max(first, last)


def _outside(first: int, last: int, view: int) -> int:
    """How far a stretch begins before the view (negative), or else ends after it."""
    return min(first, 0) or max(last - view, 0)
