"""What is said of runs: in one line, in a title's corner, in a table's cell."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...training.runs.history import EpochResult
from ..parts.numbers import significant
from ..training.seen import Doing, RunSeen
from ..words import name_duration
from .translation import tr

BETWEEN = " · "


def percent(share: float) -> str:
    """“94.4 %”."""
    return tr("{0} %").format(f"{100 * share:.1f}")


def name_doing(doing: Doing) -> str:
    """What a run does, in a word or two."""
    return {
        "new": tr("not begun"),
        "starting": tr("starting…"),
        "running": tr("running"),
        "paused": tr("paused"),
        "stopped": tr("stopped"),
        "finished": tr("finished"),
        "failed": tr("failed"),
        "interrupted": tr("broke off"),
    }[doing]


def state_of(seen: RunSeen) -> str:
    """What a run does, or is about to do."""
    if seen.doing == "running" and seen.asked:
        return tr("stopping…") if seen.asked == "stop" else tr("pausing…")
    if seen.doing == "running" and seen.all_epochs:
        return epoch_of(seen)
    return name_doing(seen.doing)


def epoch_of(seen: RunSeen) -> str:
    """“epoch 7 of 30”: the one that is under way, or the last one."""
    under_way = min(len(seen.epochs) + 1, seen.all_epochs) if seen.is_alive else len(seen.epochs)
    return tr("epoch {0} of {1}").format(under_way, seen.all_epochs)


def corner(runs: Sequence[RunSeen]) -> str:
    """Beside the panel's title: “epoch 7 of 30 · 4 min left · 52 pictures/s”."""
    if not runs:
        return ""
    if len(runs) > 1:
        return tr("{0} runs").format(len(runs))
    (seen,) = runs
    told = [state_of(seen)]
    if seen.doing == "running":
        told += _pace(seen)
    elif seen.best is not None:
        told.append(_best(seen.best))
    return BETWEEN.join(told)


def line(runs: Sequence[RunSeen]) -> str:
    """Below the curves: all there is to know of a run, or the best of several."""
    if not runs:
        return ""
    return _line_of_one(runs[0]) if len(runs) == 1 else _line_of_many(runs)


def _line_of_one(seen: RunSeen) -> str:
    if seen.problem is not None:
        return str(seen.problem)
    told = [state_of(seen)]
    if seen.steps and seen.step < seen.steps:
        told.append(tr("step {0:,} of {1:,}").format(seen.step, seen.steps))
    if seen.doing == "running":
        told += _pace(seen)
    if seen.best is not None:
        told.append(_best(seen.best))
    if seen.last is not None and not seen.is_alive:
        told.append(name_duration(seen.last.seconds))
    return BETWEEN.join([*told, seen.device] if seen.device else told)


def _best(best: EpochResult) -> str:
    if math.isnan(best.bleu):
        return tr("best {0}, epoch {1}").format(percent(best.top1), best.epoch)
    text = tr("best {0}, BLEU-4 {1:.3f}, epoch {2}")
    return text.format(percent(best.top1), best.bleu, best.epoch)


def _pace(seen: RunSeen) -> list[str]:
    told = []
    if seen.time_left is not None:
        told.append(tr("{0} left").format(name_duration(seen.time_left)))
    if seen.speed is not None:
        told.append(tr("{0} pictures/s").format(significant(seen.speed, 2)))
    return told


def _line_of_many(runs: Sequence[RunSeen]) -> str:
    judged = [(seen.best.top1, seen.name) for seen in runs if seen.best is not None]
    if not judged:
        return tr("{0} runs, none of them judged yet").format(len(runs))
    top1, name = max(judged)
    return tr("best of {0} runs: {1}, {2}").format(len(runs), name, percent(top1))
