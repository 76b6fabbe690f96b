"""A second model beside the first: opened, swapped and closed, and never in the first's way."""

import gc
import random
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from explorer.errors import WeightsMissing
from explorer.records import Grid, Query, Weights
from explorer.window.controller import OF_A_MODEL, Controller
from explorer.window.query_range import QueryRange
from explorer.window.state import Options, Second, State, Store

FIRST, SECOND, OTHER = Weights("first"), Weights("second"), Weights("other")
LARGE, SMALL = Grid(12, 18, ("class",)), Grid(4, 6, ("class",))


def names(store: Store) -> tuple[str | None, str | None]:
    """The two models that the state tells of."""
    models = store.state.model, store.state.second and store.state.second.model
    first, second = (model and model.source for model in models)
    return first, second


def are_traced(store: Store) -> bool:
    second = store.state.second
    return store.state.trace is not None and second is not None and second.trace is not None


def show(store: Store, path: Path) -> bool:
    """Whether both models have traced this picture, and it is shown."""
    picture = store.state.picture
    return picture is not None and picture.path == path and are_traced(store)


def told(state: State | Second) -> dict[str, object]:
    """All that is said of one model."""
    return {name: getattr(state, name) for name in OF_A_MODEL}


@pytest.fixture
def first_open(controller, store, wishes, pictures, qtbot) -> Controller:
    """One model, which has traced a.png."""
    wishes.weights_chosen.emit(FIRST)
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: store.state.trace is not None)
    return controller


@pytest.fixture
def open_second(first_open, store, wishes, shelf, qtbot) -> Callable[..., None]:
    """Opens a second model of this kind, and waits for its trace."""

    def open_it(weights: Weights = SECOND, **info: object) -> None:
        shelf.change(**info)
        wishes.second_chosen.emit(weights)
        qtbot.waitUntil(lambda: names(store)[1] == weights.name and are_traced(store))

    return open_it


@pytest.fixture
def both_open(first_open, open_second) -> Controller:
    """Two models, which have traced a.png."""
    open_second()
    return first_open


def test_second_traces_the_same_picture(both_open, store, wishes, shelf, pictures, qtbot):
    """Both look at whatever is chosen, the first one first; nothing of the first one moves."""
    assert names(store) == ("first", "second")
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: show(store, pictures[1]))
    first, second = shelf.given
    assert [stem for stem, _ in first.made] == [stem for stem, _ in second.made] == ["a", "b"]
    assert store.state.trace is first.made[-1][1]
    assert store.state.second.trace is second.made[-1][1]
    assert store.state.second.traced_in is not None


def test_first_is_not_disturbed(first_open, open_second, store):
    """Opening a second model changes nothing that is said of the first one."""
    before = told(store.state), store.state.query
    open_second(grid=SMALL, layers=2, heads=1)
    assert (told(store.state), store.state.query) == before


def test_positions_of_both(both_open, store, shelf):
    """Each model's positions come with it."""
    first, second = shelf.given
    assert store.state.positions is first.positions
    assert store.state.second.positions is second.positions


def test_same_model_twice(first_open, open_second, store):
    """A model may be compared with itself: two networks, two traces."""
    open_second(FIRST)
    assert names(store) == ("first", "first")
    assert store.state.trace is not store.state.second.trace


def test_second_needs_a_first(controller, store, wishes, qtbot):
    """Where there is nothing to compare with, that is said."""
    wishes.second_chosen.emit(SECOND)
    assert "no model yet" in "".join(controller.problems)
    assert store.state.second is None


def test_another_second(both_open, store, wishes, shelf, qtbot):
    """The second model stays until the one that takes its place is there."""
    shelf.load_may_go.clear()
    wishes.second_chosen.emit(OTHER)
    qtbot.waitUntil(lambda: len(shelf.loaded) == 3)
    assert (names(store), store.state.second.wanted) == (("first", "second"), OTHER)
    shelf.load_may_go.set()
    qtbot.waitUntil(lambda: names(store) == ("first", "other") and are_traced(store))


