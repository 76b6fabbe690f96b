"""Grants wishes about what is asked and how it is shown: nothing is computed for them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject

from ..records import ModelInfo, Patch, Query, WordQuery
from .places import fitting_patches, same_place
from .query_range import QueryRange, carried_over, fit_words
from .state import PINS, Second, Store, Wishes


class Asking(QObject):
    """Keeps what is asked within what the first model has, whichever model that is."""

    def __init__(self, store: Store, wishes: Wishes, parent: QObject) -> None:
        super().__init__(parent)
        self._store = store
        self._asked = store.state.query  # the last query that was chosen
        self._is_swapped = False  # whether the models changed places since then
        wishes.query_chosen.connect(self._choose_query)
        wishes.pins_chosen.connect(self._choose_pins)
        wishes.difference_chosen.connect(self._choose_difference)
        wishes.subfolders_chosen.connect(lambda on: store.update(include_subfolders=on))
        wishes.selection_chosen.connect(lambda chosen: store.update(selection=chosen))
        wishes.words_chosen.connect(self._choose_words)
        wishes.caption_view_chosen.connect(lambda view: store.update(caption_view=view))
        wishes.word_hovered.connect(lambda place: store.update(hovered_word=place))
        wishes.patch_hovered.connect(lambda patch: store.update(hovered=patch))
        wishes.overlay_chosen.connect(lambda overlay: store.update(overlay=overlay))
        wishes.view_chosen.connect(lambda view: store.update(view=view))

    def fitted(self, model: ModelInfo) -> dict[str, Any]:
        """Changes of the state: what is asked, as far as a new first model has it."""
        state = self._store.state
        hovered = fitting_patches((state.hovered,) if state.hovered else (), model)
        return {
            "query": QueryRange.of_model(model).fit(state.query),
            "pins": fitting_patches(state.pins, model),
            "hovered": hovered[0] if hovered else None,
        }

    def carried_over(self, second: Second) -> dict[str, Any]:
        """Changes of the state: what is asked, when the second model becomes the first.

        What it was asked before, where nothing was since: so nobody who swaps twice is left with
        another patch than at first.
        """
        assert second.model is not None
        state = self._store.state
        self._is_swapped = not self._is_swapped
        if self._is_swapped:
            query = carried_over(state.query, state, second)
        else:
            query = QueryRange.of_model(second.model).fit(self._asked)
        return {
            "query": query,
            "pins": fitting_patches(state.pins, second.model),
            "hovered": state.hovered and same_place(state.hovered, state, second),
        }

    def _choose_query(self, query: Query) -> None:
        self._asked, self._is_swapped = query, False
        model = self._store.state.model
        words = replace(self._store.state.words, places=())  # who asks the model leaves the words
        query = QueryRange.of_model(model).fit(query) if model else query
        self._store.update(query=query, words=words)

    def _choose_words(self, words: WordQuery) -> None:
        """While a word's map is shown, no patch of the model is hovered."""
        state = self._store.state
        captioner = state.captioning.captioner if state.captioning is not None else None
        words = fit_words(words, captioner) if captioner is not None else words
        self._store.update(words=words, hovered=None if words.places else state.hovered)

    def _choose_pins(self, pins: tuple[Patch, ...]) -> None:
        model = self._store.state.model
        self._store.update(pins=fitting_patches(pins, model)[-PINS:] if model else ())

    def _choose_difference(self, shown: bool) -> None:
        self._store.update(shows_difference=shown and self._store.state.second is not None)
