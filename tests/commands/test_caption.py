"""`caption` writes a figure and a line for each picture, and says which it could not describe."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest

import explorer
from explorer import commands
from explorer.commands.captioning.folder import CaptionFolder
from explorer.errors import ExplorerError
from explorer.explain.word_figure import FigureLook, word_figure
from explorer.records import WordQuery

MAIN = Path(__file__).resolve().parents[2] / "main.py"

Shared = Callable[[str], Path]
Said = tuple[int, str]  # exit code, what was said


@pytest.fixture
def options(tiny_file: Path, tiny_vocabulary: Path) -> list[str]:
    """The tiny captioner, and short captions."""
    files = ["--weights", str(tiny_file), "--vocabulary", str(tiny_vocabulary)]
    return [*files, "--heads", "4", "--device", "cpu", "--max-tokens", "4", "--width", "400"]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def caption(
    options: list[str], out: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Said]:
    """Run the command in this process, with its output in a folder of its own."""

    def run(*arguments: str | Path, out: Path = out) -> Said:
        code = commands.run(["caption", *options, "--out", str(out), *map(str, arguments)])
        return code, capsys.readouterr().err

    return run


@pytest.fixture
def shots(tmp_path: Path) -> Path:
    """A folder of four small pictures."""
    folder = tmp_path / "shots"
    draw(*(folder / name for name in ("a.jpg", "b.jpg", "c.png", "d.png")))
    return folder


def draw(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.effect_noise((48, 32), 60).convert("RGB").save(path)


def lines(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "captions.jsonl").read_bytes().splitlines()]


def named(out: Path) -> list[str]:
    return [line["filename"] for line in lines(out)]


def test_captions_are_those_of_independent_code(shared: Shared, caption, out: Path):
    """Two pictures: the tokens of CATR's own loop, and all that came with them."""
    pictures = [shared(f"golden/images/{name}.png") for name in ("coffee", "astronaut")]
    code, said = caption(*pictures, "--max-tokens", "24")
    assert code == 0
    assert f"Wrote 2 captions to {out / 'captions.jsonl'}." in said
    for line, picture in zip(lines(out), pictures, strict=True):
        with np.load(shared(f"golden/catr/tiny_{picture.stem}.npz")) as golden:
            assert line["token_ids"] == golden["tokens"].tolist()
        assert (line["filename"], line["figure"]) == (picture.name, picture.name)
        assert line["path"] == str(picture)
        assert (line["ended"], line["given"]) == (False, 0)
        assert line["caption"].startswith(line["words"][0]["text"])
        assert [word["probabilities"] for word in line["words"]] == (
            [[word["probability"]] for word in line["words"]]
        )
        assert (line["captioner"], line["settings"]["max_tokens"]) == ("tiny", 24)


def test_a_captioner_that_can_read(shared: Shared, digits_file: Path, digit_grids, tmp_path: Path):
    """Pictures of digits: the captions are what its author's code reads in them."""
    grids = digit_grids[:3]
    pictures = [str(grid.path) for grid in grids]
    arguments = ["--weights", str(digits_file), "--device", "cpu", "--out", str(tmp_path)]
    assert commands.run(["caption", *pictures, *arguments, "--no-figures"]) == 0
    assert [line["caption"] for line in lines(tmp_path)] == (
        [" ".join(map(str, grid.reading)) for grid in grids]
    )


@pytest.mark.parametrize(
    ("arguments", "query", "look"),
    [
        ([], WordQuery(), FigureLook()),
        (
            ["--row", "stands", "--layer", "1", "--head", "4", "--with-ends", "--exact"],
            WordQuery(layer=0, head=3, row="stands", with_ends=True),
            FigureLook(smooth=False),
        ),
        (
            ["--layer", "mean", "--head", "maximum", "--by-piece", "--shared-scale"],
            WordQuery(layer="mean", head="maximum", by_piece=True),
            FigureLook(shared_scale=True),
        ),
        (["--colors", "viridis", "--opacity", "0.9"], None, FigureLook("viridis", 0.9)),
    ],
)
def test_the_figure_shows_what_was_asked_for(
    shared: Shared,
    caption,
    out: Path,
    tiny_file: Path,
    tiny_vocabulary: Path,
    arguments: list[str],
    query: WordQuery | None,
    look: FigureLook,
):
    """Pixel by pixel what Python's interface and `word_figure` make of the same picture."""
    coffee = shared("golden/images/coffee.png")
    caption(coffee, *arguments, "--width", "1600")
    captioner = explorer.load_captioner(
        weights=tiny_file, vocabulary=tiny_vocabulary, device="cpu", heads=4
    )
    written = captioner.describe(coffee, max_tokens=4)
    expected = word_figure(explorer.open_picture(coffee), written, query, look)
    with PIL.Image.open(out / "coffee.png") as drawn:
        assert drawn.format == "PNG"
        assert (np.asarray(drawn) == np.asarray(expected)).all()


