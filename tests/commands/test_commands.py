"""Commands are found by file, and every one keeps the contract."""

import argparse
from importlib import import_module

import pytest

from explorer import commands
from explorer.errors import Cancelled, ExplorerError


@pytest.mark.parametrize("name", commands.COMMANDS)
def test_every_command_keeps_the_contract(name: str, capsys: pytest.CaptureFixture[str]):
    """It has a help text that begins with a sentence, and an answer to --help."""
    command = import_module(f"explorer.commands.{name}")
    assert command.__doc__.split("\n")[0].endswith(".")
    command.add_arguments(argparse.ArgumentParser())
    with pytest.raises(SystemExit) as exit_:
        commands.run([name, "--help"])
    assert exit_.value.code == 0
    assert command.__doc__.split("\n")[0] in capsys.readouterr().out


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (ExplorerError("There is no such model.", hint="Choose another."), 2, "Choose another."),
        (Cancelled("stopped after 3 pictures."), 130, "stopped after 3 pictures."),
        (KeyboardInterrupt(), 130, "stopped."),
    ],
)
def test_what_ends_a_command_is_said_in_one_line(
    raised: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    """No traceback, an exit code, and the reason on stderr."""

    def fail(arguments: argparse.Namespace) -> int:
        raise raised

    monkeypatch.setattr(import_module("explorer.commands.predict"), "run", fail)
    assert commands.run(["predict", "somewhere"]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(said)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "PICTURE"),
        (["a.jpg", "--top-k", "0"], "“0” is no number from 1 on"),
        (["a.jpg", "--batch-size", "many"], "“many” is no number"),
        (["a.jpg", "--mean", "grey"], "“grey” is no list"),
        (["a.jpg", "--framing", "stretch"], "squash"),
    ],
)
def test_called_wrongly(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    """What is wrong, after the usage, on stderr; code 2."""
    with pytest.raises(SystemExit) as exit_:
        commands.run(["predict", *arguments])
    assert exit_.value.code == 2
    assert said in capsys.readouterr().err


def test_a_folder_is_no_command():
    """What commands share lies beside them, and is not offered as one."""
    assert "predict" in commands.COMMANDS
    assert "shared" not in commands.COMMANDS
