"""The door: what the command line can ask for, and how it says no."""

import sys
from pathlib import Path

import pytest

import explorer.__main__ as door
from explorer import __version__
from explorer.records import Weights


@pytest.fixture
def opened(monkeypatch) -> list[tuple[Path | None, Weights | None]]:
    """What the window was opened with, in place of a window."""
    calls: list[tuple[Path | None, Weights | None]] = []

    def open_window(path: Path | None, weights: Weights | None) -> int:
        calls.append((path, weights))
        return 0

    monkeypatch.setattr("explorer.window.app.open_window", open_window)
    return calls


def test_window_without_arguments(opened):
    """It opens where it was left."""
    assert door.run([]) == 0
    assert opened == [(None, None)]


def test_window_with_a_folder(opened, tmp_path, monkeypatch):
    """A folder is opened, also by a relative path."""
    (tmp_path / "cats").mkdir()
    monkeypatch.chdir(tmp_path)
    assert door.run(["cats"]) == 0
    assert opened == [(tmp_path / "cats", None)]


def test_model_and_weights(opened, tmp_path):
    """A model by name, a checkpoint, both, or random weights."""
    file = tmp_path / "pets.pth"
    file.touch()
    door.run(["--model", "vit_tiny_patch16_224"])
    door.run(["--weights", str(file)])
    door.run(["--model", "vit_tiny_patch16_224", "--weights", str(file)])
    door.run(["--model", "vit_tiny_patch16_224", "--weights", "random"])
    assert [weights for _, weights in opened] == [
        Weights("vit_tiny_patch16_224"),
        Weights("", file=file),
        Weights("vit_tiny_patch16_224", file=file),
        Weights("vit_tiny_patch16_224", random=True),
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere"], "no folder or picture nowhere"),
        (["--weights", "nowhere.pth"], "nowhere.pth"),
        (["--weights", "random"], "--model NAME"),
    ],
)
def test_what_cannot_be(opened, capsys, arguments, words):
    """One sentence on the error stream, exit code 2, no window."""
    assert door.run(arguments) == 2
    assert words in capsys.readouterr().err
    assert not opened


@pytest.mark.parametrize("arguments", [["--nonsense"], ["a", "b"], ["--model"]])
def test_wrong_arguments(capsys, arguments):
    """They are refused as argparse does."""
    with pytest.raises(SystemExit) as exit_:
        door.run(arguments)
    assert exit_.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_version_and_help(capsys):
    """--version says it; --help names the commands."""
    for argument, words in (("--version", __version__), ("--help", "predict")):
        with pytest.raises(SystemExit) as exit_:
            door.run([argument])
        assert exit_.value.code == 0
        assert words in capsys.readouterr().out


def test_command(monkeypatch):
    """A command's name runs it, with what follows."""
    calls = []
    monkeypatch.setattr("explorer.commands.run", lambda argv: calls.append(list(argv)) or 7)
    assert door.run(["predict", "cats", "--out", "pred.csv"]) == 7
    assert calls == [["predict", "cats", "--out", "pred.csv"]]


def test_folder_that_is_called_like_a_command(opened, tmp_path, monkeypatch):
    """Alone it is opened; with what follows, it is the command all the same."""
    (tmp_path / "predict").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("explorer.commands.run", lambda argv: 7)
    assert door.run(["predict"]) == 0
    assert door.run(["predict", "cats"]) == 7
    assert opened == [(tmp_path / "predict", None)]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_machine_without_a_screen(opened, monkeypatch, capsys):
    """It is told which commands work there, instead of an abort."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert door.run([]) == 2
    assert "predict" in capsys.readouterr().err
    assert not opened


def test_machine_without_qt(monkeypatch, capsys):
    """A server without Qt's libraries is told which commands work there."""
    monkeypatch.setitem(__import__("sys").modules, "PySide6.QtWidgets", None)
    assert door.run([]) == 2
    assert "predict" in capsys.readouterr().err