def test_neighbours_are_traced_ahead_for_both(both_open, store, wishes, shelf, pictures, qtbot):
    """The next picture is there at once with both traces; the first model's is made first."""
    first, second = shelf.given
    order = []
    for name, vit in (("first", first), ("second", second)):
        vit.trace = lambda picture, name=name, real=vit.trace, **named: (
            order.append((name, picture.path.stem)),
            real(picture, **named),
        )[1]
    wishes.picture_chosen.emit(pictures[0], (pictures[1], pictures[2]))
    qtbot.waitUntil(lambda: len(both_open._traces) == 6)
    assert order == [(name, stem) for stem in "bc" for name in ("first", "second")]
    wishes.picture_chosen.emit(pictures[1], ())
    assert are_traced(store)


def test_traces_of_both_are_bounded(both_open, store, wishes, pictures, qtbot):
    """Two models' traces share the bytes of one cache, and those on the screen fit in."""
    both_open._traces.limit = 1_500_000
    for path in pictures * 2:
        wishes.picture_chosen.emit(path, tuple(pictures))
        qtbot.waitUntil(lambda path=path: show(store, path))
    qtbot.waitUntil(lambda: both_open.ahead.is_done)
    assert both_open._traces.nbytes <= both_open._traces.limit


# Where it fails


def test_second_that_cannot_be_had(first_open, store, wishes, shelf, qtbot):
    """It leaves nothing behind but a sentence and the offer to download."""
    before = told(store.state)
    shelf.missing.add("second")
    with qtbot.waitSignal(first_open.problem) as problem:
        wishes.second_chosen.emit(SECOND)
    assert isinstance(problem.args[0], WeightsMissing)
    assert store.state.second is None
    assert told(store.state) == before
    assert store.state.model_problem is None


def test_missing_second_is_fetched(first_open, store, wishes, shelf, pictures, qtbot):
    """The download is the second's; the first goes on meanwhile."""
    shelf.missing.add("second")
    with qtbot.waitSignal(first_open.problem):
        wishes.second_chosen.emit(SECOND)
    wishes.download_wished.emit()
    assert store.state.second.wanted == SECOND
    qtbot.waitUntil(lambda: store.state.activity is not None and store.state.activity.done == 0.25)
    [first] = shelf.given
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: [stem for stem, _ in first.made] == ["a", "b"])
    qtbot.waitUntil(lambda: store.state.trace is first.made[-1][1])
    shelf.download_may_go.set()
    qtbot.waitUntil(lambda: names(store) == ("first", "second") and are_traced(store))
    qtbot.waitUntil(lambda: store.state.activity is None)


def test_cancelled_download_of_the_second(first_open, store, wishes, shelf, qtbot):
    """Nothing half open stays, and the download can be wished again."""
    shelf.missing.add("second")
    with qtbot.waitSignal(first_open.problem):
        wishes.second_chosen.emit(SECOND)
    wishes.download_wished.emit()
    qtbot.waitUntil(lambda: store.state.activity is not None and store.state.activity.done == 0.25)
    wishes.cancel_wished.emit()
    assert (store.state.second, store.state.activity) == (None, None)
    assert names(store)[0] == "first"


def test_failed_download_of_the_second(first_open, store, wishes, shelf, qtbot):
    """Why it failed is said, with the offer to try again."""
    shelf.missing.add("second")
    shelf.broken_line = True
    with qtbot.waitSignal(first_open.problem):
        wishes.second_chosen.emit(SECOND)
    with qtbot.waitSignal(first_open.problem) as problem:
        wishes.download_wished.emit()
    assert isinstance(problem.args[0], WeightsMissing)
    assert "broke off" in str(problem.args[0])
    assert store.state.second is None


def test_another_second_that_cannot_be_had(both_open, store, wishes, shelf, qtbot):
    """The second model in use goes on."""
    before = told(store.state.second)
    shelf.missing.add("other")
    with qtbot.waitSignal(both_open.problem):
        wishes.second_chosen.emit(OTHER)
    assert told(store.state.second) == before


