"""A run's folder: made, found, watched, asked, renamed and deleted; its process by its lock."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from explorer import paths
from explorer.errors import ExplorerError
from explorer.training.data.examples import Dataset, Examples
from explorer.training.recipes.recipe import Recipe, Stage
from explorer.training.runs import lock
from explorer.training.runs import run as run_file
from explorer.training.runs.events import EventLog
from explorer.training.runs.history import EpochResult
from explorer.training.runs.lock import hold, is_held
from explorer.training.runs.run import Run, create_run, free_name, list_runs, open_run

_FACTS: dict[str, dict[str, object]] = {
    "started": {"steps": 9},
    "probe": {"epoch": 0, "path": "probe/epoch-000.npz"},
    "epoch": {**dict.fromkeys(EpochResult.__dataclass_fields__, 1), "steps": 9},
    "problem": {"message": "It broke.", "hint": ""},
}
RECIPE = Recipe(stages=(Stage(epochs=2),), model="vit_tiny_patch16_224", pretrained=False)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in ("a_0.png", "b_0.png"):
        Image.new("RGB", (4, 4)).save(folder / name)
    examples = Examples(folder, ("a_0.png", "b_0.png"), np.array([0, 1]))
    return Dataset("file names", "Two classes.", ("a", "b"), examples, examples)


@pytest.fixture
def run(tmp_path: Path, dataset: Dataset) -> Run:
    return create_run(tmp_path / "runs" / "first", RECIPE, dataset)


@contextmanager
def _holder(run: Run, forks: bool = False) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the run's lock, perhaps with a child of its own."""
    script = f"""
        import os, sys, time
        from pathlib import Path
        from explorer.training.runs.lock import hold
        with hold(Path({str(run.lock)!r})):
            if {forks} and os.fork() == 0:
                time.sleep(30)
                os._exit(0)
            print("held", flush=True)
            time.sleep(30)
    """
    command = [sys.executable, "-W", "ignore", "-c", textwrap.dedent(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as it:
        assert it.stdout is not None
        assert it.stdout.readline() == "held\n"
        try:
            yield it
        finally:
            os.killpg(it.pid, signal.SIGKILL)


def _tell(run: Run, *kinds: str) -> None:
    log = EventLog(run.events)
    for kind in kinds:
        log.append(kind, **_FACTS.get(kind, {}))
    log.close()


def test_a_new_run_holds_what_was_asked_for(run: Run, dataset: Dataset):
    """Recipe and pictures come back as they were; the folder is found among the runs."""
    assert open_run(run.folder) == run
    assert run.recipe == RECIPE
    assert run.dataset.classes == dataset.classes
    assert run.data["fingerprint"] == dataset.fingerprint()
    assert list_runs(run.folder.parent) == [run]
    assert run.state == "new"


def test_files_that_a_recipe_names_are_found_from_everywhere(
    tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
):
    """A checkpoint and a probe that are given from here are found when it starts elsewhere."""
    monkeypatch.chdir(tmp_path)
    Path("mine.pth").touch()
    recipe = Recipe(stages=RECIPE.stages, model="mine.pth", probe="pictures/a_0.png")
    kept = create_run(tmp_path / "run", recipe, dataset).recipe
    assert kept.model == str(tmp_path / "mine.pth")
    assert kept.probe == str(tmp_path / "pictures" / "a_0.png")


def test_a_probe_that_is_not_there_makes_no_run(tmp_path: Path, dataset: Dataset):
    """It is said at once, and nothing is left behind."""
    recipe = Recipe(stages=RECIPE.stages, probe="nowhere.png")
    with pytest.raises(ExplorerError, match=r"nowhere\.png, does not exist"):
        create_run(tmp_path / "run", recipe, dataset)
    assert not (tmp_path / "run").exists()


def test_a_folder_that_holds_something_is_not_taken(tmp_path: Path, dataset: Dataset):
    """Nothing of somebody else's is written over."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").touch()
    with pytest.raises(ExplorerError, match="is not empty"):
        create_run(tmp_path / "full", RECIPE, dataset)
    with pytest.raises(ExplorerError, match="is no run"):
        open_run(tmp_path / "full")


def _end_at_once(run: Run, end: str = "problem") -> None:
    """It looked at its probe, and ended in its first step."""
    _tell(run, "started", "probe", end)
    for name in ("log.txt", "lock", "probe/epoch-000.npz", "sample/stage-0.npz"):
        (run.folder / name).parent.mkdir(exist_ok=True)
        (run.folder / name).touch()


@pytest.mark.parametrize("end", ["problem", "stopped", "step"])
def test_a_run_that_ended_before_it_learned_gives_way(run: Run, dataset: Dataset, end: str):
    """The same command can be given again, with a recipe that is better; nothing is left of it."""
    _end_at_once(run, end)
    better = Recipe(stages=(Stage(epochs=9),))
    assert create_run(run.folder, better, dataset).recipe == better
    left = sorted(file.name for file in run.folder.iterdir())
    assert (run.state, left) == ("new", ["data.json", "lock", "recipe.toml"])


@pytest.mark.parametrize("kept", ["last.safetensors", "probe/epoch-001.npz", "letter.txt"])
def test_nothing_that_was_learned_is_written_over(run: Run, dataset: Dataset, kept: str):
    """Nor what is somebody else's."""
    _end_at_once(run)
    (run.folder / kept).touch()
    with pytest.raises(ExplorerError, match="is not empty"):
        create_run(run.folder, RECIPE, dataset)
    assert (run.state, (run.folder / kept).exists()) == ("failed", True)


def test_curves_are_kept_though_all_else_was_deleted(run: Run, dataset: Dataset):
    """Who makes room on the disk may leave no more than what happened in a run."""
    _tell(run, "started", "epoch", "problem")
    with pytest.raises(ExplorerError, match="is not empty"):
        create_run(run.folder, RECIPE, dataset)
    assert len(run.history().read().epochs) == 1


def test_a_run_that_is_new_or_alive_does_not_give_way(
    run: Run, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
):
    """Its process may be about to begin, or has nothing to keep so far."""
    with pytest.raises(ExplorerError, match="is not empty"):
        create_run(run.folder, RECIPE, dataset)
    monkeypatch.setattr(lock, "_PATIENCE", 0.1)
    _tell(run, "started", "step")
    with hold(run.lock), pytest.raises(ExplorerError, match="is being trained by another"):
        create_run(run.folder, RECIPE, dataset)
    assert run.state == "interrupted"


@pytest.mark.parametrize("is_there", [True, False])
def test_of_two_that_begin_at_once_in_a_folder_one_does(
    run: Run, dataset: Dataset, is_there: bool, monkeypatch: pytest.MonkeyPatch
):
    """Who looked first, and comes second, leaves alone what the other one made meanwhile."""
    _end_at_once(run) if is_there else run.delete()
    quicker = Recipe(stages=(Stage(epochs=9),))

    @contextmanager
    def outrun(path: Path) -> Iterator[None]:
        monkeypatch.setattr(run_file, "hold", hold)
        create_run(run.folder, quicker, dataset)
        with hold(path):
            yield

    monkeypatch.setattr(run_file, "hold", outrun)
    with pytest.raises(ExplorerError, match="is not empty"):
        create_run(run.folder, RECIPE, dataset)
    assert (run.recipe, run.state) == (quicker, "new")


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_what_a_run_links_to_is_never_removed(run: Run, dataset: Dataset, tmp_path: Path):
    """Somebody keeps the samples elsewhere: the link goes, they stay."""
    sample = tmp_path / "elsewhere" / "stage-0.npz"
    sample.parent.mkdir()
    sample.touch()
    _tell(run, "started", "problem")
    (run.folder / "sample").symlink_to(sample.parent)
    create_run(run.folder, RECIPE, dataset)
    assert sample.exists()
    assert not (run.folder / "sample").exists()


def test_a_run_that_cannot_be_written_leaves_no_folder(
    tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
):
    """On a full disk, say: once there is room, the same command works."""

    def fill(recipe: Recipe, file: Path) -> None:
        file.touch()
        raise ExplorerError("The disk is full.")

    monkeypatch.setattr(run_file, "write_recipe", fill)
    with pytest.raises(ExplorerError, match="is full"):
        create_run(tmp_path / "run", RECIPE, dataset)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("told", "alive", "dead"),
    [
        (["started", "step"], "running", "interrupted"),
        (["started", "paused"], "paused", "interrupted"),
        (["started", "paused", "continued"], "running", "interrupted"),
        (["started", "stopped"], "running", "stopped"),
        (["started", "epoch", "finished"], "running", "finished"),
        (["started", "problem"], "running", "failed"),
    ],
)
def test_its_state_is_told_by_the_lock_and_the_last_event(
    run: Run, told: list[str], alive: str, dead: str
):
    """No process number is asked: it may belong to another program by now."""
    _tell(run, *told)
    assert run.state == dead
    with hold(run.lock):
        assert run.state == alive
    assert run.state == dead


def test_a_lock_dies_with_its_process(run: Run):
    """After SIGKILL it is free at once, though a child of that process still lives."""
    with _holder(run, forks=hasattr(os, "fork")) as holder:
        assert is_held(run.lock)
        busy = pytest.raises(ExplorerError, match="is being trained by another process")
        with busy, hold(run.lock):
            pass
        holder.kill()
        holder.wait()
        assert not is_held(run.lock)


def test_who_asks_whether_it_lives_does_not_keep_it_from_starting(run: Run):
    """A window asks often; a process that begins meanwhile waits for that moment."""
    script = f"""
        from pathlib import Path
        from explorer.training.runs.lock import is_held
        while True:
            is_held(Path({str(run.lock)!r}))
    """
    run.lock.touch()
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(script)]) as asker:
        time.sleep(0.5)
        for _ in range(5):
            with hold(run.lock):
                pass
        asker.kill()


