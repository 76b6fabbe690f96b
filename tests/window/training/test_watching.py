"""The state follows runs; wishes about them are granted; what ends is told."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from explorer import paths
from explorer.records import Weights
from explorer.training.data.examples import Dataset
from explorer.training.runs.lock import hold
from explorer.window.state import Store
from explorer.window.training import watching
from explorer.window.training.seen import RunSeen

from ..simulated_runs import Simulated, draw_pictures, simulate


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return draw_pictures(tmp_path / "pictures")


@pytest.fixture
def make(dataset: Dataset, monkeypatch) -> Callable[..., Simulated]:
    """Makes runs in the usual folder; it is looked at often."""
    for name in ("WHILE_ALIVE", "AT_REST"):
        monkeypatch.setattr(watching, name, 20)

    def make_one(name: str, recipe: str = "adam-384", *args: object) -> Simulated:
        return simulate(paths.runs() / name, dataset, recipe, *args)

    return make_one


def seen(store: Store, name: str) -> RunSeen | None:
    return next((one for one in store.state.runs if one.name == name), None)


def shown(store: Store) -> list[str]:
    return [folder.name for folder in store.state.shown_runs]


def test_a_living_run_is_found_again_at_the_start(make, controller, store, qtbot):
    """It is shown before newer ones that have ended, with its curves, and is followed."""
    alive = make("alive").start().train(15)
    make("newer").start().train(10).end()
    with hold(alive.run.lock):
        controller.runs.start()
        qtbot.waitUntil(lambda: shown(store) == ["alive"])
        qtbot.waitUntil(lambda: seen(store, "alive").curves is not None)
        assert seen(store, "alive").doing == "running"
        alive.train(10)
        qtbot.waitUntil(lambda: seen(store, "alive").step == 25)
    qtbot.waitUntil(lambda: seen(store, "alive").doing == "interrupted")


def test_runs_that_come_are_found(make, controller, store, qtbot):
    """Also one that another program began."""
    controller.runs.start()
    made = make("late").start()
    qtbot.waitUntil(lambda: seen(store, "late") is not None)
    assert shown(store) == ["late"]
    made.end()


def test_ends_are_told(make, controller, store, qtbot):
    """How well it did; or why it broke off, and what to do."""
    answers = []
    controller.told.connect(answers.append)
    good, bad = make("good").start().train(10), make("bad").start()
    gone = make("gone").start()
    with hold(good.run.lock), hold(bad.run.lock), hold(gone.run.lock):
        controller.runs.start()
        qtbot.waitUntil(lambda: len([one for one in store.state.runs if one.is_alive]) == 3)
        good.end()
        bad.end("problem", message="It went astray.", hint="Lower the learning rate.")
    qtbot.waitUntil(lambda: len(controller.problems) == 2 and bool(answers))
    right = f"{100 * good.best:.1f} %"  # as everywhere in the window
    assert answers == [f"good has finished: {right} of the validation pictures right."]
    assert set(controller.problems) == {
        "It went astray. Lower the learning rate.",
        "gone broke off. Resume it: it goes on from its last checkpoint.",
    }


def test_what_ended_before_is_not_told(make, controller, store, qtbot):
    """At the start nobody hears of old runs."""
    make("old").start().end("problem", message="It went astray.", hint="")
    controller.runs.start()
    qtbot.waitUntil(lambda: seen(store, "old") is not None)
    qtbot.wait(100)
    assert controller.problems == []


def test_a_run_that_begins_is_shown_at_once(make, controller, store, wishes, qtbot):
    """Before its first word."""
    make("old").start().end()
    controller.runs.start()
    qtbot.waitUntil(lambda: shown(store) == ["old"])
    new = make("new")
    wishes.run_begun.emit(new.run.folder)
    assert shown(store) == ["new"]
    qtbot.waitUntil(lambda: seen(store, "new") is not None)
    assert seen(store, "new").doing == "starting"


def test_wishes_reach_the_run(make, controller, store, wishes, qtbot):
    """Paused, resumed, stopped, as the training hears it."""
    made = make("alive").start()
    with hold(made.run.lock):
        controller.runs.start()
        qtbot.waitUntil(lambda: seen(store, "alive") is not None)
        for wish, asked in (
            (wishes.run_paused, "pause"),
            (wishes.run_resumed, ""),
            (wishes.run_stopped, "stop"),
        ):
            wish.emit(made.run.folder)
            qtbot.waitUntil(lambda asked=asked: seen(store, "alive").asked == asked)


def test_a_renamed_run_stays_shown(make, controller, store, wishes, qtbot):
    """Its curves stay; a name that cannot be is told."""
    make("first").start().train(10).end()
    make("second").start().train(10).end()
    controller.runs.start()
    qtbot.waitUntil(lambda: len(store.state.runs) == 2)
    folder = paths.runs() / "first"
    wishes.runs_chosen.emit((folder,))
    wishes.run_renamed.emit(folder, "third")
    qtbot.waitUntil(lambda: seen(store, "third") is not None)
    assert shown(store) == ["third"]
    wishes.run_renamed.emit(paths.runs() / "third", "a/b")
    qtbot.waitUntil(lambda: bool(controller.problems))
    assert "cannot be the name" in controller.problems[0]


def test_a_deleted_run_makes_room_for_another(make, controller, store, wishes, qtbot):
    """Its folder is gone, and another one is shown."""
    made = make("first").start().end()
    make("second").start().end()
    controller.runs.start()
    qtbot.waitUntil(lambda: len(store.state.runs) == 2)
    wishes.runs_chosen.emit((made.run.folder,))
    wishes.run_discarded.emit(made.run.folder)
    qtbot.waitUntil(lambda: shown(store) == ["second"])
    assert not made.run.folder.exists()


def test_before_and_after(make, controller, store, wishes, shelf, qtbot):
    """What a run began with is loaded first, then its best model beside it."""
    made = make("one").start().train(10).end()
    controller.start()
    qtbot.waitUntil(lambda: store.state.model is not None and bool(store.state.runs))
    wishes.run_compared.emit(made.run.folder)
    qtbot.waitUntil(lambda: bool(store.state.second and store.state.second.model))
    first = Weights("vit_base_patch16_384", image_size=(384, 384))
    assert store.state.wanted == first
    assert store.state.second.wanted == Weights("", made.run.best)


def test_another_model_ends_the_wait_for_before_and_after(
    make, controller, store, wishes, shelf, qtbot
):
    """Who chooses a model meanwhile gets that one alone."""
    made = make("one").start().train(10).end()
    controller.start()
    qtbot.waitUntil(lambda: store.state.model is not None and bool(store.state.runs))
    shelf.load_may_go.clear()
    wishes.run_compared.emit(made.run.folder)
    qtbot.waitUntil(lambda: store.state.wanted.image_size == (384, 384))
    wishes.weights_chosen.emit(Weights("other"))
    shelf.load_may_go.set()
    qtbot.waitUntil(lambda: store.state.model.source == "other")
    assert store.state.second is None


def test_tables_are_written(make, controller, store, wishes, qtbot, tmp_path):
    """Where a file cannot be written, that is said."""
    make("one").start().train(20).end()
    controller.runs.start()
    qtbot.waitUntil(lambda: bool(store.state.runs))
    for name, kind in (("all.csv", "runs"), ("homework.md", "settings")):
        with qtbot.waitSignal(controller.told):
            wishes.runs_exported.emit(tmp_path / name, kind)
    assert (tmp_path / "all.csv").read_text().startswith("run,recipe,best validation accuracy")
    assert "| Published | Difference |" in (tmp_path / "homework.md").read_text()
    wishes.runs_exported.emit(tmp_path / "nowhere" / "all.csv", "runs")
    qtbot.waitUntil(lambda: len(controller.problems) == 1)


def test_stop_all(make, controller, store, qtbot):
    """All that live are asked before it is said so; those that rest are not."""
    alive, rests = make("alive").start(), make("rests").start().end()
    with hold(alive.run.lock):
        controller.runs.start()
        qtbot.waitUntil(lambda: len(store.state.runs) == 2)
        asked = []
        controller.runs.stop_all(lambda: asked.append((alive.run.folder / "stop").exists()))
        qtbot.waitUntil(lambda: asked == [True])
    assert not (rests.run.folder / "stop").exists()


def test_chosen_runs_stay_chosen(make, controller, store, wishes, qtbot):
    """What a person chose is not changed by runs that begin elsewhere."""
    for name in ("one", "two"):
        make(name).start().train(3).end()
    controller.runs.start()
    qtbot.waitUntil(lambda: len(store.state.runs) == 2)
    chosen = tuple(one.folder for one in store.state.runs)
    wishes.runs_chosen.emit(chosen)
    other = make("three").start()
    with hold(other.run.lock):
        qtbot.waitUntil(lambda: len(store.state.runs) == 3)
        assert store.state.shown_runs == chosen
        assert [one.name for one in replace(store.state).seen_runs] == [f.name for f in chosen]