def test_cancelled_second(first_open, store, wishes, shelf, qtbot):
    """Whoever cancels its loading has one model, as before."""
    shelf.load_may_go.clear()
    wishes.second_chosen.emit(SECOND)
    qtbot.waitUntil(lambda: store.state.activity is not None)
    assert store.state.activity.cancellable
    wishes.cancel_wished.emit()
    assert (store.state.second, store.state.activity) == (None, None)
    shelf.load_may_go.set()
    wishes.second_chosen.emit(OTHER)
    qtbot.waitUntil(lambda: names(store) == ("first", "other"))


def test_cancel_ends_what_is_shown(first_open, store, wishes, shelf, qtbot):
    """Cancelling the first's loading leaves the download of the second alone."""
    shelf.missing.add("second")
    with qtbot.waitSignal(first_open.problem):
        wishes.second_chosen.emit(SECOND)
    wishes.download_wished.emit()
    qtbot.waitUntil(lambda: store.state.activity is not None and store.state.activity.done == 0.25)
    shelf.load_may_go.clear()
    wishes.weights_chosen.emit(OTHER)
    qtbot.waitUntil(lambda: store.state.activity.text == "Reading other")
    wishes.cancel_wished.emit()
    assert store.state.wanted == FIRST
    shelf.load_may_go.set()
    shelf.download_may_go.set()
    qtbot.waitUntil(lambda: names(store) == ("first", "second"))


def test_picture_that_only_the_first_can_trace(both_open, store, wishes, shelf, pictures, qtbot):
    """The second's problem stays the second's; the next picture works for both."""
    second = shelf.given[1]
    real, second.trace = second.trace, lambda *args, **named: 1 / 0
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: store.state.second.trace_problem is not None)
    assert store.state.trace is not None
    assert store.state.trace_problem is None
    second.trace = real
    wishes.picture_chosen.emit(pictures[2], ())
    qtbot.waitUntil(lambda: show(store, pictures[2]))
    assert store.state.second.trace_problem is None


def test_unreadable_picture_clears_both(both_open, store, wishes, pictures, qtbot):
    """No trace of the last picture stays beside one that cannot be read."""
    pictures[1].write_bytes(b"no picture")
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: store.state.picture_problem is not None)
    assert (store.state.trace, store.state.second.trace) == (None, None)


def test_another_folder_clears_both(both_open, store, wishes, tmp_path):
    """The traces go with the picture; the models stay."""
    (tmp_path / "empty").mkdir()
    wishes.folder_chosen.emit(tmp_path / "empty")
    assert (store.state.trace, store.state.second.trace) == (None, None)
    assert names(store) == ("first", "second")


# Swapping


def test_swap_exchanges_everything_at_once(both_open, store, wishes):
    """One change of the state, no loading, no tracing; what was said stays true of its model."""
    first, second = told(store.state), told(store.state.second)
    changes: list[State] = []
    store.changed.connect(lambda old, new: changes.append(new))
    wishes.difference_chosen.emit(True)
    changes.clear()
    wishes.models_swapped.emit()
    assert changes == [store.state]
    assert (told(store.state), told(store.state.second)) == (second, first)
    assert store.state.shows_difference


def test_swapped_models_go_on(both_open, store, wishes, shelf, pictures, qtbot):
    """The next picture is traced by both, each in its new place, and first by the new first."""
    first, second = shelf.given
    wishes.models_swapped.emit()
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: show(store, pictures[1]))
    assert store.state.trace is second.made[-1][1]
    assert store.state.second.trace is first.made[-1][1]
    wishes.picture_chosen.emit(pictures[0], ())
    assert store.state.trace is second.made[0][1], "the cache does not know it any more"