def test_how_words_are_chosen_is_written(caption, shots: Path, out: Path):
    """A beginning, beams, chance: each line tells, and layers and heads count from 1."""
    caption(shots / "a.jpg", "--begin", "!", "--beams", "2", "--length-penalty", "0.5")
    (line,) = lines(out)
    assert (line["given"], line["words"][0]["text"]) == (1, "!")
    assert line["settings"] == {
        "begin": "!",
        "beams": 2,
        "length_penalty": 0.5,
        "temperature": None,
        "seed": 0,
        "max_tokens": 4,
        "row": "chose",
        "layer": 2,
        "head": "mean",
    }
    for again in ("1", "2"):
        caption(shots, "--temperature", "3", "--seed", "7", "--no-figures", out=out / again)
    assert lines(out / "1") == lines(out / "2")
    assert {len(line["token_ids"]) for line in lines(out / "1")} == {4}
    assert os.listdir(out / "1") == ["captions.jsonl"]


def test_bad_pictures_are_listed_and_the_others_described(caption, shots: Path, out: Path):
    """What cannot be read, or is too narrow to be described, has no line and no figure."""
    (shots / "b.jpg").write_text("no picture")
    PIL.Image.new("L", (3000, 2)).save(shots / "c.png")
    code, said = caption(shots, shots / "gone.jpg")
    assert (code, named(out)) == (0, ["a.jpg", "d.png"])
    assert sorted(os.listdir(out)) == ["a.png", "captions.jsonl", "d.png"]
    assert "3 files could not be described:" in said
    listed = [line for line in said.splitlines() if line.startswith(f"  {shots}")]
    assert ["b.jpg" in listed[0], "too narrow" in listed[1], "gone.jpg" in listed[2]] == [True] * 3


def test_nothing_to_describe(caption, shots: Path, tmp_path: Path, out: Path):
    """Code 1, with the reason, and not even a folder is made."""
    (shots / "a.jpg").write_text("no picture")
    code, said = caption(shots / "a.jpg")
    assert (code, out.exists()) == (1, False)
    assert "nothing is written" in said
    (tmp_path / "empty").mkdir()
    assert caption(tmp_path / "empty") == (1, f"There is no picture in {tmp_path / 'empty'}.\n")


def test_pictures_of_the_same_name(caption, shots: Path, out: Path):
    """Each keeps its figure: the first has the name, the others numbers, and that is said."""
    draw(shots / "a.png", shots / "A.png", shots / "sub" / "a-2.png", shots / "sub" / "a.jpg")
    _, said = caption(shots, "--recursive")
    figures = {
        Path(line["path"]).relative_to(shots).as_posix(): line["figure"] for line in lines(out)
    }
    assert len({name.casefold() for name in figures.values()}) == 8
    assert all((out / name).exists() for name in figures.values())
    assert figures["sub/a-2.png"] == "a-2.png"
    assert figures["sub/a.jpg"] != "a.png"
    assert f"The figure of {shots / 'sub' / 'a.jpg'} is {figures['sub/a.jpg']}." in said
    assert named(out).count("a.jpg") == 1  # the other one is "sub/a.jpg"


def test_pictures_are_never_replaced(caption, shots: Path, tmp_path: Path):
    """Figures do not go among the pictures, however their folder is written."""
    before = {file.name: file.read_bytes() for file in shots.iterdir()}
    (tmp_path / "link").symlink_to(shots)
    for place, folder in [
        (shots, shots),
        (shots / "c.png", shots / "."),
        (shots, tmp_path / "link"),
    ]:
        for how in ([], ["--overwrite"], ["--resume"]):
            code, said = caption(place, *how, out=folder)
            assert (code, "figures would lie among them" in said) == (2, True)
    assert {file.name: file.read_bytes() for file in shots.iterdir()} == before


