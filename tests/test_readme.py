"""What README says is so."""

import re
from pathlib import Path

import PIL.Image
import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def _code_blocks(language: str) -> list[str]:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return [content for name, content in blocks if name == language]


def _links() -> list[str]:
    return [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]


def _tree() -> list[str]:
    """The paths that the drawing of the folders names."""
    (drawing,) = (block for block in _code_blocks("") if block.startswith("main.py"))
    paths, folder = [], ""
    for line in drawing.splitlines():
        name = line.split()[0]
        folder = name if name.endswith("/") and not line.startswith(" ") else folder
        paths.append(folder + name if line.startswith(" ") else name)
    return paths


@pytest.mark.parametrize("path", [*_links(), *_tree()])
def test_what_it_points_to_is_there(path: str):
    """Pictures, linked files, and the folders that it draws."""
    assert (CHECKOUT / path).exists()


def _run_example(number: int, download: str, instead: str) -> dict[str, object]:
    """A Python example as printed, but for one call that would download: the names it leaves."""
    example = _code_blocks("python")[number]
    assert example.count(download) == 1
    PIL.Image.new("RGB", (64, 48), "tan").save("cat.jpg")
    names: dict[str, object] = {}
    exec("import explorer\n" + example.replace(download, instead), names)
    return names


def test_its_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With a small model."""
    monkeypatch.chdir(tmp_path)
    small = 'load_vit("vit_small_patch16_384", "random")'
    names = _run_example(0, 'load_vit("vit_base_patch16_384")', small)
    assert names["trace"].grid.rows == 24


def test_its_example_of_captions_runs(
    tmp_path: Path, tiny_file: Path, tiny_vocabulary: Path, monkeypatch: pytest.MonkeyPatch
):
    """With a small captioner; what it calls the word's rows is so."""
    monkeypatch.chdir(tmp_path)
    tiny = f"load_captioner('', {str(tiny_file)!r}, {str(tiny_vocabulary)!r}, heads=4)"
    caption = _run_example(1, 'load_captioner("catr-v3")', tiny)["caption"]
    assert (caption.heatmap(2, row="stands") == caption.heatmap(3)).all()


def test_continuous_integration_runs_its_commands():
    """`.ci/run` takes the packages and the test command from here, and finds one of each."""
    script = (CHECKOUT / ".ci" / "run").read_text()
    wanted = re.findall(r"\$\(line '([^']+)'\)", script)
    lines = [line for block in _code_blocks("sh") for line in block.splitlines()]
    assert len(wanted) == 2
    for beginning in wanted:
        (line,) = (each for each in lines if re.match(re.escape(beginning.replace("\\", "")), each))
        assert "\\" not in line  # it stands on one line