def test_swap_while_both_trace(both_open, store, wishes, shelf, pictures, qtbot):
    """An answer arrives where its model then stands."""
    first, second = shelf.given
    for vit in shelf.given:
        vit.may_go.clear()
        vit.entered.clear()
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(first.entered.is_set)
    wishes.models_swapped.emit()
    for vit in shelf.given:
        vit.may_go.set()
    qtbot.waitUntil(lambda: show(store, pictures[1]))
    assert names(store) == ("second", "first")
    assert store.state.trace is second.made[-1][1]
    assert store.state.second.trace is first.made[-1][1]
    assert [stem for stem, _ in first.made] == ["a", "b"]


def test_swap_while_another_first_loads(both_open, store, wishes, shelf, qtbot):
    """It takes the place of the one that it was chosen for, wherever that is by then."""
    shelf.load_may_go.clear()
    wishes.weights_chosen.emit(OTHER)
    wishes.models_swapped.emit()
    assert names(store) == ("second", "first")
    assert (store.state.wanted, store.state.second.wanted) == (SECOND, OTHER)
    shelf.load_may_go.set()
    qtbot.waitUntil(lambda: names(store) == ("second", "other") and are_traced(store))


def test_nothing_to_swap(first_open, store, wishes, shelf, qtbot):
    """Without a second model, or while it is being loaded, swapping does nothing."""
    before = told(store.state)
    wishes.models_swapped.emit()
    shelf.load_may_go.clear()
    wishes.second_chosen.emit(SECOND)
    wishes.models_swapped.emit()
    assert told(store.state) == before
    shelf.load_may_go.set()
    qtbot.waitUntil(lambda: names(store) == ("first", "second"))


def test_swapping_back_brings_the_query_back(open_second, store, wishes):
    """The query is about the same place of the picture; twice swapped, it is the same query."""
    open_second(grid=LARGE, layers=2, heads=2)
    asked = Query(3, 2, (5, 8))  # the last patch of 6 × 9
    wishes.query_chosen.emit(asked)
    wishes.patch_hovered.emit((0, 0))
    wishes.models_swapped.emit()
    assert store.state.query == Query(-1, "mean", (11, 17))
    assert store.state.hovered == (1, 1)
    wishes.models_swapped.emit()
    assert store.state.query == asked
    for _ in range(7):
        wishes.models_swapped.emit()
    wishes.query_chosen.emit(Query(0, 1, (0, 0)))
    wishes.models_swapped.emit()
    assert store.state.query == Query(0, 1, (0, 0))


def test_pins_fit(open_second, store, wishes):
    """At most two pins, in the grid of the first model; those that are not there are dropped."""
    open_second(grid=SMALL)
    wishes.pins_chosen.emit(((5, 8), (1, 1)))
    assert store.state.pins == ((5, 8), (1, 1))
    wishes.pins_chosen.emit(((5, 8), (1, 1), (2, 2), (2, 2), (7, 0)))
    assert store.state.pins == ((1, 1), (2, 2))
    wishes.pins_chosen.emit(((5, 8), (1, 1)))
    wishes.models_swapped.emit()
    assert store.state.pins == ((1, 1),)


def test_new_first_drops_pins(first_open, store, wishes, shelf, qtbot):
    """Pins and the hovered patch that another first model does not have are dropped."""
    wishes.pins_chosen.emit(((5, 8), (1, 1)))
    wishes.patch_hovered.emit((5, 8))
    shelf.change(grid=SMALL)
    wishes.weights_chosen.emit(OTHER)
    qtbot.waitUntil(lambda: names(store)[0] == "other")
    assert (store.state.pins, store.state.hovered) == (((1, 1),), None)


# Closing


def test_closing_leaves_one_model(both_open, store, wishes):
    """Nothing of the second is left, the difference included; the first is as it was."""
    before = told(store.state)
    wishes.difference_chosen.emit(True)
    wishes.second_closed.emit()
    assert (store.state.second, store.state.shows_difference) == (None, False)
    assert told(store.state) == before
    wishes.difference_chosen.emit(True)
    assert not store.state.shows_difference


