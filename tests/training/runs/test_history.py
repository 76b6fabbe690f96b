"""What a run's events come to: curves, epochs, the best one; what is done anew counts once."""

from pathlib import Path

import pytest

from explorer.training.runs import events
from explorer.training.runs.events import EventLog
from explorer.training.runs.history import History


@pytest.fixture
def log(tmp_path: Path):
    log = EventLog(tmp_path / "events.jsonl")
    yield log
    log.close()


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "events.jsonl")


def _begin(log: EventLog, kind: str = "started", step: int = 0, epochs: int = 0) -> None:
    log.append(kind, step=step, epochs_done=epochs, steps=8, device="CPU")


def _step(log: EventLog, step: int, loss: float = 1.0) -> None:
    log.append(
        "step", step=step, loss=loss, learning_rate=0.1, pictures_per_second=9.5, eta_seconds=4.0
    )


def _epoch(log: EventLog, epoch: int, top1: float, is_best: bool, stage: int = 0) -> None:
    facts = {"train_loss": 1.0, "train_accuracy": 0.5, "loss": 0.9, "top5": 1.0, "seconds": 3.0}
    log.append(
        "epoch", epoch=epoch, stage=stage, step=2 * epoch, steps=8, top1=top1, is_best=is_best,
        learning_rate=0.1, **facts,
    )  # fmt: skip


def test_it_follows_while_events_come(log: EventLog, history: History):
    """Each look takes in what is new, and says whether there was anything."""
    assert not history.update()
    _begin(log)
    _step(log, 1, 2.0)
    assert history.update()
    assert not history.update()
    _step(log, 2, float("nan"))
    _epoch(log, 1, 0.4, True)
    _epoch(log, 2, 0.4, False)
    history.read()
    assert history.steps.tolist() == [1, 2]
    assert history.losses[0] == 2.0
    assert history.losses[1] != history.losses[1]  # NaN
    assert history.learning_rates.tolist() == [0.1, 0.1]
    assert history.progress == (4, 8)
    assert (history.speed, history.time_left) == (9.5, 4.0)
    assert history.best.epoch == 1
    assert history.last["kind"] == "epoch"


def test_what_a_resumed_run_does_anew_counts_once(log: EventLog, history: History):
    """Steps and epochs after the checkpoint are forgotten, and so is what had ended it."""
    _begin(log)
    for step in (1, 2, 3, 4, 5):
        _step(log, step)
    _epoch(log, 1, 0.4, True)
    _epoch(log, 2, 0.6, True)
    log.append("problem", message="The disk is full.", hint="Make room.")
    history.read()
    assert history.problem.message == "The disk is full."
    assert len(history.epochs) == 2
    _begin(log, "resumed", step=3, epochs=1)
    _step(log, 4, 7.0)
    history.read()
    assert history.steps.tolist() == [1, 2, 3, 4]
    assert history.losses[-1] == 7.0
    assert [epoch.epoch for epoch in history.epochs] == [1]
    assert history.problem is None
    _begin(log)  # the checkpoint was taken away: all begins anew
    assert history.read().steps.tolist() == []


def test_events_of_other_versions_are_passed_over(log: EventLog, history: History):
    """A kind that nobody knows stops nobody."""
    log.append("fireworks", colour="red")
    assert history.read().last["kind"] == "fireworks"


def test_a_long_history_is_read_in_bites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """100,000 steps: no bite takes in many, and a table that wants no steps understands none."""
    path = tmp_path / "events.jsonl"
    line = (
        b'{"at":1.5,"kind":"step","step":%d,"loss":0.5,"learning_rate":0.0001,'
        b'"pictures_per_second":9.5,"eta_seconds":4.0}\n'
    )
    path.write_bytes(b"".join(line % number for number in range(1, 100_001)))
    log = EventLog(path)
    _epoch(log, 1, 0.4, True)
    log.close()
    history, before = History(path), 0
    while history.is_behind:
        history.update(most=1 << 16)
        assert len(history.steps) - before < 1000
        before = len(history.steps)
    assert len(history.steps) == 100_000
    understood: list[bytes] = []
    usual = events._parse
    monkeypatch.setattr(events, "_parse", lambda line: understood.append(line) or usual(line))
    short = History(path, steps=False).read()
    assert len(understood) == 1
    assert (len(short.steps), len(short.epochs)) == (0, 1)
