"""The controller: what is wished for reaches the state, and nothing stale ever does."""

import threading
from dataclasses import replace
from pathlib import Path

import PIL.Image

from explorer.errors import WeightsMissing
from explorer.records import Picture, Query, Weights
from explorer.window import work
from explorer.window.state import Options, Overlay, State, Store


def shown(store: Store) -> tuple[str | None, bool]:
    """The picture on the screen, and whether its trace is there."""
    state = store.state
    name = state.picture.path.stem if state.picture else None
    return name, state.trace is not None


def test_folder_click_to_trace(controller, store, wishes, shelf, pictures, qtbot):
    """A chosen picture is read, shown, and traced by the loaded model."""
    controller.start()
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store) == ("a", True))
    assert store.state.path == pictures[0]
    assert store.state.model == shelf.vit.info
    assert store.state.traced_in is not None


def test_picture_appears_while_the_model_loads(controller, store, wishes, shelf, pictures, qtbot):
    """The picture does not wait for the model; the model then traces what is shown."""
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store) == ("a", False))
    controller.start()
    qtbot.waitUntil(lambda: shown(store) == ("a", True))


def test_no_overlay_of_another_picture(controller, store, wishes, shelf, pictures, qtbot):
    """In no state does a trace lie over a picture that it is not of."""
    owners: dict[int, str] = {}
    states: list[State] = []
    store.changed.connect(lambda old, new: states.append(new))
    controller.start()
    for path in [*pictures, *reversed(pictures)]:
        wishes.picture_chosen.emit(path, tuple(pictures))
        qtbot.waitUntil(lambda path=path: shown(store) == (path.stem, True))
    for state in states:
        if state.trace is not None:
            name = state.picture.path.stem
            assert owners.setdefault(id(state.trace), name) == name
    assert len(owners) == len(pictures)


def test_of_twenty_quick_choices_only_the_last_is_traced(
    controller, store, wishes, shelf, pictures, qtbot
):
    """Whoever leans on the arrow key gets the last picture, and soon."""
    controller.start()
    qtbot.waitUntil(lambda: store.state.model is not None)
    shelf.vit.may_go.clear()
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(shelf.vit.entered.is_set)
    for number in range(20):
        wishes.picture_chosen.emit(pictures[1 + number % 3], ())
    wishes.picture_chosen.emit(pictures[4], ())
    qtbot.waitUntil(lambda: shown(store) == ("e", False))
    shelf.vit.may_go.set()
    qtbot.waitUntil(lambda: shown(store) == ("e", True))
    assert shelf.vit.seen == ["a", "e"]


def test_last_picture_stays_until_the_next_is_read(controller, store, wishes, pictures, qtbot):
    """Between two pictures the view does not go blank."""
    blank: list[State] = []
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store)[0] == "a")
    store.changed.connect(lambda old, new: new.picture is None and blank.append(new))
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: shown(store)[0] == "b")
    assert not blank


def test_slow_picture_clears_the_view(controller, store, wishes, pictures, qtbot, monkeypatch):
    """A picture that takes long does not pretend to be the last one."""
    may_go = threading.Event()

    def slow(path: Path) -> Picture:
        assert may_go.wait(10)
        return real(path)

    real = work.read_picture
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store)[0] == "a")
    monkeypatch.setattr(work, "read_picture", slow)
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: store.state.picture is None)
    may_go.set()
    qtbot.waitUntil(lambda: shown(store)[0] == "b")


def test_neighbours_are_traced_ahead(controller, store, wishes, shelf, pictures, qtbot):
    """The next picture is there at once: in the very call that chooses it."""
    controller.start()
    wishes.picture_chosen.emit(pictures[0], (pictures[1], pictures[2]))
    qtbot.waitUntil(lambda: shelf.vit.seen == ["a", "b", "c"])
    qtbot.waitUntil(lambda: len(controller._traces) == 3)
    wishes.picture_chosen.emit(pictures[1], ())
    assert shown(store) == ("b", True)
    assert store.state.traced_in is None


