"""What `pip install` of a wheel gives: the program, its resources, and the way in."""

import os
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, installed far from the checkout."""
    place = tmp_path_factory.mktemp("installed")
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "--target"]
    subprocess.run([*install, str(place), str(wheel)], check=True, capture_output=True)
    return place


def _run(*command: str | Path, place: Path) -> str:
    """What a command prints when `place` is where Python finds the package first."""
    surroundings = {**os.environ, "PYTHONPATH": str(place)}
    return subprocess.run(
        command, cwd=place, env=surroundings, check=True, capture_output=True, text=True
    ).stdout


def test_the_wheel_holds_all_that_runs(wheel: Path):
    """Every module and resource of the checkout is inside; tests, weights, screenshots are not."""
    tracked = subprocess.run(
        ["git", "ls-files", "explorer", "resources"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    wanted = {
        f"explorer/{name}" if name.startswith("resources/") else name
        for name in tracked
        if not name.startswith("resources/screenshots/")
    }
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert wanted <= names
    assert {name.split("/")[0] for name in names if ".dist-info" not in name} == {"explorer"}
    assert not [name for name in names if "screenshots" in name]


def test_its_metadata_is_the_projects(wheel: Path):
    """Version and Python range are those of the checkout, the dangerous PySide6 is excluded."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("METADATA"))
        metadata = message_from_bytes(archive.read(name))
    assert set(metadata["Requires-Python"].split(",")) == set(project["requires-python"].split(","))
    assert any("!=6.12.0" in need for need in metadata.get_all("Requires-Dist"))


def test_the_installed_program_answers(installed: Path):
    """`vit-explorer --version` says the version that the package has."""
    version = _run(
        sys.executable, "-c", "import explorer; print(explorer.__version__)", place=installed
    )
    said = _run(installed / "bin" / "vit-explorer", "--version", place=installed)
    assert version.strip() in said


def test_the_installed_program_has_its_resources(installed: Path):
    """Resources are read from the installed package, weights go to the user's own place."""
    script = (
        "import os; os.environ.pop('EXPLORER_WEIGHTS', None)\n"
        "from explorer import paths; print(paths.resources()); print(paths.weights())"
    )
    resources, weights = _run(sys.executable, "-c", script, place=installed).splitlines()
    assert Path(resources) == installed / "explorer" / "resources"
    assert any(Path(resources).iterdir())
    assert not Path(weights).is_relative_to(installed)


def test_the_installed_command_predicts(installed: Path):
    """The headless twin is there, too, and explains itself."""
    said = _run(installed / "bin" / "vit-explorer", "predict", "--help", place=installed)
    assert "filename,label" in said
