"""Trainings as people start them: from the command line, from the window, in several processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from explorer.errors import ExplorerError
from explorer.training.engine.program import Wants, train
from explorer.training.engine.tensor_file import read_tensors
from explorer.training.recipes.recipe_file import write_recipe
from explorer.training.runs.run import Run, open_run

from ..scenes import caption_recipe, caption_run, draw_captioned, draw_encoder
from ..tiny import make_run, plain, recipe

CHECKOUT = Path(__file__).resolve().parents[3]
PATIENCE = 120.0  # s


@pytest.fixture(autouse=True)
def _few_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def _long(model: Path) -> object:
    """A recipe that nobody waits for the end of."""
    usual = plain(model)
    return replace(usual, stages=(replace(usual.stages[0], epochs=100_000),))


def _wait_for(run: Run, kind: str) -> None:
    """Until something was told of a run."""
    history, end = run.history(), time.monotonic() + PATIENCE
    while history.last is None or history.last["kind"] != kind:
        assert time.monotonic() < end, run.log.read_text() if run.log.exists() else "nothing"
        time.sleep(0.02)
        history.update(most=64)  # an event or so at a time


def test_the_command_makes_a_run_trains_it_and_says_so(tmp_path: Path, model: Path, pictures: Path):
    """With a recipe of one's own and a change; torch's threads sleep while they wait."""
    write_recipe(recipe(model), tmp_path / "mine.toml")
    command = [sys.executable, CHECKOUT / "main.py", "train", "--recipe", "mine.toml"]
    command += ["--data", pictures, "--out", "run", "--device", "cpu"]
    command += ["--set", "stages.0.epochs=1", "seed=9"]
    environment = {**os.environ, "OMP_DISPLAY_ENV": "true"}
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert sys.platform != "linux" or "OMP_WAIT_POLICY = 'PASSIVE'" in done.stderr
    run = open_run(tmp_path / "run")
    assert run.state == "finished"
    assert (run.recipe.stages[0].epochs, run.recipe.seed) == (1, 9)
    for said in ("Classes are told by file names", "model on CPU, float32: 30 pictures, 6 to",
                 "Epoch 2/2: ", "Finished after 2 epochs. Best: "):  # fmt: skip
        assert said in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "What is to be trained?"),
        (["nowhere"], "is no run"),
        (["nowhere", "--recipe", "best"], "leave nowhere out"),
        (["--recipe", "worst", "--data", "."], "There is no recipe called “worst”"),
        (["--recipe", "best", "--data", "nowhere"], "nowhere"),
        (["--recipe", "best", "--data", ".", "--set", "seeds=1"], "seeds"),
    ],
)
def test_called_wrongly(
    arguments: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """One line that names what is wrong, and exit code 2; no folder is made."""
    from explorer import commands

    monkeypatch.chdir(tmp_path)
    assert commands.run(["train", *arguments]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert list(tmp_path.iterdir()) == []


def test_a_started_run_lives_by_itself_and_stops_politely(
    tmp_path: Path, model: Path, pictures: Path
):
    """Started as the window does: it is seen running, pauses, goes on, and stops with code 0."""
    run = make_run(tmp_path / "run", _long(model), pictures)
    run.ask("stop")  # of an earlier life: not heard
    child = run.start()
    _wait_for(run, "epoch")
    assert run.state == "running"
    if os.name != "nt":
        assert os.getsid(child.pid) != os.getsid(0)
        assert os.getpriority(os.PRIO_PROCESS, child.pid) > os.getpriority(os.PRIO_PROCESS, 0)
    run.ask("pause")
    _wait_for(run, "paused")
    assert run.state == "paused"
    run.take_back("pause")
    _wait_for(run, "continued")
    run.ask("stop")
    assert child.wait(PATIENCE) == 0, run.log.read_text()
    assert run.state == "stopped"
    assert "Stopped after step" in run.log.read_text()


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")
def test_a_signal_stops_and_saves_and_another_process_may_go_on(
    tmp_path: Path, model: Path, pictures: Path
):
    """SIGTERM, as at the end of a session: all is saved. Meanwhile nobody else may train it."""
    run = make_run(tmp_path / "run", _long(model), pictures)
    child = run.start()
    _wait_for(run, "epoch")
    with pytest.raises(ExplorerError, match="run is being trained by another process"):
        train(run, Wants(device="cpu"))
    child.send_signal(signal.SIGTERM)
    assert child.wait(PATIENCE) == 0, run.log.read_text()
    assert run.state == "stopped"
    assert run.last.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="killed trainings are forked")
def test_nothing_is_lost_by_kills(tmp_path: Path):
    """SIGKILL at random moments, also in the middle of a checkpoint: bit by bit the same end."""
    script = CHECKOUT / "tests" / "benchmarks" / "kills.py"
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else str(tmp_path)
    command = [sys.executable, script, "--kills", "12"]
    environment = {**os.environ, "TMPDIR": place, "PYTHONPATH": str(CHECKOUT)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert sum(json.loads(done.stdout)["kills"].values()) == 12


def test_two_processes_reach_what_one_does(tmp_path: Path, model: Path, pictures: Path):
    """With the same batches, all chance on, and sizes that do not divide: rounding apart, equal."""
    one, two = (make_run(tmp_path / name, recipe(model), pictures) for name in ("one", "two"))
    _check_alike(one, two)


def test_two_processes_learn_captions_as_one_does(tmp_path: Path):
    """The same, also where a batch has a single picture, and one process nothing to learn."""
    pictures = draw_captioned(tmp_path / "pictures")
    wanted = caption_recipe(draw_encoder(tmp_path / "model.safetensors"))
    # By its gradients alone: Adam makes as much of the smallest as of the largest.
    stage = replace(wanted.stages[0], optimiser="momentum", learning_rate=0.05)
    wanted = replace(wanted, stages=(stage,))
    one, two = (caption_run(tmp_path / name, wanted, pictures) for name in ("one", "two"))
    assert len(one.dataset.train) % stage.batch_size == 1
    _check_alike(one, two)


def _check_alike(one: Run, two: Run) -> None:
    """Train the first by one process, the second by two, and see that both come to the same."""
    program = [str(CHECKOUT / "main.py"), "train"]
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu"]
    launch += ["--num_processes", "2", "--num_machines", "1", "--mixed_precision", "no"]
    launch += ["--dynamo_backend", "no", "--main_process_port", "0", *program, str(two.folder)]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": str(CHECKOUT)}
    both = subprocess.Popen(launch, env=environment, stderr=subprocess.PIPE, text=True)
    alone = subprocess.run([sys.executable, *program, str(one.folder), "--device", "cpu"],
                           capture_output=True, text=True)  # fmt: skip
    said = both.communicate(timeout=PATIENCE)[1]
    assert (alone.returncode, both.returncode) == (0, 0), alone.stderr + said
    assert two.history().read().started["processes"] == 2
    for first, second in zip(*(run.history().read().epochs for run in (one, two)), strict=True):
        assert second.train_loss == pytest.approx(first.train_loss, abs=1e-5)
        assert second.loss == pytest.approx(first.loss, abs=1e-5)
        assert second.top1 == first.top1
    ours, theirs = (read_tensors(run.best)[0] for run in (one, two))
    for name, tensor in ours.items():
        torch.testing.assert_close(theirs[name], tensor, rtol=1e-3, atol=1e-4)


def test_what_it_takes_is_told_as_json(tmp_path: Path, model: Path, pictures: Path):
    """A line at once, and one after some trial steps; no folder is made."""
    write_recipe(recipe(model), tmp_path / "mine.toml")
    command = [sys.executable, CHECKOUT / "main.py", "train", "--recipe", "mine.toml"]
    command += ["--data", pictures, "--estimate", "--device", "cpu"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, second = map(json.loads, done.stdout.splitlines())
    assert first["seconds"] is None
    assert first["steps"] == second["steps"] == 2 * 5 + 5
    assert first["memory"] > 3 * 4 * first["parameters"]
    assert second["fits"]
    assert 0 < second["seconds"] < 60
    assert [file.name for file in tmp_path.iterdir()] == ["mine.toml"]