def test_work_ahead_makes_way(controller, store, wishes, shelf, pictures, qtbot):
    """A real wish stops what is traced ahead, which is taken up again later."""
    controller.start()
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store) == ("a", True))
    shelf.vit.may_go.clear()
    shelf.vit.entered.clear()
    wishes.picture_chosen.emit(pictures[0], (pictures[1],))
    qtbot.waitUntil(shelf.vit.entered.is_set)
    answers: list[str] = []
    controller.compute("question", lambda task: "answer", answers.append)
    qtbot.waitUntil(lambda: answers == ["answer"])
    shelf.vit.may_go.set()
    qtbot.waitUntil(lambda: len(controller._traces) == 2)


def test_bad_neighbour_does_not_stop_the_others(controller, store, wishes, shelf, pictures, qtbot):
    """A broken file that nobody chose says nothing and is passed over."""
    pictures[1].write_bytes(b"broken")
    controller.start()
    wishes.picture_chosen.emit(pictures[0], (pictures[1], pictures[2]))
    qtbot.waitUntil(lambda: shelf.vit.seen == ["a", "c"])
    assert store.state.picture_problem is None
    assert not controller.problems


def test_changed_file_is_read_again(controller, store, wishes, shelf, pictures, qtbot):
    """A picture that was edited since is not shown from the cache."""
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store)[0] == "a")
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: shown(store)[0] == "b")
    PIL.Image.new("RGB", (200, 100)).save(pictures[0])
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: store.state.picture.size == (200, 100))


def test_broken_picture_keeps_the_place(controller, store, wishes, shelf, pictures, qtbot):
    """A file that cannot be read says why; the next one works as before."""
    pictures[1].write_bytes(b"not a picture")
    controller.start()
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: store.state.picture_problem is not None)
    assert store.state.path == pictures[1]
    assert shown(store) == (None, False)
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store) == ("a", True))
    assert store.state.picture_problem is None


def test_missing_weights_are_never_fetched_silently(controller, store, shelf, wishes, qtbot):
    """Without the weights the window says so, and asks before it downloads."""
    shelf.missing.add(store.state.wanted.name)
    controller.start()
    qtbot.waitUntil(lambda: isinstance(store.state.model_problem, WeightsMissing))
    assert [may_download for *_, may_download in shelf.loaded] == [False]
    wishes.download_wished.emit()
    qtbot.waitUntil(lambda: store.state.activity is not None and store.state.activity.done == 0.25)
    assert store.state.activity.cancellable
    shelf.download_may_go.set()
    qtbot.waitUntil(lambda: store.state.model is not None)
    assert store.state.model_problem is None
    qtbot.waitUntil(lambda: store.state.activity is None)


def test_cancelled_download_can_be_wished_again(controller, store, shelf, wishes, qtbot):
    """Cancel ends the download and leaves the offer to download."""
    shelf.missing.add(store.state.wanted.name)
    controller.start()
    qtbot.waitUntil(lambda: store.state.model_problem is not None)
    wishes.download_wished.emit()
    qtbot.waitUntil(lambda: store.state.activity is not None and store.state.activity.done == 0.25)
    wishes.cancel_wished.emit()
    assert store.state.activity is None
    assert isinstance(store.state.model_problem, WeightsMissing)
    shelf.download_may_go.set()
    wishes.download_wished.emit()
    qtbot.waitUntil(lambda: store.state.model is not None)


def test_failed_download_is_offered_again(controller, store, shelf, wishes, qtbot):
    """Why it failed is said, and one click tries again."""
    shelf.missing.add(store.state.wanted.name)
    controller.start()
    qtbot.waitUntil(lambda: store.state.model_problem is not None)
    shelf.broken_line = True
    wishes.download_wished.emit()
    qtbot.waitUntil(lambda: "broke off" in str(store.state.model_problem))
    assert isinstance(store.state.model_problem, WeightsMissing)


