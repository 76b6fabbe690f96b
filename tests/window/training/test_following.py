"""Runs are found, read in bites, asked, renamed and deleted: what the worker's thread does."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from explorer import paths
from explorer.errors import ExplorerError
from explorer.training.data.examples import Dataset
from explorer.training.runs.lock import hold
from explorer.window.training import following
from explorer.window.training.following import RunFollower
from explorer.window.training.seen import RunSeen

from ..simulated_runs import Simulated, draw_pictures, simulate

Make = Callable[..., Simulated]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return draw_pictures(tmp_path / "pictures")


@pytest.fixture
def make(dataset: Dataset) -> Make:
    """Makes runs in the usual folder: `make("name", recipe, changes, per_epoch, skill)`."""

    def make_one(name: str, *args: object) -> Simulated:
        return simulate(paths.runs() / name, dataset, *args)

    return make_one


@pytest.fixture
def follower() -> RunFollower:
    return RunFollower(paths.runs())


def look(follower: RunFollower, *shown: Path) -> dict[str, RunSeen]:
    """All runs by name, once everything is read."""
    while True:
        found = follower.look(shown, lambda: False)
        if not found.is_behind:
            return {seen.name: seen for seen in found.runs}


def test_what_is_known_of_a_run(follower, make):
    """State, best epoch, progress, pace and files, as the events tell them."""
    made = make("one").start().sample().probe(0, (1, 1)).train(25)
    with hold(made.run.lock):
        seen = look(follower, made.run.folder)["one"]
    assert (seen.doing, seen.step, seen.steps, seen.device) == ("running", 25, 200, "CPU")
    assert [result.epoch for result in seen.epochs] == [1, 2]
    assert seen.best is seen.epochs[1]
    assert (seen.speed, seen.time_left) == (52.3, 43.8)
    assert seen.samples == {0: made.run.folder / "sample/stage-0.npz"}
    assert seen.probes == {0: made.run.folder / "probe/epoch-000.npz"}


def test_what_did_not_move_stays_the_same(follower, make):
    """So nobody redraws what is as it was; what moved is seen anew."""
    rests, moves = make("rests").start().train(5), make("moves").start().train(5)
    first = look(follower)
    moves.train(10)
    second = look(follower)
    assert second["rests"] is first["rests"]
    assert second["moves"] is not first["moves"]
    assert len(second["moves"].epochs) == 1
    rests.end()
    assert look(follower)["rests"].doing == "finished"


def test_states(follower, make):
    """Who lives holds the lock; how the others ended, their last event says."""
    make("new")
    paused = make("paused").start()
    paused.log.append("paused", step=0)
    make("stopped").start().end("stopped")
    make("failed").start().end("problem", message="It broke.", hint="Mend it.")
    make("broke off").start().train(1)
    with hold(paused.run.lock):
        seen = look(follower)
    told = {name: one.doing for name, one in seen.items()}
    assert told == {
        "new": "new",
        "paused": "paused",
        "stopped": "stopped",
        "failed": "failed",
        "broke off": "interrupted",
    }
    assert str(seen["failed"].problem) == "It broke. Mend it."


def test_steps_are_read_of_runs_that_are_shown(follower, make):
    """The others are read ten times as fast, without curves."""
    shown, other = make("shown").start().train(30).end(), make("other").start().train(30).end()
    seen = look(follower, shown.run.folder)
    assert seen["other"].curves is None
    assert seen["shown"].curves.steps.tolist() == list(range(1, 31))
    assert look(follower, other.run.folder)["other"].curves.steps.size == 30


def test_a_run_without_events_has_empty_curves(follower, make):
    """There is nothing more to be read of it: nobody looks again and again."""
    made = make("new")
    look(follower)
    assert look(follower, made.run.folder)["new"].curves.steps.size == 0


def test_long_histories_are_read_in_bites(follower, make, monkeypatch):
    """A look never takes long: the next one goes on where it ended."""
    made = make("long", "adam-384", [], 100).start().train(2000)
    monkeypatch.setattr(following, "BITE_OF_STEPS", 20_000)
    monkeypatch.setattr(following, "AT_ONCE", 0.0)
    sizes, is_behind = [], True
    while is_behind:
        found = follower.look([made.run.folder], lambda: False)
        is_behind = found.is_behind
        sizes.append(found.runs[0].step)
    assert len(sizes) > 5
    assert sizes == sorted(sizes)
    assert sizes[-1] == 2000


def test_epochs_between_many_steps_are_found(follower, make, monkeypatch):
    """A bite without a single epoch is no end."""
    made = make("long", "adam-384", [], 500).start().train(1000)
    monkeypatch.setattr(following, "BITE", 10_000)
    assert len(look(follower)["long"].epochs) == 2
    made.end()


def test_a_torn_last_line_is_not_waited_for(follower, make):
    """A killed process leaves half a line; nobody reads on and on for it."""
    made = make("killed").start().train(5)
    with made.run.events.open("ab") as file:
        file.write(b'{"at":1,"kind":"ste')
    follower.look([], lambda: False)
    assert not follower.look([], lambda: False).is_behind


def test_settings_that_differ(follower, make):
    """Each run is told with its values of what all differ in, and of nothing else."""
    make("slow", "adam-384", ["stages.0.learning_rate=1e-6"])
    make("fast", "adam-384", ["stages.0.learning_rate=1e-4", "seed=3"])
    seen = look(follower)
    assert seen["slow"].settings == {"seed": 0, "stages.0.learning_rate": 1e-6}
    assert seen["fast"].settings == {"seed": 3, "stages.0.learning_rate": 1e-4}


def test_a_recipe_that_cannot_be_read_is_said(follower, make):
    """The run is listed all the same, with the line that is wrong."""
    made = make("odd").start()
    (made.run.folder / "recipe.toml").write_text("stages = 3\n")
    seen = look(follower)["odd"]
    assert seen.recipe is None
    assert "recipe.toml, line 1" in str(seen.problem)


def test_wishes_become_files(follower, make):
    """Pause and stop of a living run; a run that has ended hears nothing."""
    alive, ended = make("alive").start(), make("ended").start().end()
    with hold(alive.run.lock):
        look(follower)
        follower.ask(alive.run.folder, "pause")
        assert look(follower)["alive"].asked == "pause"
        follower.begin(alive.run.folder)  # it goes on
        assert look(follower)["alive"].asked == ""
    follower.ask(ended.run.folder, "stop")
    assert not (ended.run.folder / "stop").exists()


def test_a_renamed_run_keeps_all_it_has(follower, make):
    """It is followed in its new folder; a name that is taken is refused."""
    make("first").start().train(20).end()
    make("second")
    look(follower)
    folder = follower.rename(paths.runs() / "first", "third")
    assert look(follower)["third"].best is not None
    assert folder == paths.runs() / "third"
    with pytest.raises(ExplorerError, match="second"):
        follower.rename(folder, "second")


def test_a_living_run_is_deleted_when_it_has_ended(follower, make):
    """It is asked to stop; its folder goes once its process has let go of it."""
    made = make("doomed").start().train(3)
    with hold(made.run.lock):
        look(follower)
        follower.discard(made.run.folder)
        assert (made.run.folder / "stop").exists()
        assert "doomed" in look(follower)
    assert look(follower) == {}
    assert not made.run.folder.exists()


def test_a_run_elsewhere_is_seen_when_it_begins(follower, dataset, tmp_path):
    """Until its first word it is starting."""
    made = simulate(tmp_path / "elsewhere", dataset)
    follower.expect(made.run.folder)
    assert look(follower)["elsewhere"].doing == "starting"


PROGRAM = """
import sys, time
from pathlib import Path
from explorer.training.runs.events import EventLog
from explorer.training.runs.lock import hold
run = Path(sys.argv[2])
if run.name == "wrong":
    sys.exit("There is no such model.")