def test_figures_are_not_described(caption, shots: Path):
    """A folder below that of the pictures may hold figures: a second run takes none for one."""
    for how in ("--overwrite", "--overwrite"):
        code, _ = caption(shots, "--recursive", how, out=shots / "figures")
        assert (code, named(shots / "figures")) == (0, ["a.jpg", "b.jpg", "c.png", "d.png"])


def test_what_is_there_is_kept(caption, shots: Path, out: Path):
    """Captions and figures are replaced only by who says so."""
    out.mkdir()
    (out / "b.png").write_text("precious")
    code, said = caption(shots)
    assert (code, os.listdir(out)) == (2, ["b.png"])
    assert f"{out / 'b.png'} is there already." in said
    assert caption(shots, "--overwrite")[0] == 0
    assert (out / "b.png").read_bytes().startswith(b"\x89PNG")
    code, said = caption(shots / "a.jpg")
    assert (code, len(lines(out))) == (2, 4)
    assert "--resume" in said
    assert caption(shots / "a.jpg", "--overwrite")[0] == 0
    assert named(out) == ["a.jpg"]


def interrupt_after(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while the captioner looks at a picture."""
    from explorer.models.captions.captioner import Captioner

    look, looks = Captioner.look, []

    def interrupted(self: Captioner, picture: Any) -> Any:
        looks.append(picture)
        if len(looks) > count:
            raise KeyboardInterrupt
        return look(self, picture)

    monkeypatch.setattr(Captioner, "look", interrupted)


def test_what_was_finished_stays_and_is_gone_on_with(
    caption, shots: Path, out: Path, monkeypatch: pytest.MonkeyPatch
):
    """Ctrl-C in the third picture: two are whole; --resume does the others, and those alone."""
    with monkeypatch.context() as patched:
        interrupt_after(2, patched)
        code, said = caption(shots)
    assert (code, named(out)) == (130, ["a.jpg", "b.jpg"])
    assert "stopped after 2 of 4 pictures" in said
    assert sorted(os.listdir(out)) == ["a.png", "b.png", "captions.jsonl"]
    with (out / "captions.jsonl").open("ab") as stream:
        stream.write(b'{"filename": "c.p')  # as if it had been killed while it wrote
    (out / "c.png").write_text("half a figure")
    first = (out / "a.png").stat().st_mtime_ns
    assert caption(shots, "--resume")[0] == 0
    assert named(out) == ["a.jpg", "b.jpg", "c.png", "d.png"]
    assert (out / "a.png").stat().st_mtime_ns == first
    assert (out / "c.png").read_bytes().startswith(b"\x89PNG")
    assert caption(shots, "--resume") == (
        0,
        f"{out / 'captions.jsonl'} has a caption of each picture already.\n",
    )


def test_going_on_keeps_names(caption, shots: Path, out: Path):
    """A picture that came later, of the same name as an earlier one, gets another figure."""
    caption(shots)
    draw(shots / "a.bmp")
    caption(shots, "--resume")
    assert [line["figure"] for line in lines(out)] == [
        "a.png",
        "b.png",
        "c.png",
        "d.png",
        "a-2.png",
    ]


def test_no_two_ways_in_one_file(caption, shots: Path, out: Path):
    """--resume goes on as it was begun, or not at all."""
    caption(shots / "a.jpg")
    code, said = caption(shots, "--resume", "--begin", "!")
    assert (code, named(out)) == (2, ["a.jpg"])
    assert "was written with other settings" in said
    (out / "captions.jsonl").write_text("notes\n")
    code, said = caption(shots, "--resume")
    assert (code, (out / "captions.jsonl").read_text()) == (2, "notes\n")
    assert "something else than JSON" in said


def test_a_full_disk_is_said(caption, shots: Path, out: Path, monkeypatch: pytest.MonkeyPatch):
    """At the second picture: a sentence, the first one is whole, nothing is half-written."""
    replaced = Path.replace

    def full(self: Path, target: Path) -> Path:
        if target.name == "b.png":
            raise OSError(28, "No space left on device")
        return replaced(self, target)

    monkeypatch.setattr(Path, "replace", full)
    code, said = caption(shots)
    assert (code, named(out)) == (2, ["a.jpg"])
    assert "The disk is full: " in said
    assert "b.png cannot be written." in said
    assert sorted(os.listdir(out)) == ["a.png", "captions.jsonl"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--layer", "3"], "There is no layer 3. This captioner has 2"),
        (["--head", "5"], "There is no head 5. This captioner has 4"),
        (["--max-tokens", "500"], "500 tokens long"),
        (["--begin", "umbrella"], "cannot spell “umbrella”"),
        (["--temperature", "0"], "temperature of 0"),
        (["--temperature", "1", "--beams", "2"], "exclude each other"),
        (["--weights", "gone.pth"], "gone.pth"),
        (["--device", "abacus"], "abacus"),
        (["--out", "shots/a.jpg"], "shots/a.jpg is no folder"),
        (["--out", "shots/a.jpg/out"], "shots/a.jpg is no folder"),
    ],
)
def test_what_cannot_be_done_is_said(
    caption, shots: Path, out: Path, wrong: list[str], said: str, monkeypatch: pytest.MonkeyPatch
):
    """One sentence with a next step, code 2, and nothing is written."""
    monkeypatch.chdir(shots.parent)
    code, line = caption(shots, *wrong)
    assert (code, line.count("\n")) == (2, 1)
    assert said in line
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a.jpg"], "--out"),
        (["a.jpg", "--out", "x", "--layer", "last"], "“last” is no number from 1 on"),
        (["a.jpg", "--out", "x", "--opacity", "2"], "from 0 to 1"),
        (["a.jpg", "--out", "x", "--width", "10"], "from 400 to 10,000"),
        (["a.jpg", "--out", "x", "--length-penalty", "inf"], "“inf” is no number"),
        (["a.jpg", "--out", "x", "--resume", "--overwrite"], "not allowed with"),
    ],
)
def test_called_wrongly(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]):
    """What is wrong, after the usage; code 2."""
    with pytest.raises(SystemExit) as exit_:
        commands.run(["caption", *arguments])
    assert exit_.value.code == 2
    assert said in capsys.readouterr().err


def test_unforeseen_names(caption, tmp_path: Path, out: Path):
    """Spaces, line breaks, other scripts, no text at all: figures are called like pictures."""
    stems = [b"two words", b"line\nbreak", "雨傘 é".encode(), b"caf\xe9", b"n" * 250]
    folder = tmp_path / "odd"
    pictures = [folder / f"{os.fsdecode(stem)}.png" for stem in stems]
    draw(*pictures)
    assert caption(*pictures)[0] == 0
    figures = [line["figure"] for line in lines(out)]
    assert [line["path"] for line in lines(out)] == [str(picture) for picture in pictures]
    assert figures[:4] == [picture.name for picture in pictures[:4]]
    assert figures[4].startswith("nnn")
    assert all((out / figure).exists() for figure in figures)


def test_a_folder_that_is_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Said before a model is loaded; also of a folder that would have to be made in one."""
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != tmp_path)
    for out in (tmp_path, tmp_path / "new" / "deep"):
        with pytest.raises(ExplorerError, match="is read only"):
            CaptionFolder(out).open([])


def test_the_door_needs_neither_qt_nor_for_help_torch(options: list[str], shots: Path, out: Path):
    """`python main.py caption …` in a fresh Python without Qt; `--help` without torch."""
    for missing, arguments in [
        (
            ["PySide6", "shiboken6", "pyqtgraph"],
            [str(shots / "a.jpg"), *options, "--out", str(out)],
        ),
        (["torch", "timm", "transformers"], ["--help"]),
    ]:
        script = (
            "import runpy, sys\n"
            f"sys.modules.update(dict.fromkeys({missing}))\n"
            f"sys.argv = {[str(MAIN), 'caption', *arguments]}\n"
            f"runpy.run_path({str(MAIN)!r}, run_name='__main__')"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert named(out) == ["a.jpg"]