def test_failed_model_leaves_the_last_one(controller, store, shelf, wishes, pictures, qtbot):
    """A model that cannot be had does not take away the one in use."""
    controller.start()
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store) == ("a", True))
    shelf.missing.add("other")
    wishes.weights_chosen.emit(Weights("other"))
    qtbot.waitUntil(lambda: "not here" in "".join(controller.problems))
    assert store.state.model == shelf.vit.info
    assert store.state.model_problem is None
    assert store.state.wanted == State().wanted
    assert shown(store) == ("a", True)


def test_missing_model_is_fetched_beside_the_last_one(
    controller, store, shelf, wishes, pictures, qtbot
):
    """While a download runs the model in use goes on tracing; then the new one takes over."""
    controller.start()
    qtbot.waitUntil(lambda: store.state.model is not None)
    shelf.missing.add("other")
    wishes.weights_chosen.emit(Weights("other"))
    qtbot.waitUntil(lambda: "not here" in "".join(controller.problems))
    wishes.download_wished.emit()
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store) == ("a", True))
    assert store.state.activity is not None
    shelf.download_may_go.set()
    qtbot.waitUntil(lambda: store.state.wanted.name == "other")
    qtbot.waitUntil(lambda: shown(store) == ("a", True) and shelf.vit.seen == ["a"])


def test_cancelled_loading_says_what_to_do(controller, store, shelf, wishes, qtbot):
    """Whoever cancels the first model is told that there is none, and how to get one."""
    controller.start()
    wishes.cancel_wished.emit()
    assert store.state.model_problem.hint
    wishes.weights_chosen.emit(Weights("other"))
    qtbot.waitUntil(lambda: store.state.model is not None)
    assert store.state.model_problem is None


def test_new_model_traces_the_picture_anew(controller, store, shelf, wishes, pictures, qtbot):
    """The old model's overlay goes; the query stays where the new model has it."""
    controller.start()
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store) == ("a", True))
    old = store.state.trace
    wishes.query_chosen.emit(Query(3, 2, (5, 8)))
    shelf.change(name="small", layers=2, heads=2)
    wishes.weights_chosen.emit(Weights("small"))
    qtbot.waitUntil(lambda: store.state.model is not None and store.state.model.name == "small")
    qtbot.waitUntil(lambda: store.state.trace not in (None, old))
    assert store.state.query == Query(-1, "mean", (5, 8))


def test_options_load_the_model_anew(controller, store, shelf, wishes, qtbot):
    """Another device or precision reaches the loader."""
    controller.start()
    qtbot.waitUntil(lambda: store.state.model is not None)
    wishes.options_chosen.emit(Options(device="cpu", precision="bfloat16"))
    qtbot.waitUntil(lambda: len(shelf.loaded) == 2)
    assert shelf.loaded[1][1:3] == ("cpu", "bfloat16")


def test_impossible_option_is_taken_back(controller, store, shelf, wishes, qtbot):
    """A device that is not there is said, and the model in use goes on."""
    controller.start()
    qtbot.waitUntil(lambda: store.state.model is not None)
    wishes.options_chosen.emit(Options(device="mps"))
    qtbot.waitUntil(lambda: "mps" in "".join(controller.problems))
    assert store.state.options == Options()
    assert store.state.model_problem is None


def test_framing_needs_no_loading(controller, store, shelf, wishes, pictures, qtbot):
    """Another framing retraces with the same network; going back is answered by the cache."""
    controller.start()
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store) == ("a", True))
    squashed = store.state.trace
    wishes.options_chosen.emit(Options(framing="crop"))
    assert store.state.trace is None
    qtbot.waitUntil(lambda: store.state.trace is not None)
    assert store.state.model.framing == "crop"
    wishes.options_chosen.emit(Options())
    assert store.state.trace is squashed
    assert len(shelf.loaded) == 1