with hold(run / "lock"):
    log = EventLog(run / "events.jsonl")
    log.append("resumed", step=3, epochs_done=0, steps=200, device="CPU")
    while not (run / "stop").exists():
        time.sleep(0.02)
    log.append("stopped", step=3)
time.sleep(0.5)  # so long a real one takes to let go of its libraries
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tiny program in place of the trainer; what it says of itself is found by its tests."""
    script = tmp_path / "program.py"
    script.write_text(PROGRAM)
    monkeypatch.setattr(paths, "program", lambda: [sys.executable, str(script)])
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))


def wait(follower: RunFollower, name: str, doing: str, before: str = "") -> RunSeen:
    """Look until a run does something; `before`: all that it may do meanwhile."""
    deadline = time.monotonic() + 20
    while (seen := look(follower)[name]).doing != doing:
        assert time.monotonic() < deadline, seen.doing
        assert before in ("", seen.doing)
        time.sleep(0.05)
    return seen


@pytest.mark.usefixtures("program")
def test_a_run_is_resumed_in_a_process_of_its_own(follower, make):
    """Starting, running, then stopped as it was asked; by a real process."""
    made = make("resumed").start().train(3).end("stopped")
    follower.begin(made.run.folder)
    assert look(follower)["resumed"].doing in ("starting", "running")
    wait(follower, "resumed", "running")
    follower.ask(made.run.folder, "stop")
    assert wait(follower, "resumed", "stopped", before="running").problem is None


@pytest.mark.usefixtures("program")
def test_a_process_that_cannot_begin_is_told(follower, make):
    """What it said last is what is wrong."""
    made = make("wrong")
    follower.begin(made.run.folder)
    seen = wait(follower, "wrong", "new")
    assert str(seen.problem) == "wrong could not go on. There is no such model."


def test_curves_are_thinned(follower, make):
    """Points are few however many steps there are; their spread is kept, what is NaN is not."""
    made = make("long", "adam-384", [], 1000).start().train(4000)
    made.log.append("step", step=4001, stage=0, epoch=5, loss=None, learning_rate=1e-3,
                    pictures_per_second=1.0, eta_seconds=1.0)  # fmt: skip
    curves = look(follower, made.run.folder)["long"].curves
    assert curves.steps.size == 300
    assert curves.steps[-1] == 4001
    assert np.isfinite(curves.loss).all()
    assert (curves.lowest <= curves.highest).all()
    assert curves.loss[0] > curves.loss[-1]
    middle = curves.loss[5:-5]
    assert ((curves.lowest[5:-5] - 0.1 < middle) & (middle < curves.highest[5:-5] + 0.1)).all()