def test_closing_frees_the_network(both_open, store, wishes, shelf, pictures, qtbot):
    """The second's network, its traces, and all work that held them are gone from memory."""
    wishes.picture_chosen.emit(pictures[0], tuple(pictures[1:]))
    qtbot.waitUntil(lambda: len(both_open._traces) == 10)
    gone = weakref.ref(shelf.given[1])
    wishes.second_closed.emit()
    assert len(both_open._traces) == 5
    shelf.given.clear()
    shelf.change()
    qtbot.waitUntil(lambda: gc.collect() >= 0 and gone() is None)


def test_closing_what_was_the_first(both_open, store, wishes, pictures, qtbot):
    """After a swap the second is the other one; the one that stays goes on."""
    wishes.models_swapped.emit()
    wishes.second_closed.emit()
    assert names(store) == ("second", None)
    wishes.picture_chosen.emit(pictures[1], (pictures[2],))
    qtbot.waitUntil(lambda: len(both_open._traces) == 3)


def test_closing_while_it_loads(first_open, store, wishes, shelf, qtbot):
    """A model that nobody waits for any more does not appear."""
    shelf.load_may_go.clear()
    wishes.second_chosen.emit(SECOND)
    wishes.second_closed.emit()
    shelf.load_may_go.set()
    answers: list[str] = []
    first_open.compute("question", lambda task: "answer", answers.append)
    qtbot.waitUntil(lambda: answers == ["answer"])
    assert (names(store), store.state.activity) == (("first", None), None)


def test_another_first_while_the_second_loads(first_open, store, wishes, shelf, qtbot):
    """Both arrive, each in its place."""
    shelf.load_may_go.clear()
    wishes.second_chosen.emit(SECOND)
    wishes.weights_chosen.emit(OTHER)
    shelf.load_may_go.set()
    qtbot.waitUntil(lambda: names(store) == ("other", "second") and are_traced(store))


def test_quitting_while_both_load(first_open, store, wishes, shelf, qtbot):
    """The threads end at once, and nothing is told any more."""
    shelf.load_may_go.clear()
    shelf.loading.clear()
    wishes.weights_chosen.emit(OTHER)
    wishes.second_chosen.emit(SECOND)
    qtbot.waitUntil(shelf.loading.is_set)
    first_open.close()
    assert not any(
        worker._thread.is_alive() for worker in (first_open._computer, first_open._downloader)
    )


# Options


def test_options_reach_both(both_open, store, wishes, shelf, qtbot):
    """Another precision loads both anew, the first one first."""
    wishes.options_chosen.emit(Options(precision="bfloat16"))
    qtbot.waitUntil(lambda: len(shelf.given) == 4 and are_traced(store))
    assert [(w.name, precision) for w, _, precision, _ in shelf.loaded[2:]] == [
        ("first", "bfloat16"),
        ("second", "bfloat16"),
    ]


def test_framing_reaches_both(both_open, store, wishes, shelf, qtbot):
    """Another framing retraces both with the same networks; going back is in the cache."""
    before = store.state.trace, store.state.second.trace
    wishes.options_chosen.emit(Options(framing="crop"))
    qtbot.waitUntil(lambda: are_traced(store))
    assert {store.state.model.framing, store.state.second.model.framing} == {"crop"}
    wishes.options_chosen.emit(Options())
    assert (store.state.trace, store.state.second.trace) == before
    assert len(shelf.loaded) == 2


def test_impossible_option_is_taken_back_for_both(both_open, store, wishes, shelf, qtbot):
    """It is said once; both models go on as they were, without being loaded again."""
    before = told(store.state), told(store.state.second)
    wishes.options_chosen.emit(Options(device="mps"))
    qtbot.waitUntil(lambda: store.state.options == Options())
    answers: list[str] = []
    both_open.compute("question", lambda task: "answer", answers.append)
    qtbot.waitUntil(lambda: answers == ["answer"])
    assert (told(store.state), told(store.state.second)) == before
    assert len(both_open.problems) == 1
    assert len(shelf.given) == 2