def test_late_trace_of_another_framing(controller, store, wishes, shelf, pictures, qtbot):
    """Whoever goes back before the new framing is traced keeps what is shown."""
    controller.start()
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store) == ("a", True))
    squashed = store.state.trace
    shelf.vit.may_go.clear()
    shelf.vit.entered.clear()
    wishes.options_chosen.emit(Options(framing="crop"))
    qtbot.waitUntil(shelf.vit.entered.is_set)
    wishes.options_chosen.emit(Options())
    shelf.vit.may_go.set()
    answers: list[str] = []
    controller.compute("question", lambda task: "answer", answers.append)
    qtbot.waitUntil(lambda: answers == ["answer"])
    assert store.state.trace is squashed


def test_model_that_moved_is_said(controller, store, shelf, wishes, pictures, qtbot):
    """CUDA out of memory: the model goes on on the CPU, and the window says so."""
    controller.start()
    qtbot.waitUntil(lambda: store.state.model is not None)
    vit = controller._first.in_use.vit
    vit.info = replace(vit.info, device="CPU (the GPU's memory was full)")
    with qtbot.waitSignal(controller.told):
        wishes.picture_chosen.emit(pictures[0], ())
    assert store.state.model.device.startswith("CPU (")


def test_unforeseen_error_keeps_the_program(
    controller, store, shelf, wishes, pictures, qtbot, monkeypatch
):
    """A fault in the model reaches the window as a sentence; the next picture works."""
    controller.start()
    qtbot.waitUntil(lambda: store.state.model is not None)
    with monkeypatch.context() as patch:
        patch.setattr(type(shelf.vit), "trace", lambda *args, **named: 1 / 0)
        wishes.picture_chosen.emit(pictures[0], ())
        qtbot.waitUntil(lambda: "ZeroDivisionError" in "".join(controller.problems))
        assert "ZeroDivisionError" in store.state.trace_problem.message
    wishes.picture_chosen.emit(pictures[1], ())
    qtbot.waitUntil(lambda: shown(store) == ("b", True))
    assert store.state.trace_problem is None


def test_self_check(controller, store, wishes, pictures, qtbot):
    """Its sentence is told; without a picture, what is missing is."""
    controller.start()
    wishes.self_check_wished.emit()
    assert "nothing to check" in "".join(controller.problems)
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store) == ("a", True))
    with qtbot.waitSignal(controller.told) as told:
        wishes.self_check_wished.emit()
    assert told.args == ["checked a"]


def test_another_folder_clears_the_view(controller, store, wishes, pictures, tmp_path, qtbot):
    """The picture of the last folder does not stay when another folder is opened."""
    wishes.picture_chosen.emit(pictures[0], ())
    qtbot.waitUntil(lambda: shown(store)[0] == "a")
    wishes.folder_chosen.emit(tmp_path)
    assert shown(store)[0] == "a"
    (tmp_path / "other").mkdir()
    wishes.folder_chosen.emit(tmp_path / "other")
    assert (store.state.path, store.state.picture) == (None, None)


def test_small_wishes(controller, store, wishes, qtbot):
    """Hovering, the overlay and sub-folders change the state at once, without a thread."""
    wishes.patch_hovered.emit((1, 2))
    wishes.overlay_chosen.emit(Overlay(opacity=0.1))
    wishes.subfolders_chosen.emit(True)
    state = store.state
    assert (state.hovered, state.overlay.opacity, state.include_subfolders) == ((1, 2), 0.1, True)


def test_caches_are_bounded(controller, store, wishes, shelf, pictures, qtbot):
    """However many pictures are looked at, the traces stay within their bytes."""
    controller._traces.limit = 1_000_000
    controller.start()
    for path in pictures * 3:
        wishes.picture_chosen.emit(path, ())
        qtbot.waitUntil(lambda path=path: shown(store) == (path.stem, True))
    assert controller._traces.nbytes <= controller._traces.limit
    assert len(controller._traces) < len(pictures)