def test_a_run_that_is_trained_is_neither_renamed_nor_deleted(run: Run):
    """Nor is it started a second time."""
    with _holder(run):
        for act in (lambda: run.renamed("second"), run.delete, run.start):
            with pytest.raises(ExplorerError, match="is being trained"):
                act()


def test_rename_and_delete(run: Run, tmp_path: Path, dataset: Dataset):
    """A name is the folder's; one that is taken, or that some system cannot bear, is refused."""
    create_run(run.folder.with_name("second"), RECIPE, dataset)
    for wrong in ("second", "", "a/b", "..", "what?"):
        with pytest.raises(ExplorerError):
            run.renamed(wrong)
    renamed = run.renamed("learning rate 1e-4")
    assert renamed.name == "learning rate 1e-4"
    assert not run.folder.exists()
    renamed.delete()
    assert [left.name for left in list_runs(tmp_path / "runs")] == ["second"]


def test_runs_have_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: Dataset):
    """The usual folder can be moved; a new run takes a name that is free."""
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path / "mine"))
    assert list_runs() == []
    assert free_name("best") == tmp_path / "mine" / "best"
    create_run(free_name("best"), RECIPE, dataset)
    assert free_name("best") == tmp_path / "mine" / "best 2"
    assert paths.runs() == tmp_path / "mine"
