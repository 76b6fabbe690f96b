"""The store: one state, changed in one place, told once and in order."""

from explorer.records import Query
from explorer.window.state import State, Store


def test_a_change_is_told_once(qapp):
    """Everybody hears the old and the new state; nothing is said where nothing moved."""
    store = Store()
    told: list[tuple[State, State]] = []
    store.changed.connect(lambda old, new: told.append((old, new)))
    store.update(query=Query(3), hovered=(1, 2))
    store.update(query=Query(3), hovered=(1, 2))
    assert len(told) == 1
    old, new = told[0]
    assert (old.query, new.query, new.hovered) == (Query(), Query(3), (1, 2))
    assert store.state is new


def test_changes_are_told_in_order(qapp):
    """Who changes the state while hearing of a change does not confuse those who hear later."""
    store = Store()
    told: list[tuple[object, object]] = []

    def answer(old: State, new: State) -> None:
        if new.hovered == (1, 1):
            store.update(hovered=(2, 2))
            assert store.state.hovered == (2, 2)

    store.changed.connect(answer)
    store.changed.connect(lambda old, new: told.append((old.hovered, new.hovered)))
    store.update(hovered=(1, 1))
    assert told == [(None, (1, 1)), ((1, 1), (2, 2))]