def test_failed_first_leaves_the_download_of_the_second(first_open, store, wishes, shelf, qtbot):
    """What is on its way for the same options is not begun again."""
    shelf.missing |= {"second", "other"}
    with qtbot.waitSignal(first_open.problem):
        wishes.second_chosen.emit(SECOND)
    wishes.download_wished.emit()
    qtbot.waitUntil(lambda: store.state.activity is not None and store.state.activity.done == 0.25)
    with qtbot.waitSignal(first_open.problem):
        wishes.weights_chosen.emit(OTHER)
    shelf.download_may_go.set()
    qtbot.waitUntil(lambda: names(store) == ("first", "second"))


def test_second_that_moved_is_said(both_open, store, wishes, shelf, pictures, qtbot):
    """Where the GPU is too small for two, the second goes on on the CPU."""
    vit = both_open._second.in_use.vit
    vit.info = replace(vit.info, device="CPU (the GPU's memory was full)")
    with qtbot.waitSignal(both_open.told):
        wishes.picture_chosen.emit(pictures[1], ())
    assert store.state.second.model.device.startswith("CPU (")
    assert store.state.model.device == "CPU"


# Whatever happens


def random_wish(wishes, shelf, pictures: list[Path], dice: random.Random) -> None:
    """Something that a person in a hurry does."""
    weights = Weights(dice.choice(["first", "second", "other", "missing"]))
    shelf.change(grid=dice.choice([LARGE, SMALL]), layers=dice.choice([2, 4]))
    options = Options(
        dice.choice(["cpu", "cpu", "mps"]),
        dice.choice(["float32", "bfloat16"]),
        dice.choice([None, "crop"]),
    )
    dice.choice(
        [
            lambda: wishes.picture_chosen.emit(dice.choice(pictures), tuple(pictures)),
            lambda: wishes.picture_chosen.emit(dice.choice(pictures), tuple(pictures)),
            lambda: wishes.weights_chosen.emit(weights),
            lambda: wishes.second_chosen.emit(weights),
            lambda: wishes.second_chosen.emit(weights),
            wishes.second_closed.emit,
            wishes.models_swapped.emit,
            wishes.models_swapped.emit,
            wishes.cancel_wished.emit,
            wishes.download_wished.emit,
            lambda: wishes.options_chosen.emit(options),
            lambda: wishes.difference_chosen.emit(True),
            lambda: wishes.query_chosen.emit(Query(dice.randrange(4), 1, (3, 5))),
            lambda: wishes.pins_chosen.emit(((3, 5), (11, 17))),
        ]
    )()


def is_settled(controller: Controller, store: Store) -> bool:
    """Nothing is on its way any more."""
    state, second = store.state, store.state.second
    loaded = state.model is not None and (second is None or second.model is not None)
    idle = controller._computer._running is None and not controller._computer._pending
    quiet = idle and controller._downloader._running is None and controller.ahead.is_done
    traced = state.trace is not None and (second is None or second.trace is not None)
    return loaded and quiet and traced and state.activity is None


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_wished(first_open, store, wishes, shelf, pictures, qtbot, seed):
    """In every state, all that is told of a model is of that model and of the shown picture."""
    dice = random.Random(seed)
    shelf.missing.add("missing")
    shelf.download_may_go.set()
    states: list[State] = []
    store.changed.connect(lambda old, new: states.append(new))
    for _ in range(150):
        random_wish(wishes, shelf, pictures, dice)
        if dice.random() < 0.5:
            qtbot.wait(dice.randrange(8))
    qtbot.waitUntil(lambda: is_settled(first_open, store))
    owners = {id(made): (vit, stem) for vit in shelf.given for stem, made in vit.made}
    for state in states:
        assert not (state.shows_difference and state.second is None)
        assert state.query == QueryRange.of_model(state.model).fit(state.query)
        assert all(pin[0] < state.model.grid.rows for pin in state.pins)
        for one in (state, state.second):
            if one is None or one.model is None:
                continue
            [vit] = [vit for vit in shelf.given if vit.positions is one.positions]
            assert one.model.source == vit.info.source
            if one.trace is not None:
                assert owners[id(one.trace)] == (vit, state.picture.path.stem)
